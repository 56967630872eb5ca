"""The lowest versions that the package's security rests upon."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from buckler.advisories.floors import below, floors, known
from buckler.advisories.packages import Package, normalised
from tests.house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("name", sorted(floors()))
def test_below_its_floor_a_package_is_found_and_at_it_none_is(name: str) -> None:
    """Two-sided, for each row."""
    rows = [each for each in known() if each.package == name]
    for row in rows:
        first = row.introduced or "0.0.0.1"
        ids = [flaw.ids for flaw in below([Package(name, first)])]
        assert frozenset(row.ids) in ids
    assert below([Package(name, floors()[name])]) == []


def test_before_a_flaw_was_brought_in_it_is_not_told() -> None:
    """The row says from where on."""
    ids = [name for flaw in below([Package("starlette", "0.38.6")]) for name in flaw.ids]
    assert "CVE-2024-47874" in ids
    assert "CVE-2025-62727" not in ids


def test_every_row_names_a_public_advisory_and_a_package_of_ours() -> None:
    """By the number that everybody knows, once; and no name that the index would write otherwise."""
    ids = [name for row in known() for name in row.ids]
    assert len(ids) == len(set(ids))
    for row in known():
        assert re.fullmatch(r"CVE-\d{4}-\d{4,}", row.ids[0])
        assert all(re.fullmatch(r"CVE-[0-9-]+|GHSA(-[a-z0-9]{4}){3}|PYSEC-\d{4}-\d+", name) for name in row.ids)
        assert row.package == normalised(row.package)
        assert Version(row.introduced or "0") < Version(row.fixed)


def test_what_this_package_asks_for_is_not_below_its_floors() -> None:
    """Else an installation that keeps to our word would be found by our own command."""
    lines = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    asked = {normalised(each.name): each for each in map(Requirement, lines)}
    too_low = [
        f"{name} {lower.version} is below {floor}"
        for name, floor in floors().items()
        if name in asked
        for lower in asked[name].specifier
        if lower.operator == ">=" and Version(lower.version) < Version(floor)
    ]
    assert too_low == []
    assert {"starlette", "joserfc", "pillow", "cryptography"} <= set(asked)
