"""What an answer of pip-audit is taken for.

It is not taken as a whole, for pip-audit ends well and knows of no flaw even where it could ask about nothing. Only a
package that stands in the answer with its version and with what is known of it was audited. That PyPI does not have a
package is believed of whoever had another one: a cache, a mirror or a gateway in its place says so of everything.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from buckler.advisories.flaws import Flaw
from buckler.advisories.packages import Package, Unaudited, normalised, version_of
from buckler.redact import plain

SOURCE: Final = "pip-audit"
_ENDED_WELL: Final = (0, 1)
"""1 where it found something."""
_LONGEST: Final = 160
"""Characters of a summary."""
_NOT_THERE: Final = "Dependency not found on PyPI"
_NO_ANSWER: Final = re.compile(
    r"Connection|Timeout|timed out|Max retries|ProxyError|SSLError|RetryError|Could not connect|not redirecting"
    r"|ServiceError|HTTPError|ChunkedEncoding|JSONDecodeError"
)
"""What requests and pip-audit call it. An answer that is no JSON came from somebody else."""


_LAST: Final = 3
"""Lines of the error stream: a tip may follow the reason."""


class _Vulnerability(BaseModel):
    id: str = Field(min_length=1)
    fix_versions: list[str] = Field(default_factory=list[str])
    aliases: list[str] = Field(default_factory=list[str])
    description: str | None = None


class _Dependency(BaseModel):
    name: str
    version: str = ""
    skip_reason: str = ""
    vulns: list[_Vulnerability] | None = None


class _Answer(BaseModel):
    dependencies: list[_Dependency]


@dataclass(slots=True)
class Asked:
    """What was learnt."""

    flaws: list[Flaw] = field(default_factory=list[Flaw])
    unaudited: list[Unaudited] = field(default_factory=list[Unaudited])


def learnt(batch: list[Package], said: tuple[int, str, str], asked: Asked) -> None:
    """Add what it says of each of these packages, or why it says nothing."""
    code, output, errors = said
    try:
        told = _Answer.model_validate_json(output).dependencies
    except ValidationError:
        none_of(batch, _failure(errors, has_output=bool(output.strip())), asked)
        return
    found = any(each.vulns for each in told)
    if code not in _ENDED_WELL or (code and not found):
        none_of(batch, f"pip-audit ended with exit code {code}: {_last_error(errors)}", asked)
        return
    answers = any(each.version and each.vulns is not None for each in told)
    for package in batch:
        _note(package, [each for each in told if normalised(each.name) == package.name], answers, asked)


def none_of(batch: list[Package], reason: str, asked: Asked) -> None:
    """Nothing was learnt of any of them."""
    asked.unaudited += [Unaudited(each.name, each.version, reason) for each in batch]


def _note(package: Package, told: list[_Dependency], answers: bool, asked: Asked) -> None:
    about = [each for each in told if each.version == str(package.comparable)]
    # Whatever else stands there of it: a flaw that is told is one.
    asked.flaws += [_flaw(package, each) for one in about for each in one.vulns or ()]
    if reason := _why_not(told, about, answers):
        asked.unaudited.append(Unaudited(package.name, package.version, reason))


def _why_not(told: list[_Dependency], about: list[_Dependency], answers: bool) -> str:
    """Why it was not audited, whatever the answer as a whole says; empty where it was."""
    if not told:
        return "pip-audit did not mention it"
    for each in told:
        if each.skip_reason.startswith(_NOT_THERE):
            return "PyPI does not have it" if answers else "the index did not answer: it does not know what PyPI has"
        if each.skip_reason:
            return plain(each.skip_reason)
    if len(about) < len(told):
        return "pip-audit spoke of another version"
    return "pip-audit did not say what is known of it" if any(each.vulns is None for each in about) else ""


def _flaw(package: Package, told: _Vulnerability) -> Flaw:
    ids = frozenset(plain(name) for name in (told.id, *told.aliases))
    summary = plain((told.description or "").strip()[:_LONGEST])
    return Flaw(package, ids, "unknown", summary, _lowest(told.fix_versions, package), SOURCE)


def _lowest(texts: list[str], package: Package) -> str:
    here, versions = package.comparable, [each for each in map(version_of, texts) if each is not None]
    above = [each for each in versions if here is None or each > here]
    return str(min(above)) if above else ""


def _failure(errors: str, *, has_output: bool) -> str:
    last = _last_error(errors)
    if lost := [line for line in _lines(errors)[-_LAST:] if _NO_ANSWER.search(line)]:
        return f"the index did not answer: {plain(lost[-1])}"
    return f"pip-audit's answer cannot be read: {last}" if has_output else f"pip-audit failed: {last}"


def _last_error(errors: str) -> str:
    """The last line it said; a traceback ends with its reason."""
    lines = _lines(errors)
    return plain(lines[-1]) if lines else "it said nothing"


def _lines(errors: str) -> list[str]:
    return [line.strip() for line in errors.splitlines() if line.strip()]
