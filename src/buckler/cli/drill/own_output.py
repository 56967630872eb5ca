"""Standard output for the report alone: what the app prints meanwhile goes to the error stream."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TextIO


@contextmanager
def own_errors() -> Generator[TextIO]:
    """Where it is told how a drill ended, whatever the app did to `sys.stderr` meanwhile, or to its number."""
    before = sys.stderr
    kept = _of_its_own(before)
    try:
        yield before if kept is None else kept
    finally:
        sys.stderr = before
        if kept is not None:
            kept.close()


@contextmanager
def own_output() -> Generator[TextIO]:
    """Where the report is printed to. Who prints elsewhere in the block, in a process that the app starts too, does
    not reach it.
    """
    before = sys.stdout
    kept = _of_its_own(before)
    if kept is None:
        # None that leads out of this process.
        sys.stdout = sys.stderr
        try:
            yield before
        finally:
            sys.stdout = before
        return
    number = before.fileno()
    os.dup2(sys.stderr.fileno(), number)
    sys.stdout = sys.stderr
    try:
        yield kept
    finally:
        kept.flush()
        os.dup2(kept.fileno(), number)
        sys.stdout = before
        kept.close()


def _of_its_own(stream: TextIO) -> TextIO | None:
    """The same place under a number that the app does not know; None for a stream without one."""
    with suppress(OSError, ValueError, AttributeError):
        stream.flush()
        sys.stderr.fileno()
        return os.fdopen(os.dup(stream.fileno()), "w", encoding=stream.encoding, errors=stream.errors)
    return None
