"""What every test run carries."""

import gc
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# No test is about how fast this machine is: others may be at work on it.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

pytest_plugins = ["tests.house.evidence", "tests.house.let_go", "tests.house.measured"]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that is imported and collected is garbage; looking for some would take a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Leave thousands of collected tests out of every later look for garbage: they are there to the end.

    And look more seldom: apps come and go by the thousand.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
