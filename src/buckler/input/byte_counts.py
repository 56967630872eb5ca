"""Sizes as one writes them: of bodies, of files, of answers."""

import re
from typing import Final

from buckler.errors import ConfigurationError

_UNITS: Final = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_ANY_CASE: Final = {unit.lower(): unit for unit in _UNITS}
SIZE_FORM: Final = f"write a whole number from 1, a space, and {', '.join(_UNITS)}, as in '10 MB'"
_SIZE: Final = re.compile(rf"([1-9][0-9]{{0,8}}) ({'|'.join(_UNITS)})")
_NEARLY: Final = re.compile(r" {0,4}([1-9][0-9]{0,8}) {0,4}([kmg]?i?b?|bytes?) {0,4}")


def bytes_in(size: object) -> int:
    """Read `"8 kB"`, `"10 MB"`, `"1 GiB"`, or a number of bytes. Raises `ConfigurationError` for anything else."""
    if isinstance(size, int) and not isinstance(size, bool) and size >= 1:
        return size
    match = _SIZE.fullmatch(size) if isinstance(size, str) else None
    if match is None:
        raise ConfigurationError(f"{size!r} is not a size: {SIZE_FORM}.{size_meant(size)}")
    return int(match[1]) * _UNITS[match[2]]


def size_meant(size: object) -> str:
    """The question whether a size in our form was meant; empty where nothing like one was written."""
    match = _NEARLY.fullmatch(size.lower()) if isinstance(size, str) else None
    if match is None:
        return ""
    word = "b" if match[2].startswith("byte") else match[2]
    unit = _ANY_CASE.get(word) or _ANY_CASE.get(word + "b")
    return f" Did you mean '{match[1]} {unit}'?" if unit is not None else ""
