"""Records that were brought along."""

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from buckler.advisories.osv import LEAST_OF_ALL, Brought, described, found_in, read
from buckler.advisories.packages import InputRefused, Package
from tests.advisories.made import VECTOR, events, record

SHAPE = Package("shape", "1.0")


def brought(folder: Path, *records: object, name: str = "records.json") -> Brought:
    (folder / name).write_text(json.dumps(records[0] if len(records) == 1 else records))
    return read(folder / name, ["shape", "other-one"])


def ids(found: Brought, *packages: Package) -> list[frozenset[str]]:
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


def archived(file: Path, records: list[dict[str, object]]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for number, each in enumerate(records):
            archive.writestr(f"{number}.json", json.dumps(each))
        archive.writestr("about.txt", "no record")


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


def test_a_whole_database_knows_also_what_it_does_not_name(tmp_path: Path) -> None:
    """A choice of records does not: what none of them names was not audited."""
    archived(tmp_path / "all.zip", [record(f"GHSA-{number}") for number in range(LEAST_OF_ALL)])
    other = Package("other-one", "1.0")
    assert found_in(read(tmp_path / "all.zip", ["shape", "other-one"]), [other]) == ([], [])
    flaws, (missing,) = found_in(brought(tmp_path, record()), [other])
    assert flaws == []
    assert (missing.package, missing.reason) == ("other-one", "no record that was brought along names it")


@pytest.mark.parametrize("ecosystem", ["PyPI", "npm"])
def test_an_archive_of_a_few_records_or_of_another_index_is_no_whole_database(tmp_path: Path, ecosystem: str) -> None:
    """Whatever it is called: it does not know what it does not name."""
    many = LEAST_OF_ALL if ecosystem == "npm" else 3
    archived(tmp_path / "all.zip", [record(f"GHSA-{number}", ecosystem=ecosystem) for number in range(many)])
    _, (missing,) = found_in(read(tmp_path / "all.zip", ["other-one"]), [Package("other-one", "1.0")])
    assert missing.reason == "no record that was brought along names it"


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
        ("a.zip", b"no archive", "is no archive"),
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


def test_a_record_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buckler.advisories.osv._MOST", 10)
    with pytest.raises(InputRefused, match="larger than a record"):
        brought(tmp_path, record())


@pytest.mark.parametrize(
    ("modified", "told"),
    [
        ("2026-11-20T10:00:00Z", "1 OSV record of x (the newest of 2026-11-20)"),
        ("2026-10-01T10:00:00Z", "1 OSV record of x (the newest of 2026-10-01, 60 days ago: bring newer ones)"),
        ("", "1 OSV record of x (of no day)"),
    ],
)
def test_the_age_of_the_data_is_told(modified: str, told: str) -> None:
    """What is old does not know what was found since."""
    assert described(Brought("x", is_archive=False, records=1, newest=modified), date(2026, 11, 30)) == told
