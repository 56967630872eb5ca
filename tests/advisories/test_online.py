"""What pip-audit is asked, and what its answer is taken for. The process itself is stood in for: it wants a network."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from buckler.advisories.online import Asked, Said, ask, run_bounded
from buckler.advisories.packages import Package

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
        assert seconds == 7
        return answering(clean("shape", "1.0"), clean("solid", "2.0"))(command, seconds)

    asked = ask([SHAPE, SOLID], 7, run)
    ((text, file),) = seen
    assert sorted(text.splitlines()) == ["shape==1.0", "solid==2.0"]
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
    assert texts == [["shape==1.0", "solid==2.0"], ["shape==1.1"]]
    assert asked.unaudited == []


def test_a_vulnerability_becomes_a_flaw_of_unknown_severity() -> None:
    """pip-audit has no word for it. The nearest fix is named."""
    vulnerability = {
        "id": "PYSEC-1",
        "fix_versions": ["2.10", "2.9", "0.9"],
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
        (
            {"name": "shape", "skip_reason": "Dependency not found on PyPI and could not be audited: shape (1.0)"},
            "PyPI",
        ),
        ({"name": "shape", "skip_reason": "its \x1b[31mbuild failed"}, r"its \u001b[31mbuild failed"),
        (clean("shape", "1.1"), "pip-audit spoke of another version"),
        (clean("other", "1.0"), "pip-audit did not mention it"),
    ],
)
def test_a_package_without_an_answer_of_its_own_was_not_audited(told: dict[str, object], reason: str) -> None:
    """pip-audit ends with 0 in each of these cases, and says that no vulnerability is known."""
    asked = ask([SHAPE], 1, answering(told))
    assert reason in reasons(asked)["shape"]
    assert asked.flaws == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ((1, "", "Traceback\nConnectionError: no route \x1b[2J\n\n"), r"ConnectionError: no route \u001b[2J"),
        ((0, "", ""), "pip-audit failed: it said nothing"),
        ((0, '{"dependencies": 1}', "odd"), "pip-audit failed: odd"),
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
