"""What every test run carries."""

import gc

pytest_plugins = ["tests.house.evidence", "tests.house.measured"]


def pytest_collection_finish() -> None:
    """Leave thousands of collected tests out of every later look for garbage: they are there to the end."""
    gc.collect()
    gc.freeze()
