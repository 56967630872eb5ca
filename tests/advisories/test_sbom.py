"""The list of components."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import distributions
from typing import Any
from uuid import UUID

import pytest
from packageurl import PackageURL

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


def is_refused(text: str) -> bool:
    """By the published schema of 1.6. The validator takes seconds to import, which only these tests are to wait for."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is not None


LISTED: dict[str, Callable[[], Inventory]] = {
    "sample": lambda: SAMPLE,
    "own": own_packages,
    "lock": lambda: packages_in(ROOT / "uv.lock"),
}


@pytest.mark.parametrize("of", LISTED)
def test_it_keeps_to_the_schema_of_cyclonedx(of: str) -> None:
    """The published one, with nothing added to it."""
    assert not is_refused(written(LISTED[of](), "our service", "1.2.3", SERIAL, NOW))


def test_the_validator_finds_what_does_not_keep_to_it() -> None:
    """The gate closes."""
    broken = document(SAMPLE) | {"serialNumber": "one"}
    assert is_refused(json.dumps(broken))


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


ODD = inventory(
    Package("app", "", "it is a folder", needs=("one",)),
    Package("root", "", "it is a folder"),
    Package("one", "1.0", needs=("two", "one")),
    Package("two", "1.0", needs=("one",)),
    Package("left", "1.0", needs=("right",)),
    Package("right", "1.0", needs=("left",)),
    Package("odd==1", "", "no index can have it"),
    Package("odd", "1", ""),
    Package("odd==1", "2", ""),
    Package("odd", "1==2", ""),
    Package("line\nbreak", "1.0"),
)


def test_each_component_has_a_reference_of_its_own() -> None:
    """Whatever it is called: two with one would be one, and one that is called as the whole would need itself."""
    told = document(ODD)
    references = [told["metadata"]["component"]["bom-ref"], *(each["bom-ref"] for each in told["components"])]
    assert len(set(references)) == len(references) == len(ODD.packages) + 1
    assert [each["ref"] for each in told["dependencies"]] == references
    assert not is_refused(json.dumps(told))


@pytest.mark.parametrize("of", [SAMPLE, ODD, own_packages(), packages_in(ROOT / "uv.lock")])
def test_every_component_is_reached_from_the_root(of: Inventory) -> None:
    """Also those that need each other and whom nobody else needs. None needs itself."""
    needs = {each["ref"]: each["dependsOn"] for each in document(of)["dependencies"]}
    assert [ref for ref, named in needs.items() if ref in named] == []
    reached, left = set[str](), [document(of)["metadata"]["component"]["bom-ref"]]
    while left:
        reached.add(ref := left.pop())
        left += [each for each in needs[ref] if each not in reached]
    assert reached == set(needs)


def test_a_name_that_no_index_can_have_has_no_package_url() -> None:
    """It would be read as another one, or as none. Others are read back as what they are."""
    with_url = {each["name"] for each in document(ODD)["components"] if "purl" in each}
    assert with_url == {"one", "two", "left", "right", "odd"}
    for each in document(own_packages())["components"]:
        if "purl" in each:
            found = PackageURL.from_string(each["purl"])
            assert (found.type, found.name, found.version) == ("pypi", each["name"], each["version"])
            assert found.to_string() == each["purl"]
