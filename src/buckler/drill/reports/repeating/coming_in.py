"""What comes before the lines of the findings: the app is started, and each `$TOKEN` is fetched as the drill did it.

Lines for a shell (POSIX), to be pasted as they are. Accounts get names and a password of their own: those of the drill
are taken, or gone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, cast

from buckler.drill.report import Report
from buckler.drill.reports.found import ReportedFinding
from buckler.drill.reports.repeating.curl import curl_line
from buckler.drill.reports.repeating.literal import literal
from buckler.drill.reports.texts import one_line
from buckler.drill.transport.answer import Answer, Exchange

_NAME: Final = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_OF_ACCOUNTS: Final = "PASSWORD_"
_NEW: Final = "Again-correct-horse-7"
_DEEPEST: Final = 6
_LONGEST: Final = 1500


def first_steps(report: Report, found: tuple[ReportedFinding, ...]) -> tuple[str, ...]:
    """The lines; none where nothing was found."""
    needed = {name for each in found for name in each.needs(report)}
    lines = [f"# in a window of its own: {one_line(report.start, _LONGEST)}"] if report.start and found else []
    for person, exchanges in report.entrances.items():
        got = {name: taken for name, taken in _given(exchanges[-1].answer) if name in needed}
        if got:
            lines += _person(person, exchanges, got, report)
    left = needed - {line.partition("=")[0].removeprefix("export ") for line in lines}
    new = {name for name in left if name.startswith(_OF_ACCOUNTS) and name not in _known(report)}
    lines += [f"export {name}={_NEW}" for name in sorted(new)]
    if left - new:
        names = ", ".join(f"${name}" for name in sorted(left - new))
        lines.append(f"# {names}: of an account or a session made for one attack; one is had as any other is")
    if any("{" in each.finding.route for each in found):
        lines.append("# an id in a path is that of what the drill made: make one as its owner, and put its id there")
    said = [each.curl(report) for each in found]
    lines += [f"# {one_line(each.words)}" for each in report.own_things if any(map(each.is_in, said))]
    return tuple(line for line in lines if len(line) <= _LONGEST)


def _known(report: Report) -> frozenset[str]:
    """Passwords of accounts that there were before."""
    told = [each[0] for each in report.entrances.values() if len(each) == 1]
    said = " ".join(curl_line(each.request, report.origin, report.secret_names) for each in told)
    return frozenset(_NAME.findall(said))


def _person(
    person: str, exchanges: tuple[Exchange, ...], got: Mapping[str, tuple[str, str]], report: Report
) -> Iterator[str]:
    is_new = len(exchanges) > 1
    sent = tuple(_renamed(each) if is_new else each for each in exchanges)
    lines = [curl_line(each.request, report.origin, report.secret_names) for each in sent]
    for name in sorted(set(_NAME.findall(" ".join(lines))) & report.secret_names):
        yield f"export {name}={_NEW if is_new else f'...  # what {one_line(person)} signs in with'}"
    if is_new:
        yield f"{lines[0]}; echo"
    for name, (how, code) in got.items():
        asked = lines[-1].replace("curl -i ", f"curl {how} ", 1)
        yield f'export {name}="$({asked} | python3 -c {_quoted(code)})"'


def _renamed(exchange: Exchange) -> Exchange:
    """With another name for the account: the one that the drill chose may be taken."""
    body = exchange.request.body.replace(b"drill", b"again")
    headers = tuple((name, value) for name, value in exchange.request.headers if name.lower() != "content-length")
    return replace(exchange, request=replace(exchange.request, body=body, headers=headers))


def _given(answer: Answer) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each secret that an answer gave, with how curl prints the answer and the code that takes it out of that."""
    for name, value in answer.headers:
        field, equals, rest = value.partition("=")
        if name.lower() == "set-cookie" and equals and (match := _NAME.match(rest)):
            wanted = literal(rf"(?im)^set-cookie: {re.escape(field)}=([^;\r\n]*)")
            yield match[1], ("-si", f"import re, sys; print(re.search({wanted}, sys.stdin.read())[1])")
    for way, text in _texts(answer.json(), (), 0):
        if match := _NAME.fullmatch(text):
            inside = "".join(f"[{literal(each) if isinstance(each, str) else each}]" for each in way)
            yield match[1], ("-s", f"import json, sys; print(json.load(sys.stdin){inside})")


def _texts(value: object, way: tuple[str | int, ...], depth: int) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield way, value
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        for name, inner in cast("Mapping[str, object]", value).items():
            yield from _texts(inner, (*way, name), depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for place, inner in enumerate(cast("list[object]", value)):
            yield from _texts(inner, (*way, place), depth + 1)


def _quoted(code: str) -> str:
    """One argument, whatever the target named its fields."""
    return "'" + code.replace("'", "'\\''") + "'"
