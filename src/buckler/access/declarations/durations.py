"""Durations as an app writes them: `"30s"`, `"5m"`, `"2h"`, `"1d"`."""

import re
from typing import Final

from buckler.errors import ConfigurationError

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FORM: Final = re.compile(r"([1-9][0-9]{0,5}) ?([smhd])")
_REMEDY: Final = "write a number and a unit, as in '30s', '5m', '2h' or '1d'."


def seconds_of(duration: object) -> int:
    """The seconds in `"5m"`. Raises `ConfigurationError` for any other text, a bare number included."""
    found = _FORM.fullmatch(duration) if isinstance(duration, str) else None
    if found is None:
        raise ConfigurationError(f"{duration!r} is no duration: {_REMEDY}")
    return int(found[1]) * _SECONDS[found[2]]


def told_duration(seconds: float) -> str:
    """The same in the largest unit that it is a whole number of."""
    whole = int(seconds)
    unit = next(name for name in "dhms" if whole % _SECONDS[name] == 0)
    return f"{whole // _SECONDS[unit]}{unit}"
