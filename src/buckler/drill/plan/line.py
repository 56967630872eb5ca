"""What is told in words: on a command line, in a test, and to the plugin. The same words mean the same in each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from buckler.drill.plan.options import Options, read_login, read_options, read_token, read_user
from buckler.drill.plan.table import BadOptions

_TIME: Final = re.compile(r"([0-9]{1,6})(s|m|h|)")
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Line:
    """Who takes part, and what the app finds, as it is written there."""

    login: str | None = None
    user: Sequence[str] = ()
    admin: str | None = None
    token: Sequence[str] = ()
    env: Sequence[str] = ()


def options_of(file: str | None, line: Line, environment: Mapping[str, str]) -> Options:
    """What stands in an options file, and in the line, which counts more. Raises `BadOptions`."""
    options = Options() if file is None else read_options(file, environment)
    people = [read_user(each) for each in line.user]
    if line.admin is not None:
        people.append(read_user(line.admin, administrator=True))
    people += [read_token(each, environment) for each in line.token]
    told = options.with_line(None if line.login is None else read_login(line.login), *people)
    said = {**told.target.environment, **read_variables(line.env)}
    return replace(told, target=replace(told.target, environment=said))


def read_variables(given: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` in each. Raises `BadOptions`."""
    found: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name.isidentifier():
            raise BadOptions(f"--env {each}: write NAME=VALUE, as in DATABASE_URL=sqlite:///{{folder}}/app.db")
        found[name] = value
    return found


def read_seconds(text: str) -> int:
    """The seconds of `60s`, `5m`, `1h`. Raises `BadOptions`."""
    match = _TIME.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise BadOptions(f"--budget {text}: write a time, as in 60s or 5m.")
    return int(match[1]) * _UNITS[match[2]]
