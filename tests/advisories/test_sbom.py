"""The list of components."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import distributions
from typing import Any
from uuid import UUID

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from buckler.advisories.environment import own_packages
from buckler.advisories.locked import packages_in
from buckler.advisories.packages import Inventory, Package, normalised
from buckler.advisories.sbom import APART, written
from tests.advisories.made import inventory
from tests.advisories.test_floors import PROJECT
from tests.house.tree import ROOT
from tests.proof import two_sided

SERIAL = UUID("3e671687-395b-41f5-a30f-a58921a69b79")
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SAMPLE = inventory(
    Package("app", "0.1", "it is a folder", needs=("shape",)),
    Package("line 3", "", "it names nothing"),
    Package("shape", "1.0+cpu", licences=("mit or apache-2.0",), hashes=("ab" * 32,)),
    Package("shape", "2.0", licences=("MIT License",)),
    Package("solid", "1!2.0", licences=("BSD", "MIT License")),
)


def document(of: Inventory) -> dict[str, Any]:
    return dict(json.loads(written(of, "our service", "1.2.3", SERIAL, NOW)))


@pytest.mark.parametrize("of", [SAMPLE, own_packages(), packages_in(ROOT / "uv.lock")], ids=["sample", "own", "lock"])
def test_it_keeps_to_the_schema_of_cyclonedx(of: Inventory) -> None:
    """The published one of 1.6, with nothing added to it."""
    text = written(of, "our service", "1.2.3", SERIAL, NOW)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_validator_finds_what_does_not_keep_to_it() -> None:
    """The gate closes."""
    broken = document(SAMPLE) | {"serialNumber": "one"}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(broken)) is not None


@pytest.mark.asvs("15.1.2")
def test_no_component_escapes_the_list() -> None:
    """Also those that came with others; a list by hand, of what the project names itself, lacks them."""

    def by_hand() -> set[str]:
        extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
        return {normalised(line.split(">=")[0].split("[")[0]) for line in (*PROJECT["dependencies"], *extras)}

    def generated() -> set[str]:
        return {each["name"] for each in document(own_packages())["components"]}

    def attack(listed: Callable[[], set[str]]) -> bool:
        there = {normalised(each.metadata["Name"]) for each in distributions()}
        return bool(there - listed())

    two_sided(attack, whole=generated, twin=by_hand)


def test_two_lists_differ_in_serial_and_time_alone() -> None:
    """So that two of them can be compared."""
    other = json.loads(written(SAMPLE, "our service", "1.2.3", UUID(int=7), datetime(2027, 1, 1, tzinfo=UTC)))
    other["serialNumber"], other["metadata"]["timestamp"] = f"urn:uuid:{SERIAL}", NOW.isoformat()
    assert other == document(SAMPLE)
    assert list(other) == list(document(SAMPLE))


def test_a_component_has_its_url_licences_and_digests() -> None:
    """An expression of SPDX stands alone; names stand as they are."""
    _, _, first, second, third = document(SAMPLE)["components"]
    assert first == {
        "type": "library",
        "bom-ref": "shape==1.0+cpu",
        "name": "shape",
        "version": "1.0+cpu",
        "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
        "licenses": [{"expression": "MIT OR Apache-2.0"}],
        "purl": "pkg:pypi/shape@1.0%2Bcpu",
    }
    assert second["licenses"] == [{"license": {"name": "MIT License"}}]
    assert third["licenses"] == [{"license": {"name": "BSD"}}, {"license": {"name": "MIT License"}}]
    assert third["purl"] == "pkg:pypi/solid@1%212.0"


def test_what_is_not_from_an_index_has_no_package_url() -> None:
    """The index may have a stranger's package of that name."""
    app, line, *_ = document(SAMPLE)["components"]
    assert "purl" not in app
    assert app["properties"] == [{"name": APART, "value": "it is a folder"}]
    assert "version" not in line


def test_who_needs_whom_is_told_from_the_root_on() -> None:
    """Every version of a name; what nobody needs hangs on the root."""
    needs = {each["ref"]: each["dependsOn"] for each in document(SAMPLE)["dependencies"]}
    assert needs["root"] == ["app==0.1", "line 3", "solid==1!2.0"]
    assert needs["app==0.1"] == ["shape==1.0+cpu", "shape==2.0"]
    assert needs["shape==2.0"] == []


def test_it_says_what_it_describes_and_who_wrote_it() -> None:
    metadata = document(SAMPLE)["metadata"]
    assert metadata["component"]["name"] == "our service"
    assert metadata["tools"]["components"] == [{"type": "application", "name": "buckler", "version": "1.2.3"}]
    assert metadata["properties"] == [{"name": "buckler:python", "value": "3.13.1"}]
    assert "properties" not in document(Inventory("a lock", ()))["metadata"]
