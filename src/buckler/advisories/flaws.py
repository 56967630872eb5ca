"""A flaw that is known of a package: as one source tells it, and as one finding of all that tell of it.

An advisory has many names: one of the CVE list, one of GitHub's database, one of PyPA's. Two that share a name are one,
unless the CVE list has them apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from packaging.version import Version

from buckler.advisories.packages import Package
from buckler.advisories.severity import Level, gravest

MALICIOUS: Final = "MAL-"
"""The prefix of records about packages that were made to do harm."""
_CVE: Final = "CVE-"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One source's word of one flaw of one package."""

    package: Package
    ids: frozenset[str]
    level: Level
    summary: str
    fixed: str
    """The lowest version above the package's that has the fix; empty where none is named."""
    source: str

    @property
    def names(self) -> frozenset[str]:
        """What one record calls it."""
        return self.ids

    @property
    def cves(self) -> frozenset[str]:
        """Its names in the CVE list. A record with two of them tells of two flaws."""
        return frozenset(name.upper() for name in self.ids if name.upper().startswith(_CVE))


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw of one package, with all its names."""

    package: Package
    id: str
    aliases: tuple[str, ...]
    level: Level
    summary: str
    fixed: str
    sources: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """The id and the aliases."""
        return frozenset((self.id, *self.aliases))

    @property
    def url(self) -> str:
        """Where it can be read."""
        return f"https://osv.dev/vulnerability/{quote(self.id, safe='')}"


def merged(flaws: Iterable[Flaw]) -> list[Finding]:
    """One finding for each flaw of each package, the gravest of a package first."""
    groups: list[list[Flaw]] = []
    for flaw in flaws:
        # What this one has in common with several groups makes one of them, but for groups that are of other flaws.
        joined = [flaw]
        for group in [group for group in groups if any(_is_same(flaw, each) for each in group)]:
            if _may_be_one(joined, group):
                joined += group
                groups.remove(group)
        groups.append(joined)
    return sorted((_finding(group) for group in groups), key=_place)


def _may_be_one(some: list[Flaw], others: list[Flaw]) -> bool:
    """Two entries of the CVE list are two flaws, unless a record has both; a name of another list joins them not."""
    here, there = (frozenset[str]().union(*(each.cves for each in group)) for group in (some, others))
    return not here or not there or bool(here & there)


def _is_same(one: Flaw, other: Flaw) -> bool:
    """Malice is never one with a flaw that only shares a name with it."""
    if _is_malicious(one) != _is_malicious(other):
        return False
    return (one.package.name, one.package.version) == (other.package.name, other.package.version) and bool(
        one.ids & other.ids
    )


def _is_malicious(flaw: Flaw) -> bool:
    return any(name.upper().startswith(MALICIOUS) for name in flaw.ids)


def _finding(group: list[Flaw]) -> Finding:
    first, *others = sorted({name for each in group for name in each.ids}, key=_rank)
    # The shortest is a sentence that was made for it; where a database has none, it is the begin of a long text.
    summaries = sorted({each.summary for each in group if each.summary}, key=lambda text: (len(text), text))
    return Finding(
        group[0].package,
        first,
        tuple(others),
        gravest(each.level for each in group),
        summaries[0] if summaries else "",
        _last([each.fixed for each in group if each.fixed]),
        tuple(sorted({each.source for each in group})),
    )


def _rank(name: str) -> tuple[int, str]:
    """The name that most people know stands first."""
    known = ("CVE-", "GHSA-", "PYSEC-")
    return next((place for place, prefix in enumerate(known) if name.startswith(prefix)), len(known)), name


def _last(versions: list[str]) -> str:
    """Where sources differ, the version that all of them call fixed."""
    return max(versions, key=Version, default="")


def _place(finding: Finding) -> tuple[str, str, int, str]:
    order = ("critical", "high", "medium", "unknown", "low")
    return finding.package.name, finding.package.version, order.index(finding.level), finding.id


def remedy(findings: Iterable[Finding]) -> dict[str, str]:
    """By package, the lowest version that has every fix which is known; packages without one are left out."""
    wanted: dict[str, str] = {}
    for each in findings:
        if each.fixed:
            wanted[each.package.name] = _last([each.fixed, wanted.get(each.package.name, "0")])
    return wanted
