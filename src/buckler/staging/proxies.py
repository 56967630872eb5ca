"""The proxies that an environment names: what an app asks of another machine would go out by them."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_ENDING: Final = "_proxy"
_NONE: Final = "no_proxy"


@contextmanager
def without_proxies() -> Generator[tuple[str, ...]]:
    """For the block there are none. The names of the variables that were taken away."""
    taken = {name: value for name, value in os.environ.items() if name.lower().endswith(_ENDING)}
    for name in taken:
        del os.environ[name]
    try:
        yield tuple(sorted(name for name in taken if name.lower() != _NONE))
    finally:
        os.environ.update(taken)
