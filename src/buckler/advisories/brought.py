"""What was brought along: the records that matter, and of how much of the index they are all that is known.

A database of the whole Python index is known by what is in it: thousands of records, of GitHub's reviewers and of
PyPA's, about a thousand packages, those that everybody has among them, with a day. A choice has none of this, whatever
the file is called: what it does not say of a package, nobody knows. Whoever has another source of the whole says so,
with its day.
"""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from buckler.advisories.ranges import name_in, strange_name_in
from buckler.advisories.records import Record
from buckler.clock import SystemClock, date_of

LEAST_OF_ALL: Final = 5000
"""Records about packages of the index, in a database of all of them. OSV's own had three times as many in 2026."""
LEAST_OF_EACH: Final = 1000
"""Of each of these families, and of packages that are named."""
FAMILIES: Final = ("GHSA", "PYSEC")
"""Of GitHub's reviewers and of PyPA's. A database of malicious packages alone is large, and knows no flaw."""
NAMED_BY_ALL: Final = frozenset(
    (
        "aiohttp",
        "cryptography",
        "django",
        "flask",
        "jinja2",
        "lxml",
        "pillow",
        "pyyaml",
        "requests",
        "tornado",
        "urllib3",
    )
)
"""Packages of which the databases have had records for years, so a database of all of them has some."""
_TENTH: Final = 10
"""By its tenth-newest record the age of a database is judged: one that came later says nothing of all the others."""
OLD: Final = 14
"""Days. A database of the whole index gets new records each day."""


@dataclass(slots=True)
class BroughtRecords:
    """What was read: the records that may be about one of the packages, and what there was in all."""

    source: str
    is_archive: bool
    complete_on: date | None = None
    """The day on which it was all there was of the index, by the word of whoever brought it."""
    by_name: dict[str, list[Record]] = field(default_factory=dict[str, list[Record]])
    records: int = 0
    nameless: int = 0
    """How many name no package: nobody can say whom they mean."""
    newest: date | None = None
    latest: list[date] = field(default_factory=list[date])
    """Of ten records, the newest; a heap."""
    ids: set[str] = field(default_factory=set[str])
    """Of those about packages of the Python index; a record that stands there twice is one."""
    packages: set[str] = field(default_factory=set[str])

    @property
    def day(self) -> date | None:
        """Of when it is: by the word of whoever brought it, or by its tenth-newest record, if it has so many."""
        return self.complete_on or (self.latest[0] if len(self.latest) == _TENTH else self.newest)

    @property
    def is_whole(self) -> bool:
        """Whether it knows also what it does not name."""
        return self.complete_on is not None or self._looks_whole()

    def _looks_whole(self) -> bool:
        families = Counter(each.partition("-")[0] for each in self.ids)
        return (
            self.is_archive
            and self.newest is not None
            and len(self.ids) >= LEAST_OF_ALL
            and self.packages >= NAMED_BY_ALL
            and min(len(self.packages), *(families[each] for each in FAMILIES)) >= LEAST_OF_EACH
        )

    def add(self, record: Record, names: frozenset[str]) -> bool:
        """Count it, and keep it where it may matter; whether it was kept."""
        self.records += 1
        if (day := _day(record.modified)) is not None:
            self.newest = max(self.newest or day, day)
            (heapq.heappush if len(self.latest) < _TENTH else heapq.heappushpop)(self.latest, day)
        about = {name for each in record.affected if (name := name_in(each))}
        maybe = {name for each in record.affected if (name := strange_name_in(each))}
        self.nameless += not any(each.package for each in record.affected)
        if about:
            self.ids.add(record.id)
            self.packages |= about
        wanted = (about | maybe) & names
        for name in wanted:
            self.by_name.setdefault(name, []).append(record)
        return bool(wanted)


def described(brought: BroughtRecords, today: date) -> str:
    """What was read and how old it is, for a person; what is old may not know what was found since."""
    told = f"{brought.records} OSV {'record' if brought.records == 1 else 'records'} of {brought.source}"
    nameless = f", {brought.nameless} about no package that they name" if brought.nameless else ""
    if brought.complete_on is not None:
        return f"{told} (told to be all of {brought.complete_on}{_age(brought.complete_on, today)}{nameless})"
    if brought.newest is None:
        return f"{told} (of no day{nameless})"
    day = brought.day or brought.newest
    which = "newest" if day == brought.newest else "tenth-newest"
    return f"{told} (the {which} of {day}{_age(day, today)}{nameless})"


def _age(day: date, today: date) -> str:
    days = (today - day).days
    return f", {days} days ago: bring newer ones" if days > OLD else ""


def _day(moment: str) -> date | None:
    """When it was written, or None where it does not say so: one of tomorrow would hide how old the others are."""
    try:
        day = date.fromisoformat(moment[:10])
    except ValueError:
        return None
    return day if day <= date_of(SystemClock.now()).date() + timedelta(days=1) else None
