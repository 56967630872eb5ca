"""Findings that somebody decided to live with for a while: a file with a reason and a last day for each.

1. Whoever accepts a finding says why. An entry without a reason is refused, and so is one without a last day.
2. What is refused is the whole file: a baseline that is read in part would let be what nobody accepted.
3. After its last day an entry accepts nothing. The finding counts again, and the report says so.
4. An entry that no finding answers to is told: what it stood for is mended, or its name is wrong.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, cast

from buckler.drill.attack import Finding
from buckler.drill.report import Report
from buckler.drill.reports.texts import one_line

_KEYS: Final = frozenset(("finding", "reason", "until"))


class BaselineRefused(ValueError):
    """The file is no baseline. The text says what is wrong with each entry."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One finding that is let be."""

    finding: str
    """Its fingerprint."""
    reason: str
    until: date
    """The last day on which it is let be."""


def read_baseline(text: str) -> tuple[Accepted, ...]:
    """The entries of a file. Raises `BaselineRefused`."""
    try:
        whole = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as mistake:
        raise BaselineRefused(f"The baseline is no TOML: {mistake}") from mistake
    unknown = sorted(set(whole) - {"accepted"})
    listed = whole.get("accepted", [])
    if unknown or not isinstance(listed, list):
        raise BaselineRefused("A baseline consists of [[accepted]] entries; nothing else may stand in it.")
    wrong = list(_wrong(cast("list[object]", listed)))
    if wrong:
        raise BaselineRefused("The baseline is refused:\n" + "\n".join(f"- {each}" for each in wrong))
    entries = cast("list[dict[str, object]]", listed)
    return tuple(Accepted(str(each["finding"]), str(each["reason"]), cast("date", each["until"])) for each in entries)


def accept(report: Report, entries: tuple[Accepted, ...], today: date) -> Report:
    """The report with what is accepted on this day, and with notes on entries that accept nothing."""
    present = {each.fingerprint for each in report.judged if isinstance(each.verdict, Finding)}
    valid = {each.finding: each.reason for each in entries if today <= each.until}
    notes = tuple(note for each in entries if (note := _note(each, present, today)))
    kept = {finding: reason for finding, reason in valid.items() if finding in present}
    return replace(report, accepted={**report.accepted, **kept}, notes=report.notes + notes)


def skeleton(report: Report, until: date) -> str:
    """A baseline for the findings there are. Its reasons are empty, and it is refused until somebody wrote them."""
    entries = {each.fingerprint: each for each in report.findings}
    parts = ["# Findings that we live with for now. Each needs a reason, and the day on which it counts again.\n"]
    for fingerprint, judged in entries.items():
        words = judged.verdict.words if isinstance(judged.verdict, Finding) else ""
        said = one_line(f"{judged.severity}, {judged.attack.name}: {words}")
        parts.append(
            f'# {said}\n[[accepted]]\nfinding = {_quoted(fingerprint)}\nreason = ""\nuntil = {until.isoformat()}\n'
        )
    return "\n".join(parts)


def _wrong(listed: list[object]) -> Iterator[str]:
    seen: set[object] = set()
    for number, each in enumerate(listed, 1):
        if not isinstance(each, Mapping):
            yield f"entry {number} is no table"
            continue
        entry = cast("Mapping[str, object]", each)
        yield from (f"entry {number}: {mistake}" for mistake in _mistakes(entry))
        finding = str(entry.get("finding"))
        if finding in seen:
            yield f"entry {number}: {finding!r} is accepted twice"
        seen.add(finding)


def _mistakes(entry: Mapping[str, object]) -> Iterator[str]:
    for name in sorted(set(entry) - _KEYS):
        yield f"{name!r} is unknown; there are finding, reason and until"
    for name in ("finding", "reason"):
        value = entry.get(name)
        if not isinstance(value, str) or not value.strip():
            yield f"{name} has to be a text that is not empty"
    until = entry.get("until")
    # A time is a date too, where Python is asked.
    if not isinstance(until, date) or isinstance(until, datetime):
        yield "until has to be a date, written without quotes: until = 2030-12-31"


def _note(entry: Accepted, present: set[str], today: date) -> str:
    if entry.finding not in present:
        return f"The baseline accepts {entry.finding}, which was not found: mended, not tested, or misspelt."
    if today > entry.until:
        return f"The baseline accepted {entry.finding} until {entry.until.isoformat()}; it counts again."
    return ""


def _quoted(text: str) -> str:
    """A basic string of TOML 1.0: JSON's, with no half characters, and DEL escaped."""
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
