"""What every test run carries."""

import gc

from hypothesis import HealthCheck, settings

# No test is about how fast this machine is: others may be at work on it.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

pytest_plugins = ["tests.house.evidence", "tests.house.measured"]


def pytest_collection_finish() -> None:
    """Leave thousands of collected tests out of every later look for garbage: they are there to the end."""
    gc.collect()
    gc.freeze()
