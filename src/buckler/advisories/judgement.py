"""What is to be said of an inventory: findings, what was accepted, and what nobody could judge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from buckler.advisories.baseline import Accepted, AcceptedUnaudited, Baseline
from buckler.advisories.flaws import Finding, Flaw, merged
from buckler.advisories.packages import NO_NAME, Inventory, Package, Unaudited, can_be_of_index
from buckler.advisories.severity import Level, counts

Entry = Accepted | AcceptedUnaudited


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer."""

    inventory: Inventory
    data: str
    """What the answer rests upon, for a person."""
    findings: tuple[Finding, ...] = ()
    accepted: tuple[tuple[Finding, Accepted], ...] = ()
    unaudited: tuple[Unaudited, ...] = ()
    accepted_unaudited: tuple[tuple[Unaudited, AcceptedUnaudited], ...] = ()
    expired: tuple[Entry, ...] = ()
    unused: tuple[Entry, ...] = ()
    partly: tuple[Finding, ...] = ()
    """The findings that an entry names which are more than what it names."""

    @property
    def audited(self) -> int:
        """Of how many packages something could be said."""
        missing = (*self.unaudited, *(each for each, _ in self.accepted_unaudited))
        told = {(each.package, each.version) for each in missing if not each.partly}
        return sum((each.name, each.version) not in told for each in self.inventory.packages)

    def grave(self, least: Level) -> tuple[Finding, ...]:
        """The findings that are at least so grave."""
        return tuple(each for each in self.findings if counts(each.level, least))


def askable(inventory: Inventory) -> tuple[list[Package], list[Unaudited]]:
    """The packages that a database can be asked about, and the others with the reason."""
    packages = [each for each in inventory.packages if not _why_not(each)]
    return packages, [
        Unaudited(each.name, each.version, reason) for each in inventory.packages if (reason := _why_not(each))
    ]


def judge(
    inventory: Inventory,
    data: str,
    flaws: Iterable[Flaw],
    unaudited: Iterable[Unaudited],
    baseline: Baseline,
    today: date,
) -> Report:
    """Put together what was found, without what was accepted until today or later."""
    told = list(flaws)
    missing = sorted(set(unaudited), key=lambda each: (each.package, each.version, each.reason))
    passing = [(each, _accepting(baseline, each, today)) for each in told]
    left = [each for each, entry in passing if entry is None]
    accepted = [
        (each, entry)
        for entry in baseline.accepted
        for each in merged(flaw for flaw, other in passing if other is entry)
    ]
    named = [each for each in left if any(_names(entry, each, today) for entry in baseline.accepted)]
    passed = [(each, reason) for each in missing if (reason := _letting(baseline, each, today))]
    let = [each for each, _ in passed]
    used, unused = _used(baseline, told, missing)
    return Report(
        inventory,
        data,
        tuple(merged(left)),
        tuple(accepted),
        tuple(each for each in missing if each not in let),
        tuple(passed),
        tuple(each for each in used if each.until < today),
        tuple(unused),
        tuple(merged(named)),
    )


def _used(baseline: Baseline, found: Sequence[Flaw], missing: Sequence[Unaudited]) -> tuple[list[Entry], list[Entry]]:
    """The entries that are about something that was found, and those that are about nothing."""
    used: list[Entry] = [entry for entry in baseline.accepted if any(map(entry.covers, found))]
    used += [entry for entry in baseline.unaudited if any(map(entry.covers, missing))]
    every: list[Entry] = [*baseline.accepted, *baseline.unaudited]
    return used, [entry for entry in every if entry not in used]


def _why_not(package: Package) -> str:
    if package.apart:
        return package.apart
    if not can_be_of_index(package.name):
        return NO_NAME
    return "" if package.comparable is not None else "its version cannot be compared"


def _accepting(baseline: Baseline, flaw: Flaw, today: date) -> Accepted | None:
    """The entry that has a name which is this record's alone, or the first of those that have each of its CVEs."""
    naming = [entry for entry in baseline.accepted if _names(entry, flaw, today)]
    named = {entry.id.upper() for entry in naming}
    own = next((entry for entry in naming if entry.id.upper() not in flaw.cves), None)
    return own or (naming[0] if naming and flaw.cves <= named else None)


def _names(entry: Accepted, flaw: Flaw, today: date) -> bool:
    return entry.until >= today and entry.covers(flaw)


def _letting(baseline: Baseline, unaudited: Unaudited, today: date) -> AcceptedUnaudited | None:
    return next((each for each in baseline.unaudited if each.until >= today and each.covers(unaudited)), None)
