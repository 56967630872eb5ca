"""Whether a version is affected, by the events and versions of an OSV record.

1. A version that is listed is affected, whatever the ranges say.
2. In a range the events are walked in the order of their versions: from `introduced` on it is affected, from `fixed`
   on and after `last_affected` it is not. Before all versions stands the word `0`.
3. A range of commits says nothing about a version that was installed.
4. Where a version in a record is none, there are commits alone, or what ends has no begin before it, nobody can say:
   that is told, never taken for no.
"""

from dataclasses import dataclass
from typing import Final, Literal

from packaging.version import Version

from buckler.advisories.packages import normalised, version_of
from buckler.advisories.records import ECOSYSTEMS, Affected, Event, Range, Subject

Answer = Literal["affected", "not affected", "undecided"]
_BEFORE_ALL: Final = "0"
_COMPARED: Final = ("ECOSYSTEM", "SEMVER")
_COMMITS: Final = "GIT"
_KINDS: Final = ("introduced", "fixed", "last_affected", "limit")
_NO_LIMIT: Final = ("limit", "*")
_ENDS: Final = ("fixed", "last_affected")
_ORDER: Final = ("fixed", "introduced", "last_affected")


@dataclass(frozen=True, slots=True)
class _Step:
    kind: str
    version: Version | None
    """None stands before all."""

    def is_reached(self, version: Version) -> bool:
        """Whether `version` stands at it or after it; after it, for the last that is affected."""
        if self.version is None:
            return True
        return version > self.version if self.kind == "last_affected" else version >= self.version


def name_in(affected: Affected) -> str | None:
    """The package of the Python index that is meant, or None."""
    about = affected.package
    if about is None or _ecosystem(about) != "pypi":
        return None
    return normalised(about.name.strip())


def strange_name_in(affected: Affected) -> str | None:
    """The name of a package of which nobody can say whether the Python index is meant, or None."""
    about = affected.package
    if about is None or _ecosystem(about) == "pypi":
        return None
    if about.purl.startswith("pkg:pypi/") or _ecosystem(about) not in ECOSYSTEMS:
        return normalised(about.name.strip())
    return None


def _ecosystem(about: Subject) -> str:
    return about.ecosystem.partition(":")[0].strip().lower()


def judge(affected: Affected, version: Version) -> Answer:
    """Of a version without its local part: a rebuild of it has its flaws."""
    if any(_is_same(text, version) for text in affected.versions):
        return "affected"
    compared = [each for each in affected.ranges if each.type in _COMPARED]
    answers = [_in_range(each, version) for each in compared]
    if "affected" in answers:
        return "affected"
    strange = any(each.type not in (*_COMPARED, _COMMITS) for each in affected.ranges)
    unread = any(version_of(text) is None for text in affected.versions)
    says_nothing = not compared and not affected.versions
    return "undecided" if strange or unread or says_nothing or "undecided" in answers else "not affected"


def lowest_fix(affected: Affected, version: Version) -> str:
    """The lowest version that is named as fixed and stands above this one; empty where none does."""
    named = [event.fixed for each in affected.ranges if each.type in _COMPARED for event in each.events]
    above = [fixed for fixed in map(version_of, filter(None, named)) if fixed is not None and fixed > version]
    return str(min(above)) if above else ""


def _is_same(text: str, version: Version) -> bool:
    listed = version_of(text)
    return listed is not None and Version(listed.public) == version


def _in_range(found: Range, version: Version) -> Answer:
    steps = [step for event in found.events for step in _steps(event)]
    begins = [step for step in steps if step.kind == "introduced"]
    if not begins or any(step.version is None and step.kind != "introduced" for step in steps):
        return "undecided"
    limits = [step for step in steps if step.kind == "limit"]
    if limits and all(step.is_reached(version) for step in limits):
        return "not affected"
    ends = [step for step in steps if step.kind in _ENDS]
    first = min(begins, key=_place)
    if not first.is_reached(version) and any(_ends_before(each, first) for each in ends):
        return "undecided"
    is_affected = False
    for step in sorted([*begins, *ends], key=_place):
        if step.is_reached(version):
            is_affected = step.kind == "introduced"
    return "affected" if is_affected else "not affected"


def _steps(event: Event) -> list[_Step]:
    """An event of which the version is none gives one that no range can be judged by."""
    told = ((kind, getattr(event, kind)) for kind in _KINDS)
    return [_step(kind, text) for kind, text in told if text is not None and (kind, text) != _NO_LIMIT]


def _step(kind: str, text: str) -> _Step:
    if kind == "introduced" and text == _BEFORE_ALL:
        return _Step(kind, None)
    version = version_of(text)
    return _Step(kind if version is not None else "unreadable", version)


def _ends_before(end: _Step, begin: _Step) -> bool:
    """What began before that is not told."""
    return begin.version is not None and end.version is not None and end.version < begin.version


def _place(step: _Step) -> tuple[bool, Version, int]:
    """In the order of versions. At one version: what ends before it, what begins with it, what ends after it."""
    return step.version is not None, step.version or Version("0"), _ORDER.index(step.kind)
