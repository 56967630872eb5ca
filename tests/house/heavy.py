"""A pytest plugin: of a test that is marked `heavy_beyond(n)`, the cases after the first n are heavy."""

from collections import Counter

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before it is judged which tests are left out."""
    cases = Counter[str]()
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases[test] += 1
        if any(cases[test] > mark.args[0] for mark in item.iter_markers("heavy_beyond")):
            item.add_marker("heavy")
