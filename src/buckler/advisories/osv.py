"""Advisories that were brought along: OSV records in a file, in a folder, or in the archive of a whole database.

An archive of thousands of records about the Python index is taken for all that is known of it, as databases hand it out
(`all.zip`). Anything else is taken for a choice: a package that none of its records names was not audited.
"""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from packaging.version import Version
from pydantic import TypeAdapter, ValidationError

from buckler.advisories.flaws import MALICIOUS, Flaw
from buckler.advisories.packages import InputRefused, Package, Unaudited
from buckler.advisories.ranges import judge, lowest_fix, name_in
from buckler.advisories.records import Answer, Record
from buckler.advisories.severity import Level, level_of
from buckler.clock import SystemClock
from buckler.redact import plain

_MOST: Final = 32 << 20
"""Bytes of one record. The largest that databases have are a tenth of it."""
_LONGEST: Final = 160
"""Characters of a summary."""
LEAST_OF_ALL: Final = 5000
"""Records about packages of the index, in an archive of all of them. OSV's own had three times as many in 2026."""
_OLD: Final = 14
"""Days. A database of the whole index gets new records each day."""
_FORMS: Final[TypeAdapter[Record | list[Record] | Answer]] = TypeAdapter(Record | list[Record] | Answer)


@dataclass(slots=True)
class Brought:
    """What was read: the records that name one of the packages, and how much there was in all."""

    source: str
    is_archive: bool
    by_name: dict[str, list[Record]] = field(default_factory=dict[str, list[Record]])
    records: int = 0
    of_index: int = 0
    """How many are about packages of the Python index."""
    newest: str = ""
    """When the newest of all was written, as in `2026-11-30T03:11:55Z`."""

    @property
    def is_whole(self) -> bool:
        """Whether it knows also what it does not name."""
        return self.is_archive and self.of_index >= LEAST_OF_ALL

    def add(self, record: Record, names: frozenset[str]) -> None:
        """Count it, and keep it where it may matter."""
        self.records += 1
        self.newest = max(self.newest, record.modified)
        about = {name for each in record.affected if (name := name_in(each))}
        self.of_index += bool(about)
        for name in about & names:
            self.by_name.setdefault(name, []).append(record)


def read(path: Path, names: Iterable[str]) -> Brought:
    """The records of a file, a folder or an archive. Raises `InputRefused`."""
    wanted = frozenset(names)
    brought = Brought(plain(str(path)), is_archive=path.suffix == ".zip")
    try:
        for name, content in _contents(path):
            for record in _records(name, content):
                brought.add(record, wanted)
    except OSError as failure:
        raise InputRefused(f"{brought.source} cannot be read ({failure.strerror}). Name OSV data.") from failure
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as failure:
        raise InputRefused(f"{brought.source} is no archive that can be read ({plain(str(failure))}).") from failure
    if not brought.records:
        raise InputRefused(f"{brought.source} has no OSV record (*.json). Name one, a folder of them, or an all.zip.")
    return brought


def described(brought: Brought, today: date) -> str:
    """What was read and how old it is, for a person; what is old may not know what was found since."""
    told = f"{brought.records} OSV {'record' if brought.records == 1 else 'records'} of {brought.source}"
    try:
        newest = date.fromisoformat(brought.newest[:10])
    except ValueError:
        return f"{told} (of no day)"
    days = (today - newest).days
    old = f", {days} days ago: bring newer ones" if days > _OLD else ""
    return f"{told} (the newest of {newest}{old})"


def found_in(brought: Brought, packages: Iterable[Package]) -> tuple[list[Flaw], list[Unaudited]]:
    """Which of the packages have a flaw that is told there, and of which it cannot be said."""
    flaws: list[Flaw] = []
    unaudited: list[Unaudited] = []
    for package in packages:
        records = brought.by_name.get(package.name, [])
        if not records and not brought.is_whole:
            why = "no record that was brought along names it"
            unaudited.append(Unaudited(package.name, package.version, why))
        undecided: list[str] = []
        for record in records:
            flaw = _flaw(record, package, undecided)
            flaws += [] if flaw is None else [flaw]
        if undecided:
            why = f"no version can be compared in {', '.join(sorted(map(plain, undecided)))}"
            unaudited.append(Unaudited(package.name, package.version, why))
    return flaws, unaudited


def _flaw(record: Record, package: Package, undecided: list[str]) -> Flaw | None:
    version = package.comparable
    if version is None or _is_withdrawn(record):
        return None
    about = [each for each in record.affected if name_in(each) == package.name]
    answers = [judge(each, version) for each in about]
    if "affected" not in answers:
        undecided += [record.id] * ("undecided" in answers)
        return None
    guilty = [each for each, answer in zip(about, answers, strict=True) if answer == "affected"]
    fixes = [fix for each in guilty if (fix := lowest_fix(each, version))]
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


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename.endswith(".json"):
                    with archive.open(member) as stream:
                        yield member.filename, _bounded(member.filename, stream.read(_MOST + 1))
        return
    for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
        with file.open("rb") as stream:
            yield str(file), _bounded(str(file), stream.read(_MOST + 1))


def _bounded(name: str, content: bytes) -> bytes:
    if len(content) > _MOST:
        raise InputRefused(f"{plain(name)} is larger than a record can be ({_MOST >> 20} MB).")
    return content


def _records(name: str, content: bytes) -> list[Record]:
    try:
        found = _FORMS.validate_json(content)
    except ValidationError as failure:
        raise InputRefused(f"{plain(name)} is no OSV record: {_first(failure)}.") from None
    if isinstance(found, Record):
        return [found]
    return found if isinstance(found, list) else found.vulns


def _first(failure: ValidationError) -> str:
    error = failure.errors(include_url=False, include_input=False)[0]
    return plain(f"{'.'.join(map(str, error['loc']))}: {error['msg']}")
