"""Files that a drill is told by, read in one place: for the command, for tests, and for the plugin."""

import json
from pathlib import Path


class BadFile(ValueError):
    """A file cannot be read, or is not of the kind that it has to be. The text names it, and says why."""


def text_in(file: str | Path, called: str) -> str:
    """What stands in a file, which is told by this name of an option. Raises `BadFile`."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        reason = (failure.strerror or failure) if isinstance(failure, OSError) else "it is no text in UTF-8"
        raise BadFile(f"{called} {file}: it cannot be read ({reason}).") from failure


def json_in(file: str | Path, called: str) -> object:
    """The value that stands in a file of JSON. Raises `BadFile`."""
    text = text_in(file, called)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise BadFile(f"{called} {file}: this is no JSON ({wrong}).") from wrong
