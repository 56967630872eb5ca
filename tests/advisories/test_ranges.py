"""Which versions an OSV record means."""

import pytest
from packaging.version import Version

from buckler.advisories.packages import Package
from buckler.advisories.ranges import judge, lowest_fix, name_in
from buckler.advisories.records import Affected
from tests.advisories.made import events, record

ALL_BEFORE_2 = events(("introduced", "0"), ("fixed", "2.0"))
FROM_1_TO_1_5 = events(("introduced", "1.0"), ("last_affected", "1.5"))
TWICE = events(("introduced", "1.8"), ("fixed", "1.8.2"), ("introduced", "1.7"), ("fixed", "1.7.4"))
ONLY_1 = events(("introduced", "1.0"), ("last_affected", "1.0"))
NEVER_ENDS = events(("introduced", "1.0"))
LIMITED = events(("introduced", "1.0"), ("limit", "2.0"))
COMMITS = events(("introduced", "0"), ("fixed", "deadbeef"), kind="GIT")


def affected(*ranges: object, versions: tuple[str, ...] = ()) -> Affected:
    return Affected.model_validate({"ranges": list(ranges), "versions": list(versions)})


@pytest.mark.parametrize(
    ("ranges", "versions"),
    [
        ((), ("not a version", "1.0.0 (all builds)")),
        ((events(),), ()),
        ((events(("introduced", "0"), kind="ecosystem"),), ("9.9",)),
        ((events(("introduced", "0"), kind="SOMETHING"),), ()),
        # What ends has begun somewhere.
        ((events(("fixed", "2.0")),), ()),
        ((events(("last_affected", "2.0")),), ()),
        ((events(("limit", "0.5")),), ()),
        ((events(("fixed", "1.5"), ("introduced", "3.0")),), ()),
        (({"type": "ECOSYSTEM", "events": [{}]},), ()),
        ((events(("introduced", "0"), ("fixed", "9" * 5000)),), ()),
        ((), ("9" * 5000,)),
    ],
)
def test_what_cannot_be_judged_is_never_taken_for_no(ranges: tuple[object, ...], versions: tuple[str, ...]) -> None:
    """Versions that are none, ranges without a step, and kinds of ranges that nobody knows."""
    assert judge(affected(*ranges, versions=versions), Version("1.0")) == "undecided"


@pytest.mark.parametrize(
    ("ranges", "version", "answer"),
    [
        # From the beginning, which stands before every version there is.
        ([ALL_BEFORE_2], "0.0.1.dev1", "affected"),
        ([ALL_BEFORE_2], "1.9.9", "affected"),
        ([ALL_BEFORE_2], "2.0", "not affected"),
        # A pre-release of the fix came before it; a post-release after.
        ([ALL_BEFORE_2], "2.0rc1", "affected"),
        ([ALL_BEFORE_2], "2.0.post1", "not affected"),
        ([ALL_BEFORE_2], "2.0.0.0", "not affected"),
        ([ALL_BEFORE_2], "1!0.1", "not affected"),
        # The last that is affected is affected, and what follows is not.
        ([FROM_1_TO_1_5], "0.9", "not affected"),
        ([FROM_1_TO_1_5], "1.0", "affected"),
        ([FROM_1_TO_1_5], "1.5", "affected"),
        ([FROM_1_TO_1_5], "1.5.1", "not affected"),
        ([FROM_1_TO_1_5], "1.6rc1", "not affected"),
        ([ONLY_1], "1.0", "affected"),
        ([ONLY_1], "1.0.1", "not affected"),
        # Events stand in any order, and several times.
        ([TWICE], "1.7.3", "affected"),
        ([TWICE], "1.7.4", "not affected"),
        ([TWICE], "1.7.9", "not affected"),
        ([TWICE], "1.8.1", "affected"),
        ([TWICE], "1.8.2", "not affected"),
        # Several ranges: one is enough.
        ([FROM_1_TO_1_5, events(("introduced", "3"), ("fixed", "3.2"))], "3.1", "affected"),
        ([FROM_1_TO_1_5, events(("introduced", "3"), ("fixed", "3.2"))], "2.0", "not affected"),
        ([NEVER_ENDS], "99", "affected"),
        ([LIMITED], "1.9", "affected"),
        ([LIMITED], "2.0", "not affected"),
        ([events(("introduced", "1.0"), ("limit", "*"))], "2.0", "affected"),
        # What begins anew where the fix was lost.
        ([events(("introduced", "0"), ("fixed", "2"), ("introduced", "2"))], "2.1", "affected"),
        # Commits beside versions say nothing; alone, nobody can say.
        ([COMMITS, ALL_BEFORE_2], "2.0", "not affected"),
        ([COMMITS], "1.0", "undecided"),
        ([], "1.0", "undecided"),
        ([events(("introduced", "the first"), ("fixed", "2.0"))], "1.0", "undecided"),
        ([events(("introduced", "0"), ("fixed", "r2"))], "9.0", "undecided"),
        # What one range cannot say another one may.
        ([events(("introduced", "0"), ("fixed", "r2")), ALL_BEFORE_2], "1.0", "affected"),
    ],
)
def test_a_version_is_judged_by_ranges(ranges: list[object], version: str, answer: str) -> None:
    """As the schema walks them, and as PEP 440 orders versions."""
    assert judge(affected(*ranges), Version(version)) == answer


@pytest.mark.parametrize(
    ("versions", "version", "answer"),
    [
        (("1.0", "1.1"), "1.1", "affected"),
        (("1.0", "1.1"), "1.2", "not affected"),
        # However the version is written.
        (("1.1.0",), "1.1", "affected"),
        (("1.1+cpu",), "1.1", "affected"),
        (("1.0-alpha1",), "1.0a1", "affected"),
        (("whatever", "1.0"), "1.0", "affected"),
    ],
)
def test_a_version_is_judged_by_a_list(versions: tuple[str, ...], version: str, answer: str) -> None:
    assert judge(affected(versions=versions), Version(version)) == answer
    assert judge(affected(COMMITS, versions=versions), Version(version)) == answer


def test_a_listed_version_is_affected_whatever_the_ranges_say() -> None:
    assert judge(affected(ALL_BEFORE_2, versions=("3.0",)), Version("3.0")) == "affected"


def test_a_rebuild_has_the_flaws_of_what_was_rebuilt() -> None:
    """`2.0+cpu` is sorted after `2.0`, and is the same code."""
    comparable = Package("shape", "1.5+cpu").comparable
    assert comparable is not None
    assert judge(affected(FROM_1_TO_1_5), comparable) == "affected"


@pytest.mark.parametrize(
    ("ranges", "version", "fix"),
    [
        ([ALL_BEFORE_2], "1.0", "2.0"),
        ([TWICE], "1.7.1", "1.7.4"),
        ([TWICE], "1.8", "1.8.2"),
        ([FROM_1_TO_1_5], "1.0", ""),
        ([COMMITS], "1.0", ""),
    ],
)
def test_the_nearest_fix_is_named(ranges: list[object], version: str, fix: str) -> None:
    """Not that of another line of releases, nor a commit."""
    assert lowest_fix(affected(*ranges), Version(version)) == fix


@pytest.mark.parametrize(("package", "ecosystem", "name"), [
    ("Zope.Interface", "PyPI", "zope-interface"),
    ("my__package", "PyPI", "my-package"),
    ("shape", "npm", None),
])  # fmt: skip
def test_names_are_those_of_the_python_index(package: str, ecosystem: str, name: str | None) -> None:
    """Another ecosystem's package of the name is another package."""
    found = record(package=package, ecosystem=ecosystem)["affected"][0]
    assert name_in(Affected.model_validate(found)) == name
    assert name_in(Affected.model_validate({})) is None
