"""Records that were brought along."""

import json
from pathlib import Path
from typing import Any

import pytest

from buckler.advisories.brought import BroughtRecords
from buckler.advisories.osv import found_in, read
from buckler.advisories.packages import InputRefused, Package
from tests.advisories.made import VECTOR, events, record

SHAPE = Package("shape", "1.0")


def brought(folder: Path, *records: object, name: str = "records.json") -> BroughtRecords:
    (folder / name).write_text(json.dumps(records[0] if len(records) == 1 else records))
    return read(folder / name, ["shape", "other-one"])


def ids(found: BroughtRecords, *packages: Package) -> list[frozenset[str]]:
    return [flaw.ids for flaw in found_in(found, packages or (SHAPE,))[0]]


def test_a_record_becomes_a_flaw(tmp_path: Path) -> None:
    """With every name, the level, one line of words and the fix."""
    told = record(aliases=["CVE-1"], summary="It breaks\n\x1b[31m", database_specific={"severity": "HIGH"})
    (flaw,), unaudited = found_in(brought(tmp_path, told), [SHAPE])
    assert (flaw.ids, flaw.level, flaw.fixed) == ({"GHSA-aaaa-bbbb-cccc", "CVE-1"}, "high", "2.0")
    assert flaw.summary == r"It breaks\u000a\u001b[31m"
    assert unaudited == []


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({"severity": [{"type": "CVSS_V3", "score": VECTOR}]}, "high"),
        ({"severity": [{"type": "CVSS_V3", "score": VECTOR}], "database_specific": {"severity": "LOW"}}, "low"),
        ({"severity": None, "database_specific": None}, "unknown"),
    ],
)
def test_the_level_is_told_or_computed(tmp_path: Path, more: dict[str, Any], level: str) -> None:
    assert found_in(brought(tmp_path, record(**more)), [SHAPE])[0][0].level == level


def test_a_package_that_was_made_to_do_harm_is_critical(tmp_path: Path) -> None:
    """Its records have no score."""
    assert found_in(brought(tmp_path, record("MAL-2026-1")), [SHAPE])[0][0].level == "critical"


def test_a_withdrawn_record_is_no_flaw_and_one_of_the_same_flaw_stays(tmp_path: Path) -> None:
    gone = record("PYSEC-1", aliases=["CVE-1"], withdrawn="2026-01-01T00:00:00Z")
    assert ids(brought(tmp_path, gone)) == []
    assert ids(brought(tmp_path, gone, record(aliases=["CVE-1"]))) == [{"GHSA-aaaa-bbbb-cccc", "CVE-1"}]


def test_names_are_compared_as_the_index_does(tmp_path: Path) -> None:
    assert ids(brought(tmp_path, record(package="Other_One")), Package("other-one", "1.0"))
    assert ids(brought(tmp_path, record(package="other-one", ecosystem="npm")), Package("other-one", "1.0")) == []


def test_a_file_has_one_record_or_several_or_an_answer_of_the_api(tmp_path: Path) -> None:
    assert brought(tmp_path, record()).records == 1
    assert brought(tmp_path, record(), record("GHSA-2")).records == 2
    assert ids(brought(tmp_path, {"vulns": [record()]})) == [{"GHSA-aaaa-bbbb-cccc"}]


def test_a_folder_is_read_with_the_folders_in_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.json").write_text(json.dumps(record()))
    (tmp_path / "README.md").write_text("no record")
    found = read(tmp_path, ["shape"])
    assert (found.records, found.is_whole) == (1, False)


@pytest.mark.parametrize("withdrawn", ["", "soon", "2999-01-01T00:00:00Z"])
def test_a_withdrawal_that_has_no_day_or_is_to_come_clears_nothing(tmp_path: Path, withdrawn: str) -> None:
    """A record is withdrawn from a day on that was."""
    assert ids(brought(tmp_path, {**record(), "withdrawn": withdrawn}))
    assert ids(brought(tmp_path, {**record(), "withdrawn": "2020-01-01T00:00:00Z"})) == []


@pytest.mark.parametrize("ecosystem", ["pypi", "PyPI:https://pypi.org"])
def test_the_index_is_known_in_each_of_its_spellings(tmp_path: Path, ecosystem: str) -> None:
    """Of the schema: a suffix may say which index of the kind is meant."""
    assert ids(brought(tmp_path, record(ecosystem=ecosystem)))


def test_a_record_that_says_nothing_of_versions_leaves_the_package_unaudited(tmp_path: Path) -> None:
    """It may mean this version: that is not taken for no."""
    unclear = record("GHSA-2", events(("introduced", "0"), ("fixed", "cafe"), kind="GIT"))
    flaws, (missing,) = found_in(brought(tmp_path, unclear, record("GHSA-3")), [SHAPE])
    assert [flaw.ids for flaw in flaws] == [{"GHSA-3"}]
    assert missing.reason == "no version can be compared in GHSA-2"


def test_of_several_lines_of_releases_the_highest_fix_counts(tmp_path: Path) -> None:
    """Where a record has the package twice, 2.10 is compared as a version."""
    told = record("GHSA-1", events(("introduced", "0"), ("fixed", "2.9")))
    told["affected"] += record("GHSA-1", events(("introduced", "0"), ("fixed", "2.10")))["affected"]
    assert found_in(brought(tmp_path, told), [SHAPE])[0][0].fixed == "2.10"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.json", b"{", "is no OSV record"),
        ("a.json", b'{"affected": []}', "id: Field required"),
        ("a.json", b'{"id": "x", "affected": [{"ranges": [{"events": 1}]}]}', "is no OSV record"),
        ("a.json", b"[]", "has no OSV record"),
        ("a.json", b'{"id": "x", "affected": [{"package": {"name": "shape"}}]}', "ecosystem: Field required"),
        ("a.json", b'{"a":' * 100_000, "is no OSV record"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    """All of it: half of the data would look like fewer flaws."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputRefused, match=why):
        read(tmp_path / name, ["shape"])


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="No such file"):
        read(tmp_path / "gone.json", ["shape"])
    with pytest.raises(InputRefused, match="has no OSV record"):
        read(tmp_path, ["shape"])


@pytest.mark.parametrize(
    "package",
    [
        {"ecosystem": "Python", "name": "Shape"},
        {"ecosystem": "", "name": "shape"},
        {"ecosystem": "npm", "name": "shape", "purl": "pkg:pypi/shape"},
    ],
)
def test_a_record_of_an_index_that_nobody_knows_leaves_the_package_unaudited(
    tmp_path: Path, package: dict[str, str]
) -> None:
    """It may mean ours. One of another index that is known does not."""
    strange = record("X-1")
    strange["affected"][0]["package"] = package
    flaws, (missing,) = found_in(brought(tmp_path, strange), [SHAPE])
    assert (flaws, missing.reason) == ([], "nobody can say which index is meant in X-1")


def test_a_record_that_was_withdrawn_says_nothing_of_a_package(tmp_path: Path) -> None:
    """In a choice of records it was the only word of it."""
    gone = record("PYSEC-1", withdrawn="2026-01-01T00:00:00Z")
    flaws, (missing,) = found_in(brought(tmp_path, gone), [SHAPE])
    assert (flaws, missing.reason) == ([], "no record that was brought along names it")


@pytest.mark.parametrize(
    "affected",
    [
        {"ranges": [], "versions": []},
        {"ranges": None, "versions": None},
        {"ranges": [{"type": "ECOSYSTEM", "events": []}]},
        {"ranges": [events(("fixed", "2.0"))]},
        {"ranges": [events(("introduced", "0"), ("fixed", "2.0"), kind="CALENDAR")]},
        {"versions": ["9" * 5000]},
    ],
)
def test_a_record_that_says_nothing_that_can_be_compared_clears_nobody(
    tmp_path: Path, affected: dict[str, Any]
) -> None:
    """Whatever else there is in it."""
    told = record("X-1")
    told["affected"] = [{"package": {"ecosystem": "PyPI", "name": "shape"}, **affected}]
    flaws, (missing,) = found_in(brought(tmp_path, told), [SHAPE])
    assert (flaws, missing.reason) == ([], "no version can be compared in X-1")
