"""Times as a person reads them, and as one writes them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from buckler.clock import date_of

_AGO: Final = re.compile(r"([0-9]{1,6})([smhdw])", re.ASCII)
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def shown_time(seconds: int | None) -> str:
    """UTC to the second; a dash for what never was."""
    return date_of(seconds).strftime("%Y-%m-%d %H:%M:%SZ") if seconds else "-"


def read_time(text: str, now: float, *, end: bool = False) -> int:
    """The moment that `text` means, in milliseconds since 1970-01-01 UTC. Raises `ValueError`.

    `2h` is two hours before `now`, in seconds; a day is its beginning, or its `end`; without a zone it is UTC.
    """
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return max(0, int((now - int(ago[1]) * _UNITS[ago[2]]) * 1000))
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    if end and _DAY.fullmatch(text):
        found += timedelta(days=1)
    return max(0, round(found.timestamp() * 1000))
