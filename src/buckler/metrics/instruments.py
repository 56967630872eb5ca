"""What is counted and timed: every instrument, named in the style of OpenTelemetry's semantic conventions.

- A label takes few values, all of them ours: codes of refusals, names of defences and events, kinds of errors.
  Never a path, a name, an address or anything else that a stranger writes: each value is a series for ever, and whoever
  reads the metrics need not be allowed to know who did what.
- What FastAPI measures itself, requests and their duration, is not measured again.
"""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Instrument:
    """One thing that is measured. Times are in seconds."""

    name: str
    kind: Literal["counter", "level", "histogram"]
    """What only grows; what comes and goes; how values are spread."""
    unit: str
    """As UCUM has it: `s`, or in braces what is counted."""
    about: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """Where the buckets of a histogram end."""


ONE_IN: Final = 61
"""Of so many requests one is timed, at the edge and at the guard each."""
_MICRO: Final = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2)
_MILLI: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

REFUSALS: Final = Instrument(
    "buckler.refusals",
    "counter",
    "{refusal}",
    "Requests that were refused, by code and by what refused them.",
    ("buckler.refusal.code", "buckler.defence", "http.response.status_code"),
)
EVENTS: Final = Instrument(
    "buckler.events",
    "counter",
    "{event}",
    "Security events, also those that the log sums up in one line.",
    ("buckler.event.name",),
)
SIGN_INS: Final = Instrument(
    "buckler.sign_ins",
    "counter",
    "{attempt}",
    "Sign-ins that were decided, by their outcome, and failed ones by what was wrong.",
    ("buckler.outcome", "error.type"),
)
SESSIONS_BEGUN: Final = Instrument("buckler.sessions.begun", "counter", "{session}", "Sessions that began.")
SESSIONS_ENDED: Final = Instrument(
    "buckler.sessions.ended", "counter", "{session}", "Sessions that are over.", ("buckler.outcome",)
)
HASHES_WAITING: Final = Instrument("buckler.hashing.waiting", "level", "{hash}", "Passwords that wait to be hashed.")
HASH_WAIT: Final = Instrument(
    "buckler.hashing.wait", "histogram", "s", "How long a password waited for a thread to hash it.", bounds=_MILLI
)
STORAGE_FAILURES: Final = Instrument(
    "buckler.storage.failures",
    "counter",
    "{failure}",
    "Work that the database did not do, by the reason.",
    ("error.type",),
)
EDGE_TIME: Final = Instrument(
    "buckler.edge.duration",
    "histogram",
    "s",
    f"What a request spends in Buckler before the app is called and while its answer leaves; one in {ONE_IN} is timed.",
    bounds=_MICRO,
)
GUARD_TIME: Final = Instrument(
    "buckler.guard.duration",
    "histogram",
    "s",
    f"What a request spends at the door of its route: limits, the token, requirements; one in {ONE_IN} is timed.",
    bounds=_MICRO,
)

INSTRUMENTS: Final = (
    REFUSALS,
    EVENTS,
    SIGN_INS,
    SESSIONS_BEGUN,
    SESSIONS_ENDED,
    HASHES_WAITING,
    HASH_WAIT,
    STORAGE_FAILURES,
    EDGE_TIME,
    GUARD_TIME,
)
