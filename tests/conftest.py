"""What every test run carries."""

import gc
from collections.abc import Generator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test is about how fast this machine is: others may be at work on it.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

pytest_plugins = [
    "tests.house.evidence",
    "tests.house.heavy",
    "tests.house.let_go",
    "tests.house.measured",
    "tests.house.unheard",
]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that is imported and collected is garbage; looking for some would take a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


LONG = (
    "house/test_documents.py",
    "examples/test_tour.py",
    "browser",
    "cli/serve/crew/test_workers.py",
    "tools/test_sslyze.py",
    "twins/test_account_twins.py",
    "identity/test_account_machine.py",
    "service",
    "faults",
    "examples",
    "drill/test_nothing_is_written.py",
    "cli/test_drill_processes.py",
    "drill/test_planted.py",
    "testing/test_drilling.py",
)
"""Files and folders that take long, the longest first: none of them is to begin when everything else has ended."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file goes to one worker as a whole, in this order."""
    items.sort(key=lambda item: _place(item.path))


@cache
def _place(path: Path) -> int:
    """Where a file comes: among those that take long, or after them as it was."""
    here = Path(__file__).parent
    return next((place for place, name in enumerate(LONG) if path.is_relative_to(here / name)), len(LONG))


def pytest_collection_finish() -> None:
    """Leave thousands of collected tests out of every later look for garbage: they are there to the end.

    And look more seldom: apps come and go by the thousand.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
