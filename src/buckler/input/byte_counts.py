"""Sizes of files as one writes them."""

import re
from typing import Final

from buckler.errors import ConfigurationError

_UNITS: Final = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_SIZE: Final = re.compile(r"([1-9][0-9]{0,8}) (B|kB|MB|GB|KiB|MiB|GiB)")


def byte_count(size: int | str) -> int:
    """The bytes of `"2 MB"`, or the number given. Raises `ConfigurationError`."""
    if isinstance(size, int):
        if size > 0:
            return size
    elif match := _SIZE.fullmatch(size):
        return int(match[1]) * _UNITS[match[2]]
    raise ConfigurationError(
        f"{size!r} is not a size: write a whole number from 1, a space, and {', '.join(_UNITS)}, as in '2 MB'."
    )
