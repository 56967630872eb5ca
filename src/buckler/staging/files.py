"""What an app does to files that are not thrown away: each is told, and none is stopped.

Paths are told as they are found on the disk: whatever links lead there, and whatever folder they were relative to.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from buckler.staging.block import Isolation

_NO_FILES: Final = ("/dev/", "/proc/", "/sys/")
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_NAMELESS: Final = getattr(os, "O_TMPFILE", 0)
Watch = Callable[[Isolation, tuple[Any, ...]], None]
"""Told of an audit event, with its arguments."""
_DESCRIPTORS: Final = Path("/proc/self/fd")


def _opened(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`open`: the path, the mode of `open()` or None, and the flags of `os.open`."""
    path, mode, flags = (*arguments, None, None)[:3]
    writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITING)
    is_nameless = _NAMELESS and ((flags or 0) & _NAMELESS) == _NAMELESS
    if not writes or not isinstance(path, str | bytes | Path) or is_nameless:
        return
    text = text_of(path)
    # A folder cannot be written to; `tempfile` opens one, and within it the file, which is told by itself.
    whole = os.path.realpath(text)
    if not _is_compiled(text) and not whole.startswith(_NO_FILES) and not Path(whole).is_dir() and not at.has(text):
        at.note(f"written: the file {whole}")


def _changed(how: str, place: tuple[int, int | None], *, made: bool = False) -> Watch:
    """Watches for what is done to a path: where that and the folder it is relative to stand among the arguments.

    `made`: what is there already is not made. All else happens to what is there alone.
    """

    def watch(at: Isolation, arguments: tuple[Any, ...]) -> None:
        path, folder = place
        found = _place_of(arguments[path], None if folder is None else arguments[folder])
        if found and os.path.lexists(found) is not made and _counts(at, found):
            at.note(f"written: {found} was {how}")

    return watch


def _renamed(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`os.rename`, which `os.replace` tells as well: what goes from one place comes to the other."""
    source, target, from_folder, to_folder = arguments
    found = _place_of(source, from_folder)
    if not found or not os.path.lexists(found):
        return
    _changed("renamed", (0, 2))(at, arguments)
    comes_to = _place_of(target, to_folder)
    if comes_to and _counts(at, comes_to):
        at.note(f"written: {comes_to} was {'replaced' if os.path.lexists(comes_to) else 'made'}")


def _linked(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`os.link`: by its other name a file is written to wherever that lies."""
    _changed("given another name", (0, 2))(at, arguments)
    _changed("made", (1, 3), made=True)(at, arguments)


def _place_of(path: Any, folder: Any) -> str:
    """Where it lies; empty where that cannot be known. What a link leads to is not what happens to the link."""
    try:
        if isinstance(path, int):
            return str((_DESCRIPTORS / str(path)).readlink())
        text = text_of(cast("str | bytes", os.fspath(path)))
        if isinstance(folder, int) and folder >= 0:
            text = str((_DESCRIPTORS / str(folder)).readlink() / text)
    except (OSError, TypeError):
        return ""
    whole = Path(text).absolute()
    return os.path.normpath(os.path.realpath(whole.parent) + "/" + whole.name)


def _counts(at: Isolation, path: str) -> bool:
    return not _is_compiled(path) and not path.startswith(_NO_FILES) and not at.has(Path(path).parent)


def _is_compiled(path: str) -> bool:
    """Whether it is what Python keeps of a module that it compiled, wherever it is told to."""
    return "__pycache__" in path or bool(sys.pycache_prefix and path.startswith(sys.pycache_prefix))


def text_of(value: object) -> str:
    """A path or a name as a text, whatever stands in it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


FILES: Final[Mapping[str, Watch]] = {
    "open": _opened,
    "os.remove": _changed("removed", (0, 1)),
    "os.rmdir": _changed("removed", (0, 1)),
    "os.rename": _renamed,
    "os.mkdir": _changed("made", (0, 2), made=True),
    "os.link": _linked,
    "os.symlink": _changed("made", (1, 2), made=True),
    "os.truncate": _changed("cut", (0, None)),
    "os.chmod": _changed("given other rights", (0, 2)),
    "os.chown": _changed("given another owner", (0, 3)),
    "os.utime": _changed("given another time", (0, 3)),
}
"""By the audit event that tells of it."""
