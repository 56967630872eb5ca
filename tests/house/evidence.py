"""A pytest plugin: which requirement was proved by which test.

- A test claims requirements with `@pytest.mark.asvs("9.1.1", ...)`. A claim of an id that does
  not exist, is out of scope or belongs to the docs fails the test.
- With `--evidence FILE` (`make test`, `make standards`) the results are written to FILE, and a
  claimed id for which no passed test ran `two_sided` or `two_sided_async` fails the run.

Reports carry the facts from xdist's workers to the process that writes the file.
"""

import json
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.house.requirements import objection
from tests.proof import take_proofs


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test that claims something."""

    test: str
    outcome: str
    claims: tuple[str, ...]
    attacks: tuple[str, ...]


class Evidence:
    """Collects results in the process that hears every report."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._results: list[Result] = []
        self._lacking: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts: dict[str, Any] = dict(report.user_properties)
        # A test has one result: that of its call, or the skip or failure that came instead of it.
        if "asvs" in facts and (report.when == "call" or report.outcome != "passed"):
            self._results.append(
                Result(report.nodeid, report.outcome, tuple(facts["asvs"]), tuple(facts.get("attacks", ())))
            )

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._file is None:
            return
        write(self._file, self._results)
        self._lacking = unproved(self._results)
        if self._lacking and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for claim in self._lacking:
            terminalreporter.write_line(f"ASVS {claim}: claimed, but no passed test showed both sides", red=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--evidence", type=Path, metavar="FILE", help="write what was proved; fail on unproved claims")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Evidence(config.getoption("--evidence")), "evidence")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if claims(item):
            item.user_properties.append(("asvs", list(claims(item))))


def pytest_runtest_setup(item: pytest.Item) -> None:
    take_proofs()
    objections = [no for claim in claims(item) if (no := objection(claim))]
    if objections:
        pytest.fail("; ".join(objections), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if call.when == "call":
        item.user_properties.append(("attacks", take_proofs()))
    return (yield)


def claims(item: pytest.Item) -> tuple[str, ...]:
    """The ids that a test claims, by marks on itself, its class or its module."""
    return tuple(dict.fromkeys(str(claim) for mark in item.iter_markers("asvs") for claim in mark.args))


def proved(results: Sequence[Result]) -> set[str]:
    """The ids that a passed test showed from both sides, and that no failed test disputes."""
    shown = {claim for result in results if result.outcome == "passed" and result.attacks for claim in result.claims}
    return shown - {claim for result in results if result.outcome == "failed" for claim in result.claims}


def unproved(results: Sequence[Result]) -> list[str]:
    """The ids that are claimed and not proved."""
    return sorted({claim for result in results for claim in result.claims} - proved(results))


def write(file: Path, results: Sequence[Result]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(results, key=lambda result: result.test)
    file.write_text(json.dumps([asdict(result) for result in ordered], indent=1) + "\n", encoding="utf-8")


def read(file: Path) -> list[Result]:
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [Result(row["test"], row["outcome"], tuple(row["claims"]), tuple(row["attacks"])) for row in rows]
