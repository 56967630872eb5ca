"""The end of the process, which is not the app's to make: its exit code would be taken for that of the drill.

`os._exit` ends it past everything that waits for it, and no audit event tells of it: the function is ours meanwhile.
Another program in place of this one is told by an event (`isolation.py`). A fork of this process may do both.
"""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Final

from buckler.drill.transport.calls import EndedProcess
from buckler.staging.block import Isolation
from buckler.staging.exchanged import exchanged

END_HERE: Final[Callable[[int], object]] = os._exit
"""Ends this process at once, for whoever drills."""
_EXIT: Final = "_exit"


@contextmanager
def kept_running(at: Isolation) -> Generator[None]:
    """For the block, the app does not end this process by `os._exit`."""

    def end(status: int) -> None:
        if not at.is_over:
            refuse_the_end(at, f"os._exit({status!r})")
        END_HERE(status)

    # `os` has it of the module that is named as the system is.
    with exchanged(_EXIT, end, os, import_module(os.name)):
        yield


def refuse_the_end(at: Isolation, how: str) -> None:
    """Note it and raise `EndedProcess`, unless it is a fork that ends."""
    if at.process == os.getpid():
        at.note(f"refused: the end of this process, by {how}")
        raise EndedProcess(f"the app ended the process: {how}")
