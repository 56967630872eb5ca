"""What an app that is already in use may still let pass, for a while: `Trial(...)`.

1. It has an end, a day in UTC, and a reason in words. After that day everything is enforced, by itself.
2. It lifts the names of `LIFTED` and no other: what an app did before Buckler came, and what tells nobody more than
   before. What came with a later version has to be named.
3. It never lifts credentials, permissions, ownership, HTTPS, what can be read in two ways (two hosts, framing, paths,
   JSON), the exit gate, or the loopback of development.

What would have been refused is written down as `would_refuse`; `buckler events trial` adds it up.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Final, cast

from buckler.errors import ConfigurationError

LIFTED: Final[dict[str, dict[str, str]]] = {
    "host": {"host-unknown": "host"},
    "sizes": {"body-too-large": "sizes"},
    "limits": {"client-limited": "client-limit", "route-limited": "limits", "messages-limited": "messages"},
    "redirects": {"redirect-refused": "redirects"},
    "cookies": {"cookie-refused": "cookies"},
    "undeclared": {"undeclared": "undeclared"},
    "csrf": {"cross-site": "csrf", "csrf-token": "csrf-token"},
    "csp": {},
}
"""What a trial may lift: for each name the codes of refusals, each with the defence that makes it."""
UNNAMED: Final = frozenset({"host", "limits", "redirects", "sizes", "undeclared"})
"""What it lifts where `only` says nothing. What is to come has to be named: an upgrade lifts nothing by itself."""
MOST_DAYS: Final = 180
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, init=False)
class Trial:
    """For an app that is already in use: what it did before goes on until a day, and is written down.

    `until` is the last day, in UTC, at most 180 days ahead: a `date`, or a text as `"2027-03-01"`. `only` names what
    is lifted, of `host`, `sizes`, `limits`, `redirects`, `undeclared`, `cookies`, `csrf`, `csp`; without it the first
    five are.
    `reason` says why, for whoever reads the log. Raises `ConfigurationError` for what can never work. ASVS 16.2.1.
    """

    until: date
    only: frozenset[str]
    reason: str

    def __init__(self, *, until: date | str, reason: str, only: Collection[str] | None = None) -> None:
        if not isinstance(reason, str) or not reason.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                "Trial(reason=...): say in words why it may pass, as in reason='moving to Buckler'."
            )
        object.__setattr__(self, "until", _day(until))
        object.__setattr__(self, "only", _names(only))
        object.__setattr__(self, "reason", reason)

    @property
    def end(self) -> float:
        """The first moment after it, in seconds of Unix time."""
        return datetime(self.until.year, self.until.month, self.until.day, tzinfo=UTC).timestamp() + 86_400

    def check(self, now: float) -> None:
        """Raises `ConfigurationError` where it would run longer than 180 days from `now`, in seconds of Unix time."""
        today = datetime.fromtimestamp(now, UTC).date()
        latest = today + timedelta(days=MOST_DAYS)
        if self.until > latest:
            raise ConfigurationError(
                f"Trial(until={self.until}): more than {MOST_DAYS} days are no trial; write a day up to {latest}."
            )


def _day(until: object) -> date:
    if isinstance(until, str) and _DAY.fullmatch(until):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            raise ConfigurationError(f"Trial(until={until!r}): there is no such day.") from None
    if type(until) is not date or not 1970 < until.year < 9999:
        # A moment is refused too: its hour would belong to one zone, and the day counts in UTC.
        raise ConfigurationError(
            f"Trial(until={until!r}): write its last day, as in until='2027-03-01' or until=date(2027, 3, 1)."
        )
    return until


def _names(only: object) -> frozenset[str]:
    if only is None:
        return UNNAMED
    if not isinstance(only, list | tuple | set | frozenset) or not only:
        raise ConfigurationError(f"Trial(only={only!r}): write the names as a set, as in only={{'host', 'sizes'}}.")
    names = frozenset(cast("Collection[object]", only))
    for name in names:
        if name not in LIFTED:
            like = get_close_matches(name, LIFTED, n=1) if isinstance(name, str) else []
            told = f"did you mean {like[0]!r}?" if like else f"a trial lifts {', '.join(LIFTED)}, and nothing else."
            raise ConfigurationError(f"Trial(only=...): {name!r} cannot be lifted; {told}")
    return frozenset(str(name) for name in names)
