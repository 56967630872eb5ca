"""Of how much of the index the records are all that is known, and how old they are."""

import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from buckler.advisories.brought import LEAST_OF_ALL, LEAST_OF_EACH, NAMED_BY_ALL, BroughtRecords, described
from buckler.advisories.osv import found_in, outdated, read
from buckler.advisories.packages import Package
from buckler.advisories.records import Record
from tests.advisories.made import events, record

OTHER = Package("other-one", "1.0")
UNNAMED = "no record that was brought along names it"
TODAY = date(2026, 11, 30)


def of_the_index(number: int, **changed: object) -> dict[str, object]:
    """One of thousands: of both families of reviewers, about a package of its own."""
    family = "GHSA" if number % 2 else "PYSEC"
    known = sorted(NAMED_BY_ALL)
    package = known[number] if number < len(known) else f"package-{number}"
    return record(f"{family}-{number}", package=package, versions=["1.0"]) | changed


def holding(one: Callable[[int], dict[str, object]]) -> BroughtRecords:
    """As many as a whole database has."""
    held = BroughtRecords("all.zip", is_archive=True)
    for number in range(LEAST_OF_ALL):
        held.add(Record.model_validate(one(number)), frozenset([OTHER.name]))
    return held


def test_a_whole_database_knows_also_what_it_does_not_name(tmp_path: Path) -> None:
    """By its size, its spread, its reviewers and its day."""
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for number in range(LEAST_OF_ALL):
            archive.writestr(f"{number}.json", json.dumps(of_the_index(number)))
        archive.writestr("about.txt", "no record")
    assert found_in(read(tmp_path / "all.zip", [OTHER.name]), [OTHER]) == ([], [])


@pytest.mark.parametrize(
    "one",
    [
        lambda number: of_the_index(number % 3),
        lambda number: of_the_index(number % LEAST_OF_EACH),
        lambda number: of_the_index(number, affected=record()["affected"]),
        lambda number: of_the_index(number, id=f"MAL-{number}"),
        lambda number: of_the_index(number, id=f"GHSA-{number}"),
        lambda number: of_the_index(number, affected=record(ecosystem="npm", package=f"p-{number}")["affected"]),
        lambda number: of_the_index(number + len(NAMED_BY_ALL)),
        lambda number: of_the_index(number, modified=""),
        lambda number: of_the_index(number, modified="2999-01-01T00:00:00Z"),
    ],
    ids=[
        "few",
        "repeated",
        "one package",
        "malice alone",
        "one reviewer",
        "another index",
        "names nobody knows",
        "no day",
        "no day yet",
    ],
)
def test_what_is_only_as_large_as_a_whole_database_is_none(one: Callable[[int], dict[str, object]]) -> None:
    """Whatever it is called: it does not know what it does not name."""
    assert holding(of_the_index).is_whole
    flaws, (missing,) = found_in(holding(one), [OTHER])
    assert (flaws, missing.reason) == ([], UNNAMED)


def test_a_file_or_a_folder_is_whole_by_the_word_of_whoever_brought_it(tmp_path: Path) -> None:
    """With its day, which is told; without that word what none of its records names was not audited."""
    (tmp_path / "one.json").write_text(json.dumps(record()))
    for path in (tmp_path, tmp_path / "one.json"):
        _, (missing,) = found_in(read(path, [OTHER.name]), [OTHER])
        assert missing.reason == UNNAMED
        told = read(path, [OTHER.name], date(2026, 10, 1))
        assert found_in(told, [OTHER]) == ([], [])
        assert described(told, TODAY).endswith("(told to be all of 2026-10-01, 60 days ago: bring newer ones)")


@pytest.mark.parametrize(
    ("newest", "told"),
    [
        (date(2026, 11, 20), "1 OSV record of x (the newest of 2026-11-20)"),
        (date(2026, 10, 1), "1 OSV record of x (the newest of 2026-10-01, 60 days ago: bring newer ones)"),
        (None, "1 OSV record of x (of no day)"),
    ],
)
def test_the_age_of_the_data_is_told(newest: date | None, told: str) -> None:
    """What is old does not know what was found since."""
    assert described(BroughtRecords("x", is_archive=False, records=1, newest=newest), TODAY) == told


def test_a_record_of_today_hides_no_age() -> None:
    """Nine of them neither: what all the others are tells what is known. Told, and by whoever is strict not taken."""
    old = {"modified": "2015-01-01T00:00:00Z"}
    few = holding(lambda number: of_the_index(number, **({} if number < 9 else old)))
    assert "(the tenth-newest of 2015-01-01, 4351 days ago: bring newer ones" in described(few, TODAY)
    (missing,) = outdated(few, [OTHER], TODAY)
    assert (missing.reason, missing.partly) == ("judged by what was known 4351 days ago", True)
    assert outdated(holding(of_the_index), [OTHER], TODAY) == []


def test_the_word_of_whoever_brought_it_grows_old_too(tmp_path: Path) -> None:
    """A choice does not: it is none of a day."""
    (tmp_path / "one.json").write_text(json.dumps(record(modified="2015-01-01T00:00:00Z")))
    assert outdated(read(tmp_path, [], date(2026, 11, 15)), [OTHER], TODAY) != []
    assert outdated(read(tmp_path, [], date(2026, 11, 16)), [OTHER], TODAY) == []
    assert outdated(read(tmp_path, []), [OTHER], TODAY) == []


def test_a_choice_clears_a_package_of_what_it_names_alone(tmp_path: Path) -> None:
    """Another record may be about just this version; whoever says that these were all of them knows."""
    later = record("PYSEC-1", events(("introduced", "4.0"), ("fixed", "4.1")), package=OTHER.name)
    (tmp_path / "one.json").write_text(json.dumps(later))
    flaws, (missing,) = found_in(read(tmp_path, [OTHER.name]), [OTHER])
    assert (flaws, missing.reason, missing.partly) == ([], "judged by 1 record that names it alone", True)
    assert found_in(read(tmp_path, [OTHER.name], TODAY), [OTHER]) == ([], [])


@pytest.mark.parametrize("modified", ["2999-01-01T00:00:00Z", "today", "99999"])
def test_a_day_that_is_none_hides_no_age(tmp_path: Path, modified: str) -> None:
    """One record of tomorrow would make all others young."""
    (tmp_path / "old.json").write_text(json.dumps(record(modified="2020-01-01T00:00:00Z")))
    (tmp_path / "odd.json").write_text(json.dumps(record(modified=modified)))
    assert "the newest of 2020-01-01, " in described(read(tmp_path, []), TODAY)


def test_records_about_nothing_are_counted(tmp_path: Path) -> None:
    """They may be about anything."""
    (tmp_path / "a.json").write_text(json.dumps([record(), {"id": "X-1"}, {"id": "X-2", "affected": [{}]}]))
    assert "2026-11-20, 2 about no package that they name)" in described(read(tmp_path, []), TODAY)
