"""`buckler advisories`: what ends it with which code, what it prints, and what it asks others."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from buckler.clock import SystemClock, date_of
from tests.advisories.made import record
from tests.cli.in_process import Done, Shell
from tests.cli.running import buckler
from tests.house.tree import ROOT

LOCK = "shape==1.0\nsolid==1.0\n"
DATA = (
    record("GHSA-1", aliases=["CVE-1"], summary="It breaks", database_specific={"severity": "HIGH"}),
    record("GHSA-2", package="solid", database_specific={"severity": "LOW"}, summary="It leaks"),
)
ACCEPTED = """
[[accepted]]
id = "{id}"
reason = "not reached"
until = {until}
"""
STAND_IN = """
import json, os, sys
if "PIP_AUDIT_FAILS" in os.environ:
    sys.exit("ConnectionError: no route")
file = sys.argv[sys.argv.index("--requirement") + 1]
lines = [line.strip().split("==") for line in open(file)]
vulns = [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"], "description": "It breaks"}]
told = [
    {"name": name, "version": version, "vulns": vulns if name == "shape" else []} if name != "lost"
    else {"name": name, "skip_reason": "Dependency not found on PyPI and could not be audited: lost"}
    for name, version in lines
]
print(json.dumps({"dependencies": told, "fixes": []}))
"""


@pytest.fixture
def locked(shell: Shell) -> Shell:
    """A shell in whose folder are a lock, OSV records about it, and a pip-audit without a network."""
    (shell.folder / "requirements.txt").write_text(LOCK)
    (shell.folder / "osv").mkdir()
    for number, each in enumerate(DATA):
        (shell.folder / "osv" / f"{number}.json").write_text(json.dumps(each))
    (shell.folder / "pip_audit").mkdir()
    (shell.folder / "pip_audit" / "__init__.py").touch()
    (shell.folder / "pip_audit" / "__main__.py").write_text(STAND_IN)
    return shell


def offline(shell: Shell, *arguments: str) -> Done:
    return shell.run("advisories", "--requirements", "requirements.txt", "--osv", "osv", *arguments)


def online(shell: Shell, *arguments: str, **settings: str) -> Done:
    return shell.run("advisories", *arguments, PYTHONPATH=str(shell.folder), **settings)


def accept(shell: Shell, name: str, until: str = "2999-12-31") -> tuple[str, str]:
    with (shell.folder / "baseline.toml").open("a") as file:
        file.write(ACCEPTED.format(id=name, until=until))
    return "--baseline", "baseline.toml"


def test_a_known_flaw_ends_it_with_one(locked: Shell) -> None:
    """With the table, the upgrade, and what to do on the error stream."""
    done = offline(locked)
    assert done.code == 1
    lines = [line.split() for line in done.said.splitlines()]
    assert lines[0] == ["PACKAGE", "VERSION", "ADVISORY", "SEVERITY", "FIXED", "IN", "WHAT"]
    assert lines[1] == ["shape", "1.0", "CVE-1", "high", "2.0", "It", "breaks"]
    assert "  shape to 2.0 or later" in done.said
    assert "2 known flaws in 2 packages. 2 of 2 packages of requirements.txt audited, by 2 OSV records" in done.said
    assert done.told.startswith("buckler: 2 known flaws from low on. Upgrade, or accept")


@pytest.mark.parametrize(("least", "code"), [("low", 1), ("medium", 1), ("high", 1), ("critical", 0)])
def test_what_is_less_grave_than_asked_is_told_and_passes(locked: Shell, least: str, code: int) -> None:
    done = offline(locked, "--fail-on", least)
    assert done.code == code
    assert "CVE-1" in done.said
    assert bool(done.told) == bool(code)


def test_what_is_accepted_passes_until_its_day_is_over(locked: Shell) -> None:
    """By any name of the advisory; an entry that is over, and one about nothing, are told."""
    accept(locked, "CVE-1")
    assert offline(locked, *accept(locked, "GHSA-2")).code == 0
    (locked.folder / "baseline.toml").unlink()
    accept(locked, "CVE-1", "2020-01-01")
    accept(locked, "GHSA-2")
    done = offline(locked, *accept(locked, "CVE-404"))
    assert done.code == 1
    assert "Accepted until a day that is over, so not accepted:\n  CVE-1 (until 2020-01-01): not reached" in done.said
    assert "Accepted, and nothing of it was found: take it out:\n  CVE-404" in done.said
    assert "1 known flaw from low on" in done.told


def test_what_was_not_audited_is_told_and_fails_where_that_is_asked(locked: Shell) -> None:
    """In words of its own; what is accepted as unaudited passes."""
    (locked.folder / "requirements.txt").write_text("solid==2.0\nlost==1.0\n")
    done = offline(locked)
    assert (done.code, done.told) == (0, "")
    assert "Not audited:\n  lost 1.0: no record that was brought along names it" in done.said
    assert "No flaw is known in what was audited. 1 of 2 packages" in done.said
    strict = offline(locked, "--strict")
    assert (strict.code, strict.said) == (1, done.said)
    assert "Audited in part:\n  solid 2.0: judged by 1 record that names it alone" in done.said
    assert strict.told.startswith("buckler: 2 packages were not audited in full (--strict).")
    entry = '[[unaudited]]\npackage = "{}"\nreason = "ours"\nuntil = 2999-12-31\n'
    (locked.folder / "baseline.toml").write_text(entry.format("lost") + entry.format("solid"))
    assert offline(locked, "--strict", "--baseline", "baseline.toml").code == 0


def test_records_that_are_told_to_be_all_know_what_they_do_not_name(locked: Shell) -> None:
    """And the day is told."""
    (locked.folder / "requirements.txt").write_text("solid==2.0\nlost==1.0\n")
    today = date_of(SystemClock.now()).date().isoformat()
    done = offline(locked, "--strict", "--complete-on", today)
    assert done.code == 0
    old = offline(locked, "--strict", "--complete-on", "2026-10-01")
    assert (old.code, "Audited in part:\n  lost 1.0, solid 2.0: judged by what was known" in old.said) == (1, True)
    assert (
        f"2 of 2 packages of requirements.txt audited, by 2 OSV records of osv (told to be all of {today}" in done.said
    )


def test_that_nothing_was_audited_is_no_answer(locked: Shell) -> None:
    """Asked for or not: fail closed."""
    (locked.folder / "requirements.txt").write_text("lost==1.0\n")
    done = offline(locked)
    assert done.code == 1
    assert "Nothing was audited. 0 of 1 package" in done.said
    assert done.told.startswith("buckler: Nothing was audited: see why above")


def test_below_our_own_floors_needs_no_data(locked: Shell) -> None:
    """The advisories that stand in the package are added to whatever is asked."""
    (locked.folder / "requirements.txt").write_text("joserfc==1.7.0\nsolid==2.0\n")
    done = offline(locked)
    assert done.code == 1
    assert "CVE-2026-102946" in done.said
    assert "joserfc to 1.7.6 or later" in done.said


def test_over_the_network_pip_audit_is_asked(locked: Shell) -> None:
    """As a process of its own. What it skips was not audited, though it ends well."""
    (locked.folder / "requirements.txt").write_text(LOCK + "lost==1.0\n")
    done = online(locked, "--requirements", "requirements.txt", "--format", "json")
    told = json.loads(done.said)
    assert done.code == 1
    assert [(each["id"], each["severity"], each["fixed"]) for each in told["findings"]] == [("CVE-1", "unknown", "2.0")]
    assert told["unaudited"] == [{"package": "lost", "version": "1.0", "why": "PyPI does not have it"}]
    assert (told["packages"], told["audited"]) == (3, 2)


def test_a_network_that_fails_audits_nothing(locked: Shell) -> None:
    done = online(locked, "--requirements", "requirements.txt", PIP_AUDIT_FAILS="yes")
    assert done.code == 1
    assert "shape 1.0, solid 1.0: the index did not answer: ConnectionError: no route" in done.said
    assert "Nothing was audited" in done.told


@pytest.mark.parametrize("where", [(), ("--python", sys.executable), ("--python", sys.prefix)])
def test_an_environment_is_judged(locked: Shell, where: tuple[str, ...]) -> None:
    """This one, or one that is named; what is the project's own folder is not asked about."""
    done = online(locked, *where, "--format", "json")
    told = json.loads(done.said)
    assert done.code == 0
    assert told["python"] == ".".join(map(str, sys.version_info[:3]))
    assert [each["package"] for each in told["unaudited"]] == ["buckler"]
    assert told["audited"] == told["packages"] - 1 > 50


def test_what_is_installed_here_is_above_our_floors(locked: Shell) -> None:
    """The environment that the tests run in."""
    assert json.loads(online(locked, "--format", "json").said)["findings"] == []


def test_it_prints_sarif_and_a_page(locked: Shell) -> None:
    run = json.loads(offline(locked, "--format", "sarif").said)["runs"][0]
    assert [each["ruleId"] for each in run["results"]] == ["CVE-1", "GHSA-2"]
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "requirements.txt"}, "region": {"startLine": 2}}
    assert offline(locked, "--format", "markdown").said.startswith("# Advisories\n\n2 known flaws in 2 packages.")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--requirements", "gone.txt"), "cannot be read (No such file"),
        (("--osv", "gone"), "cannot be read (No such file"),
        (("--python", "gone"), "did not say which packages it has"),
        (("--baseline", "gone.toml"), "cannot be read (No such file"),
        (("--baseline", "reasonless.toml"), "accepted.1.reason: Field required"),
        (("--python", "x", "--requirements", "requirements.txt"), "exclude each other"),
        (("--timeout", "0"), "--timeout"),
        (("--complete-on", "2026-11-01"), "--complete-on is about the records of --osv"),
        (("--osv", "osv", "--complete-on", "2999-01-01"), "a day that is to come"),
        (("--osv", "osv", "--complete-on", "soon"), "--complete-on"),
        (("--fail-on", "none"), "--fail-on"),
        (("--osv", "osv", "sbom"), "Write options after sbom"),
        (("sbom", "--output", "gone/sbom.json"), "cannot be written (No such file"),
        (("sbom", "--requirements", "gone.txt"), "cannot be read (No such file"),
    ],
)
def test_a_wrong_call_ends_with_two(locked: Shell, arguments: tuple[str, ...], why: str) -> None:
    """Before anybody waits for an answer."""
    (locked.folder / "reasonless.toml").write_text('[[accepted]]\nid = "CVE-1"\nuntil = 2999-12-31\n')
    done = online(locked, *arguments)
    assert done.code == 2
    assert why in " ".join(done.told.replace("│", " ").split())
    assert done.said == ""


def test_the_components_are_listed(locked: Shell) -> None:
    """To the output or a file; those of a lock or of an environment."""
    done = locked.run("advisories", "sbom", "--requirements", "requirements.txt", "--name", "ours")
    assert (done.code, done.told) == (0, "")
    document = json.loads(done.said)
    assert document["metadata"]["component"]["name"] == "ours"
    assert [each["purl"] for each in document["components"]] == ["pkg:pypi/shape@1.0", "pkg:pypi/solid@1.0"]
    written = locked.run("advisories", "sbom", "--output", "sbom.json")
    components = json.loads((locked.folder / "sbom.json").read_text())["components"]
    assert written.said == f"sbom.json has {len(components)} components.\n"
    assert {"fastapi", "buckler"} <= {each["name"] for each in components}


def test_two_lists_have_two_serial_numbers(locked: Shell) -> None:
    """Drawn from what nobody guesses, as RFC 4122 has them."""
    one, two = (json.loads(locked.run("advisories", "sbom").said) for _ in range(2))
    assert one.pop("serialNumber") != two.pop("serialNumber")
    assert one["components"] == two["components"]


def test_our_own_baseline_and_lock_are_good(locked: Shell) -> None:
    """What the workflow of each week gives it: the lock of the project passes by what is known here."""
    names = {"fastapi": "0.1", "starlette": "0.1"}
    for name, version in names.items():
        (locked.folder / "osv" / f"{name}.json").write_text(json.dumps(record(name, package=name, versions=[version])))
    files = ("--requirements", str(ROOT / "uv.lock"), "--osv", "osv", "--baseline", str(ROOT / "advisories.toml"))
    done = locked.run("advisories", *files)
    assert done.code == 0
    assert "buckler, unaudited" in done.said
    assert tomllib.loads((ROOT / "advisories.toml").read_text()).keys() <= {"accepted", "unaudited"}


def test_the_shell_can_complete(tmp_path: Path) -> None:
    asked = {"_BUCKLER_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    assert "sbom" in buckler(folder=tmp_path, COMP_WORDS="buckler advisories s", **asked).stdout
    assert "--baseline" in buckler(folder=tmp_path, COMP_WORDS="buckler advisories --b", **asked).stdout
    assert (
        "sarif"
        in buckler(folder=tmp_path, **asked | {"COMP_WORDS": "buckler advisories --format s", "COMP_CWORD": "3"}).stdout
    )
