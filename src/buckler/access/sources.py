"""Where something of the app is written: the file and the line, for whoever has to mend it."""

from inspect import getsourcefile, getsourcelines, unwrap
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
