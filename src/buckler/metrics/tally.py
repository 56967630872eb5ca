"""Where every part reports what is counted and timed, once somebody listens.

- Nobody listens: there is no `Tally`, and each part holds None.
- Labels are bounded twice: by their kind (`instruments.py`), and here, since an app may raise refusals of its own:
  beyond `MOST_SERIES` of one instrument everything new is counted as `other`.
- A collector that breaks breaks no request.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Final, Protocol

from buckler.metrics.instruments import (
    EVENTS,
    INSTRUMENTS,
    REFUSALS,
    SESSIONS_BEGUN,
    SESSIONS_ENDED,
    SIGN_INS,
    STORAGE_FAILURES,
    Instrument,
)

MOST_SERIES: Final = 256
OTHER: Final = "other"
ROUTE: Final = "route"
"""Who refused, where no defence did."""

Take = Callable[[float, Sequence[str]], None]
"""Takes one value, with the value of each label in the order of the instrument's."""


class Sink(Protocol):
    """Whoever collects."""

    def take(self, instrument: Instrument) -> Take:
        """How to hand over values of this instrument. Asked once for each."""
        ...


class Tally:
    """Counts and times, for every sink. For every thread and event loop.

    `times`: whether anybody wants to know how long requests take. Where nobody does, none passes a watch.
    """

    def __init__(self, sinks: Iterable[Sink], *, times: bool = True) -> None:
        given = tuple(sinks)
        self.times: Final = times
        self._takes = {each.name: tuple(sink.take(each) for sink in given) for each in INSTRUMENTS}
        self._series: dict[str, set[tuple[str, ...]]] = {each.name: set() for each in INSTRUMENTS}
        self._lock = Lock()

    def note(self, instrument: Instrument, amount: float, *values: str) -> None:
        """One value; `values` are those of the labels, in order. Raises nothing."""
        known = self._series[instrument.name]
        if values not in known and not self._is_admitted(known, values):
            values = (OTHER,) * len(values)
        for take in self._takes[instrument.name]:
            try:
                take(amount, values)
            except Exception:  # noqa: BLE001, S112 - whoever collects may break; requests go on
                continue

    def refusal(self, code: str, status: int, by: str | None) -> None:
        """A request was refused."""
        self.note(REFUSALS, 1, code, by or ROUTE, str(status))

    def event(self, name: str, fields: Mapping[str, object]) -> None:
        """Something happened that is an event. Some of them are counted for themselves as well."""
        self.note(EVENTS, 1, name)
        if name == "authn_login_success":
            self.note(SIGN_INS, 1, "success", "")
        elif name == "authn_login_fail":
            self.note(SIGN_INS, 1, "failure", str(fields.get("reason", OTHER)))
        elif name == "session_created":
            self.note(SESSIONS_BEGUN, 1)
        elif name in ("session_ended", "session_expired"):
            self.note(SESSIONS_ENDED, 1, name.removeprefix("session_"))
        elif name == "sys_storage_failed":
            # Behind the colon stands what the database said.
            self.note(STORAGE_FAILURES, 1, str(fields.get("reason") or OTHER).partition(":")[0])

    def _is_admitted(self, known: set[tuple[str, ...]], values: tuple[str, ...]) -> bool:
        with self._lock:
            if len(known) >= MOST_SERIES:
                return False
            known.add(values)
            return True
