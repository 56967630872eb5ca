"""A pytest plugin: a test that changes a logger which others read puts it back, or fails by its own name.

Otherwise a test of what is logged fails in whatever worker such a test ran before it.
"""

import logging
from collections.abc import Generator
from typing import Final

import pytest

from buckler.events.access_log import ACCESS_LOGGER_NAME
from buckler.events.log import LOGGER_NAME

Loggers = dict[str, tuple[int, bool, bool, tuple[int, ...]]]

_READ: Final = ("root", "uvicorn", "uvicorn.error", "asyncio", LOGGER_NAME, ACCESS_LOGGER_NAME)
_BEFORE: Final = pytest.StashKey[Loggers]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Before the first fixture."""
    item.stash[_BEFORE] = loggers()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """After the last one."""
    ended = yield
    before, after = item.stash[_BEFORE], loggers()
    changed = [name for name in _READ if before[name] != after[name]]
    assert not changed, f"the test changed loggers that others read, and left them so: {', '.join(changed)}"
    return ended


def loggers() -> Loggers:
    """What may be changed of each: level, propagation, whether it is off, handlers."""
    known = {name: logging.getLogger(None if name == "root" else name) for name in _READ}
    return {
        name: (each.level, each.propagate, each.disabled, tuple(map(id, each.handlers))) for name, each in known.items()
    }
