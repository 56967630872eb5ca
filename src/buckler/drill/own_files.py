"""What the drill itself writes and takes away on this machine: it is no deed of the app, and is not told as one."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from buckler.drill.own_things import OwnThing, note

_BY_THE_DRILL: Final = ContextVar("_BY_THE_DRILL", default=False)


def is_by_the_drill() -> bool:
    """Whether what is done just now is done by the drill."""
    return _BY_THE_DRILL.get()


@contextmanager
def by_the_drill() -> Generator[None]:
    """For the block, what is written is ours. Nothing of an app may run in it."""
    token = _BY_THE_DRILL.set(True)
    try:
        yield
    finally:
        _BY_THE_DRILL.reset(token)


@contextmanager
def own_folder() -> Generator[Path]:
    """A folder of ours for the block, in which an app may run."""
    with by_the_drill():
        made = TemporaryDirectory(prefix="drill-", ignore_cleanup_errors=True)
    note(
        OwnThing(
            re.escape(Path(made.name).name),
            f"{made.name} was the drill's own, and is gone: make it anew first, with what is named in it, or name a"
            " file of yours in its place",
        )
    )
    try:
        yield Path(made.name)
    finally:
        with by_the_drill():
            made.cleanup()
