"""A failure as the author of an app needs it: the lines of his own files and the message.

Frames of Python's library, of installed packages and of Buckler itself are left out. The text
holds the message, so it is for the terminal of whoever wrote the app: mistakes that stop a start,
and development. In production a running app's exceptions are told by kind and place alone.
"""

import os
import sysconfig
import traceback
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException
from typing import Final

_INSTALLED: Final = frozenset(("site-packages", "dist-packages"))
_NOT_THEIRS: Final = (
    "<",
    str(Path(__file__).parents[1]) + os.sep,
    *(sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")),
)


def describe(failure: BaseException) -> str:
    """The traceback without the frames of others; the last lines alone where none is left."""
    summary = TracebackException.from_exception(failure)
    _strip(summary)
    whole = summary.stack or summary.__cause__ or summary.__context__ or summary.exceptions
    return "".join(summary.format() if whole else summary.format_exception_only()).rstrip("\n")


def place(failure: BaseException) -> str:
    """The innermost own line as `file:line`, or nothing."""
    own = [frame for frame in traceback.extract_tb(failure.__traceback__) if _is_own(frame)]
    return f"{_shortened(own[-1].filename)}:{own[-1].lineno}" if own else ""


def _strip(summary: TracebackException) -> None:
    summary.stack = StackSummary.from_list([frame for frame in summary.stack if _is_own(frame)])
    for linked in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        if linked is not None:
            _strip(linked)
    if summary.__context__ is not None and not summary.__context__.stack:
        # What a library was handling when it raised is its own affair.
        summary.__context__ = None


def _is_own(frame: FrameSummary) -> bool:
    return not frame.filename.startswith(_NOT_THEIRS) and _INSTALLED.isdisjoint(Path(frame.filename).parts)


def _shortened(file: str) -> str:
    here = Path.cwd()
    return str(Path(file).relative_to(here)) if Path(file).is_relative_to(here) else file
