"""Where something of the app is written: the file and the line, for whoever has to mend it."""

from collections.abc import Collection
from inspect import currentframe, getsourcefile, getsourcelines, unwrap
from pathlib import Path
from typing import Any


def source_of(target: Any) -> str:
    """As in `main.py:12`; for an object, where its class is."""
    try:
        found: Any = unwrap(target) if callable(target) else target.__class__
        if not hasattr(found, "__code__") and not isinstance(found, type):
            found = found.__class__
        return f"{Path(getsourcefile(found) or '?').name}:{getsourcelines(found)[1]}"
    except (OSError, TypeError, ValueError):
        return "no source"


def line_outside(files: Collection[str]) -> str:
    """The nearest line of the calls that lead here which stands in none of these files, nor in this one."""
    frame = currentframe()
    while frame is not None and (frame.f_code.co_filename in files or frame.f_code.co_filename == __file__):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" if frame is not None else "unknown"
