"""How often: the one grammar of rates (ASVS 2.4.1).

- `"5/minute"`: a quota and a window of one second, minute, hour or day.
- `"10/2 minutes"`: a window of several; the number from 2, the unit in the plural.
- `"100/hour burst 20"`: as often, but no more than 20 at once.
- Nothing else: other spellings are refused with the nearest that is one. A limit that is read
  otherwise than it was meant is worse than an app that does not start.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from buckler.errors import ConfigurationError

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_UNIT: Final = "(second|minute|hour|day)"
_RATE: Final = re.compile(
    rf"([1-9][0-9]{{0,8}})/(?:{_UNIT}|([2-9]|[1-9][0-9]{{1,3}}) {_UNIT}s)(?: burst ([1-9][0-9]{{0,8}}))?"
)
_SHORT: Final = {"s": "second", "sec": "second", "m": "minute", "min": "minute", "h": "hour", "hr": "hour", "d": "day"}
_LONGEST_GUESS: Final = 60
EXACT_UP_TO: Final = 16
"""The largest quota whose window is counted exactly: the times themselves are kept."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so long: `quota` events in any `window` of seconds, at most `burst` of them at once.

    Raises `ConfigurationError` for what could never be held to.
    """

    quota: int
    window: int
    burst: int | None = None

    def __post_init__(self) -> None:
        if self.quota < 1 or self.window < 1:
            raise ConfigurationError(f"{self.quota} in {self.window} seconds is not a rate: both are 1 or more.")
        if self.burst is not None and not 1 <= self.burst <= self.quota:
            raise ConfigurationError(
                f"burst {self.burst} of {self.quota} is not a rate: a burst is what may come at once out of the quota,"
                f" so write a number from 1 to {self.quota}."
            )

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Read `"5/minute"`, `"10/2 minutes"` or `"100/hour burst 20"`. Raises `ConfigurationError` for all else."""
        match = _RATE.fullmatch(text) if isinstance(text, str) else None  # pyright: ignore[reportUnnecessaryIsInstance]
        if match is None:
            raise ConfigurationError(_not_a_rate(text))
        quota, unit, several, units, burst = match.groups()
        window = _SECONDS[unit] if unit else int(several) * _SECONDS[units]
        return cls(int(quota), window, int(burst) if burst else None)

    @property
    def exact(self) -> bool:
        """Whether never more than the quota passes in any window."""
        return self.burst is None and self.quota <= EXACT_UP_TO

    @property
    def at_once(self) -> int:
        """How much may come at once after a pause."""
        return self.burst or self.quota

    def __str__(self) -> str:
        unit = next(unit for unit in reversed(_SECONDS) if self.window % _SECONDS[unit] == 0)
        several = self.window // _SECONDS[unit]
        window = unit if several == 1 else f"{several} {unit}s"
        return f"{self.quota}/{window}" + (f" burst {self.burst}" if self.burst is not None else "")


def _not_a_rate(text: object) -> str:
    guess = _nearest(text.lower()) if isinstance(text, str) and len(text) <= _LONGEST_GUESS else None
    remedy = f" Did you mean {guess!r}?" if guess is not None else ""
    return (
        f"{text!r} is not a rate: write a whole number from 1, a slash, and second, minute, hour or day,"
        f" as in '5/minute', '10/2 minutes' or '100/hour burst 20'.{remedy}"
    )


def _nearest(text: str) -> str | None:
    """The rate that `text` most likely means: its numbers and its unit in our form."""
    numbers, words = re.findall("[0-9.]+", text), re.findall("[a-z]+", text)
    units = [unit for unit in map(_unit, words) if unit is not None]
    if not numbers or not units:
        return None
    burst = f" burst {numbers[-1]}" if "burst" in words and len(numbers) > 1 else ""
    several = numbers[1] if len(numbers) - bool(burst) > 1 else "1"
    window = units[0] if several == "1" else f"{several} {units[0]}s"
    guess = f"{numbers[0]}/{window}{burst}"
    return guess if _RATE.fullmatch(guess) else None


def _unit(word: str) -> str | None:
    like = get_close_matches(word, _SECONDS, n=1)
    return _SHORT.get(word) or (like[0] if like else None)
