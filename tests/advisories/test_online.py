"""What pip-audit is asked, and what its answer is taken for. The process itself is stood in for: it wants a network."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from buckler.advisories.answers import Asked
from buckler.advisories.online import CONTROLS, Said, ask, run_bounded
from buckler.advisories.packages import Package

NOT_THERE = "Dependency not found on PyPI and could not be audited: shape (1.0)"
SHAPE, SOLID = Package("shape", "1.0"), Package("solid", "2.0+cpu")


def answering(*dependencies: object, code: int = 0, errors: str = "") -> Callable[[list[str], float], Said]:
    """A pip-audit that says this, whatever it is asked."""
    return lambda _command, _seconds: (code, json.dumps({"dependencies": dependencies, "fixes": []}), errors)


def clean(name: str, version: str) -> dict[str, object]:
    return {"name": name, "version": version, "vulns": []}


def reasons(asked: Asked) -> dict[str, str]:
    return {each.package: each.reason for each in asked.unaudited}


def test_exact_versions_are_asked_about_and_nothing_is_resolved() -> None:
    """In a file that is gone afterwards; a rebuild is asked about as what was rebuilt."""
    seen: list[tuple[str, Path]] = []

    def run(command: list[str], seconds: float) -> Said:
        file = Path(command[command.index("--requirement") + 1])
        seen.append((file.read_text(), file))
        assert {"--no-deps", "--disable-pip"} <= set(command)
        assert command[1:4] == ["-P", "-m", "pip_audit"]
        assert {"--vulnerability-service", "pypi", "--output", "stdout"} <= set(command)
        assert 6 < seconds <= 7
        return answering(clean("shape", "1.0"), clean("solid", "2.0"))(command, seconds)

    asked = ask([SHAPE, SOLID], 7, run)
    ((text, file),) = seen
    assert sorted(text.splitlines()) == ["pip==24.0", "shape==1.0", "solid==2.0"]
    assert not file.exists()
    assert (asked.flaws, asked.unaudited) == ([], [])


def test_two_versions_of_a_package_are_asked_about_in_two_runs() -> None:
    """pip-audit refuses them in one, as a lock of several environments has them."""
    texts: list[list[str]] = []

    def run(command: list[str], seconds: float) -> Said:
        lines = Path(command[command.index("--requirement") + 1]).read_text().splitlines()
        texts.append(sorted(lines))
        return answering(*(clean(*line.split("==")) for line in lines))(command, seconds)

    asked = ask([SHAPE, Package("shape", "1.1"), SOLID], 1, run)
    assert texts == [["pip==24.0", "shape==1.0", "solid==2.0"], ["pip==24.0", "shape==1.1"]]
    assert asked.unaudited == []


def test_a_vulnerability_becomes_a_flaw_of_unknown_severity() -> None:
    """pip-audit has no word for it. The nearest fix is named."""
    vulnerability = {
        "id": "PYSEC-1",
        "fix_versions": ["2.10", "2.9", "0.9", "r7", "9" * 5000],
        "aliases": ["CVE-1"],
        "description": "It breaks\x07 " + "x" * 300,
    }
    asked = ask([SHAPE], 1, answering({"name": "Shape", "version": "1.0", "vulns": [vulnerability]}, code=1))
    (flaw,) = asked.flaws
    assert (flaw.ids, flaw.level, flaw.fixed) == ({"PYSEC-1", "CVE-1"}, "unknown", "2.9")
    assert flaw.summary.startswith(r"It breaks\u0007 xxx")
    assert len(flaw.summary) < 200


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"name": "shape", "skip_reason": NOT_THERE}, "PyPI does not have it"),
        ({"name": "shape", "skip_reason": "It was not found on PyPI in time"}, "It was not found on PyPI in time"),
        ({"name": "shape", "version": "1.0"}, "pip-audit did not say what is known of it"),
        ({"name": "shape", "version": "1.0", "vulns": None}, "pip-audit did not say what is known of it"),
        ({"name": "shape", "vulns": []}, "pip-audit spoke of another version"),
        ({"name": "shape", "skip_reason": "its \x1b[31mbuild failed"}, r"its \u001b[31mbuild failed"),
        (clean("shape", "1.1"), "pip-audit spoke of another version"),
        (clean("other", "1.0"), "pip-audit did not mention it"),
    ],
)
def test_a_package_without_an_answer_of_its_own_was_not_audited(told: dict[str, object], reason: str) -> None:
    """pip-audit ends with 0 in each of these cases, and says that no vulnerability is known."""
    asked = ask([SHAPE], 1, answering(told, clean("pip", "24.0")))
    assert reason in reasons(asked)["shape"]
    assert asked.flaws == []


@pytest.mark.parametrize("control", [(), ({"name": "pip", "skip_reason": NOT_THERE},)])
def test_whoever_does_not_have_what_pypi_has_is_not_asked_what_pypi_lacks(control: tuple[object, ...]) -> None:
    """A mirror or a gateway in its place says of everything that it is not there."""
    asked = ask([SHAPE], 1, answering({"name": "shape", "skip_reason": NOT_THERE}, *control))
    assert reasons(asked) == {"shape": "the index did not answer: it does not know what PyPI has"}


def test_the_control_is_none_of_the_packages_and_no_finding() -> None:
    """One that is asked about anyway would be told twice."""
    seen: list[str] = []
    vulnerable = {"name": "setuptools", "version": "69.0.0", "vulns": [{"id": "CVE-1"}]}

    def run(command: list[str], seconds: float) -> Said:
        seen.append(Path(command[-1]).read_text())
        return answering(clean("pip", "1.0"), vulnerable, code=1)(command, seconds)

    asked = ask([Package("pip", "1.0")], 1, run)
    assert seen == ["pip==1.0\nsetuptools==69.0.0\n"]
    assert (asked.flaws, asked.unaudited) == ([], [])
    everything = [Package(name, version) for name, _, version in (each.partition("==") for each in CONTROLS)]
    assert ask(everything, 1, answering(*(clean(each.name, each.version) for each in everything))) == Asked()


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_answers_about_a_package_the_worse_counts(is_first: bool) -> None:
    """The later one does not take back what was told."""
    bad: dict[str, object] = {"name": "shape", "version": "1.0", "vulns": [{"id": "CVE-1"}]}
    for other in (clean("Shape", "1.0"), clean("shape", "1.1"), {"name": "shape", "skip_reason": "so"}):
        told = (bad, other) if is_first else (other, bad)
        asked = ask([SHAPE], 1, answering(*told, code=1))
        assert [flaw.ids for flaw in asked.flaws] == [{"CVE-1"}]
        assert bool(asked.unaudited) == (other != clean("Shape", "1.0"))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            (1, "", "Traceback\nConnectionError: no route \x1b[2J\n\n"),
            r"the index did not answer: ConnectionError: no route \u001b[2J",
        ),
        (
            (1, "", "ERROR: Could not connect to PyPI's vulnerability feed\nERROR: Tip: another service\n"),
            "the index did not answer: ERROR: Could not connect to PyPI's vulnerability feed",
        ),
        ((1, "", "raise ServiceError from http_error\npip_audit.ServiceError"), "the index did not answer"),
        ((1, '{"dependencies": []}', "odd"), "pip-audit ended with exit code 1: odd"),
        ((-9, '{"dependencies": []}', ""), "pip-audit ended with exit code -9: it said nothing"),
        ((0, "[]", "odd"), "pip-audit's answer cannot be read: odd"),
        ((0, '{"dependencies": [{"name": "shape", "version": "1.0", "vulns": [{}]}]}', ""), "cannot be read"),
        ((0, '{"dependencies": [{"name": "shape", "version": 1, "vulns": []}]}', ""), "cannot be read"),
        ((0, '{"dependencies": [{"version": "1.0", "vulns": []}]}', ""), "cannot be read"),
        ((0, '{"dependencies": [{"name": "shape", "version": "1.0", "vu', ""), "cannot be read"),
        ((0, "[" * 100_000, ""), "cannot be read"),
        ((0, "", ""), "pip-audit failed: it said nothing"),
        ((0, '{"dependencies": 1}', "odd"), "pip-audit's answer cannot be read: odd"),
        ((2, '{"dependencies": []}', "usage"), "pip-audit ended with exit code 2: usage"),
    ],
)
def test_a_run_that_failed_audited_nothing(said: Said, reason: str) -> None:
    """Every package of it is told, with its last word."""
    asked = ask([SHAPE, SOLID], 1, lambda _command, _seconds: said)
    assert set(reasons(asked)) == {"shape", "solid"}
    assert reason in reasons(asked)["shape"]


def test_a_run_that_does_not_end_audited_nothing() -> None:
    def run(command: list[str], seconds: float) -> Said:
        raise subprocess.TimeoutExpired(command, seconds)

    assert reasons(ask([SHAPE], 1.5, run)) == {"shape": "pip-audit had no answer within 1.5 seconds"}


def test_the_time_is_for_all_runs_together() -> None:
    """A lock with a thousand versions of a package does not take a thousand times as long."""
    left: list[float] = []
    hands = iter([0.0, 0.0, 4.0, 11.0])

    def run(command: list[str], seconds: float) -> Said:
        left.append(seconds)
        (line, _) = Path(command[-1]).read_text().splitlines()
        return answering(clean(*line.split("==")))(command, seconds)

    asked = ask([Package("shape", f"1.{number}") for number in range(3)], 10, run, lambda: next(hands))
    assert left == [10.0, 6.0]
    assert [(each.version, each.reason) for each in asked.unaudited] == [
        ("1.2", "pip-audit had no answer within 10 seconds")
    ]


def test_a_pip_audit_that_cannot_be_started_audited_nothing() -> None:
    def run(command: list[str], seconds: float) -> Said:
        return run_bounded(["/nowhere/python", *command[1:]], seconds)

    assert reasons(ask([SHAPE], 5, run)) == {"shape": "pip-audit could not be run: No such file or directory"}


def test_nothing_to_ask_starts_nothing() -> None:
    """No process, and no answer."""

    def run(command: list[str], seconds: float) -> Said:
        raise AssertionError("it ran")

    assert ask([], 1, run) == Asked()


def test_a_program_is_run_to_its_end_or_ended() -> None:
    """Its output as text; it has nothing to read."""
    assert run_bounded(["sh", "-c", "cat; echo said; echo told >&2; exit 3"], 10) == (3, "said\n", "told\n")
    with pytest.raises(subprocess.TimeoutExpired):
        run_bounded(["tail", "-f", "/dev/null"], 0.1)
