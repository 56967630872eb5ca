"""What proposes newer versions and asks for advisories looks everywhere, and trusts nobody by name alone."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.house.tree import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FOR_USERS = [file for file in sorted((ROOT / "docs" / "ci").glob("*.yml")) if "gitlab" not in file.name]
DAYS = 7


def unpinned(text: str) -> list[str]:
    """Actions that are not named by the digest of a commit, with the version that a person reads."""
    named = re.findall(r"uses: *(.+)", text)
    return [each for each in named if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)]


@pytest.mark.parametrize("file", [*WORKFLOWS, *FOR_USERS], ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_workflow_has_no_right_by_default_and_names_actions_by_digest(file: Path) -> None:
    """A tag may be moved, and a right that is not needed is used by whoever gets in. No token is left behind."""
    text = file.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert unpinned(text) == []
    assert text.count("actions/checkout@") == text.count("persist-credentials: false") == len(workflow["jobs"])
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 20
        assert set(job["permissions"].values()) <= {"read", "write"}


def test_workflows_for_users_name_the_versions_that_we_use() -> None:
    """Nothing proposes newer ones for files that lie among the documents."""
    ours, theirs = (re.findall(r"uses: *(.+)", "".join(map(Path.read_text, files))) for files in (WORKFLOWS, FOR_USERS))
    assert theirs
    assert set(theirs) <= set(ours)


def test_an_action_by_its_tag_is_found() -> None:
    """The gate closes."""
    pinned = f"uses: actions/checkout@{'a1' * 20} # v4.2.2"
    assert unpinned(pinned) == []
    assert unpinned("uses: actions/checkout@v4") == ["actions/checkout@v4"]
    assert len(unpinned(pinned.replace(" # v4.2.2", ""))) == 1


def test_every_place_of_dependencies_is_looked_after() -> None:
    """The lock, the actions, the packages of npm; each waits before it takes what is new."""
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    looked = {(each["package-ecosystem"], each["directory"]) for each in updates}
    locks = {"npm": "package-lock.json", "uv": "uv.lock"}
    there = {
        (kind, f"/{path.parent.relative_to(ROOT).as_posix()}")
        for kind, lock in locks.items()
        for path in ROOT.glob(f"tools/*/{lock}")
    }
    assert looked == there | {("uv", "/"), ("github-actions", "/")}
    assert {each["cooldown"]["default-days"] for each in updates} == {DAYS}
    assert {each["schedule"]["interval"] for each in updates} == {"weekly"}


def test_renovate_waits_as_long_and_not_for_a_fix() -> None:
    """The same for who uses it in Dependabot's place."""
    settings = json.loads((ROOT / "renovate.json").read_text())
    assert settings["minimumReleaseAge"] == f"{DAYS} days"
    assert settings["vulnerabilityAlerts"]["minimumReleaseAge"] is None
    assert settings["osvVulnerabilityAlerts"] is True


def test_advisories_are_asked_for_each_week_and_kept_whatever_is_found() -> None:
    """What failed is what somebody has to read."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "advisories.yml").read_text())
    # YAML 1.1 reads the word `on` as true.
    ((when,),) = [each["schedule"] for each in [workflow[True]]]
    assert re.fullmatch(r"\d+ \d+ \* \* \d", when["cron"])
    steps = workflow["jobs"]["judge"]["steps"]
    last = [each for each in steps if "uses" in each and "checkout" not in each["uses"]]
    assert len(last) == 2
    assert {each["if"] for each in last} == {"${{ !cancelled() }}"}
    ran = " ".join(each.get("run", "") for each in steps)
    assert "make --silent advisories FORM=sarif" in ran
    assert "make --silent sbom" in ran
