"""A pytest plugin: an app ends with its test.

FastAPI remembers of thousands of functions what kind they are. Those of an app made with Buckler are methods, so each
keeps its whole app alive: hundreds of apps that no test has any more, through which every full look for garbage has
to go. It took a third of the time of tests that open accounts.
"""

import sys
from typing import Any

_MODULE = "fastapi.dependencies.models"
"""Where the memories are. Their names are FastAPI's own; `test_let_go.py` says when there are none any more."""


def pytest_runtest_logfinish() -> None:
    """After the last fixture of a test has ended."""
    forget_functions()


def forget_functions() -> None:
    """Empty the memories: they are filled again by whoever asks."""
    memories: list[Any] = list(vars(sys.modules[_MODULE]).values()) if _MODULE in sys.modules else []
    for each in memories:
        if hasattr(each, "cache_clear"):
            each.cache_clear()
