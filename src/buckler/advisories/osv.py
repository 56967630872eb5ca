"""Advisories that were brought along: OSV records in a file, in a folder, or in the archive of a whole database."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from packaging.version import Version
from pydantic import TypeAdapter, ValidationError

from buckler.advisories.brought import OLD, BroughtRecords
from buckler.advisories.contents import contents, is_archive
from buckler.advisories.flaws import MALICIOUS, Flaw
from buckler.advisories.packages import InputRefused, Package, Unaudited
from buckler.advisories.ranges import judge, lowest_fix, name_in, strange_name_in
from buckler.advisories.records import Answer, Record
from buckler.advisories.severity import Level, level_of
from buckler.clock import SystemClock
from buckler.redact import plain

_LONGEST: Final = 160
"""Characters of a summary."""
_MOST_KEPT: Final = 128 << 20
"""Bytes of records about the packages that are judged, which are held until the end. A large app's have a few."""
_FORMS: Final[TypeAdapter[Record | list[Record] | Answer]] = TypeAdapter(Record | list[Record] | Answer)


def read(path: Path, names: Iterable[str], complete_on: date | None = None) -> BroughtRecords:
    """The records of a file, a folder or an archive. Raises `InputRefused`."""
    wanted = frozenset(names)
    brought, kept = BroughtRecords(plain(str(path)), is_archive(path), complete_on), 0
    try:
        for name, content in contents(path):
            is_kept = [brought.add(record, wanted) for record in _records(name, content)]
            kept += len(content) * any(is_kept)
            if kept > _MOST_KEPT:
                raise InputRefused(f"{brought.source} has more about the packages than can be held. Bring fewer.")
    except OSError as failure:
        raise InputRefused(f"{brought.source} cannot be read ({failure.strerror}). Name OSV data.") from failure
    if not brought.records:
        raise InputRefused(f"{brought.source} has no OSV record (*.json). Name one, a folder of them, or an all.zip.")
    return brought


def found_in(brought: BroughtRecords, packages: Iterable[Package]) -> tuple[list[Flaw], list[Unaudited]]:
    """Which of the packages have a flaw that is told there, and of which it cannot be said."""
    flaws: list[Flaw] = []
    unaudited: list[Unaudited] = []
    for package in packages:
        records = [each for each in brought.by_name.get(package.name, []) if not _is_withdrawn(each)]
        reasons: list[str] = []
        if not records and not brought.is_whole:
            reasons.append("no record that was brought along names it")
        answers = [(each, _judged(each, package)) for each in records]
        found = [answer for _, answer in answers if isinstance(answer, Flaw)]
        flaws += found
        cleared = sum(answer == "" for _, answer in answers)
        for why in sorted({answer for _, answer in answers if isinstance(answer, str) and answer}):
            ids = sorted({plain(each.id) for each, answer in answers if answer == why})
            reasons.append(f"{why} in {', '.join(ids)}")
        unaudited += [Unaudited(package.name, package.version, why) for why in reasons]
        if cleared and not found and not reasons and not brought.is_whole:
            by = "1 record that names" if cleared == 1 else f"{cleared} records that name"
            unaudited.append(Unaudited(package.name, package.version, f"judged by {by} it alone", partly=True))
    return flaws, unaudited


def outdated(brought: BroughtRecords, packages: Iterable[Package], today: date) -> list[Unaudited]:
    """The packages of which a whole database says only what was known a while ago: each, or none."""
    days = 0 if brought.day is None else (today - brought.day).days
    if not brought.is_whole or days <= OLD:
        return []
    why = f"judged by what was known {days} days ago"
    return [Unaudited(each.name, each.version, why, partly=True) for each in packages]


def _judged(record: Record, package: Package) -> Flaw | str:
    """A flaw of it, or why nobody can say; empty where it has none."""
    version = package.comparable
    about = [each for each in record.affected if name_in(each) == package.name]
    answers = [] if version is None else [judge(each, version) for each in about]
    guilty = [each for each, answer in zip(about, answers, strict=False) if answer == "affected"]
    if version is not None and guilty:
        return _flaw(record, package, [fix for each in guilty if (fix := lowest_fix(each, version))])
    if version is None or "undecided" in answers:
        return "no version can be compared"
    is_strange = any(strange_name_in(each) == package.name for each in record.affected)
    return "nobody can say which index is meant" if is_strange else ""


def _flaw(record: Record, package: Package, fixes: list[str]) -> Flaw:
    ids = frozenset(plain(each) for each in (record.id, *record.aliases))
    summary = plain((record.summary or record.details.strip().split("\n", 1)[0])[:_LONGEST])
    return Flaw(package, ids, _level(record), summary, max(fixes, key=Version, default=""), "OSV data")


def _is_withdrawn(record: Record) -> bool:
    """Whether it was taken back, from a moment on that is past: anything else said there clears nobody."""
    try:
        moment = datetime.fromisoformat(record.withdrawn or "")
    except ValueError:
        return False
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() <= SystemClock.now()


def _level(record: Record) -> Level:
    if record.id.startswith(MALICIOUS):
        return "critical"
    return level_of((record.database_specific or {}).get("severity"), (each.score for each in record.severity))


def _records(name: str, content: bytes) -> list[Record]:
    try:
        found = _FORMS.validate_json(content)
    except ValidationError as failure:
        raise InputRefused(f"{name} is no OSV record: {_first(failure)}.") from None
    if isinstance(found, Record):
        return [found]
    return found if isinstance(found, list) else found.vulns


def _first(failure: ValidationError) -> str:
    error = failure.errors(include_url=False, include_input=False)[0]
    return plain(f"{'.'.join(map(str, error['loc']))}: {error['msg']}")
