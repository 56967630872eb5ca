"""What the inside says no with, in words for people: one list for all pages.

The codes, the statuses and what the log keeps are those of the API (`identity/routes/refusing.py`); here are the
sentences that tell somebody in front of a form what to do, and the field beside which they stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from buckler.errors import Refusal

_FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "weak-password": ("new", "password"),
    "invalid-name": ("address", "name"),
    "name-taken": ("address", "name"),
    "password-refused": ("current", "password"),
    "code-refused": ("code",),
    "claim-refused": ("code",),
    "unknown-role": ("roles",),
    "role-refused": ("roles",),
}
"""The first of these that a form has."""
_WORDS: Final[Mapping[str, str]] = {
    "busy": "Too many people are signing in at once. Try again in a moment.",
    "claim-refused": "This code is not good here: it was mistyped, its 30 minutes are over, there is an administrator"
    " already, or you are not at the machine that printed it.",
    "code-refused": "This code is not good: it was mistyped, used, or its time is over. Ask for another one.",
    "code-required": "Enter the code that was mailed to you.",
    "registration-closed": "Accounts are made by invitation here.",
}
_OUTDATED: Final = "Your account was changed while you were here. Sign in again."
_STATUS: Final[Mapping[int, int]] = {401: 403, 503: 429}
"""What a page answers with in the place of: a challenge, as it asks again by itself; a failure, of which the edge
would let no word through, and the form would be lost."""


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal as a page tells it. `field` is None where it is about all of the form."""

    status: int
    words: str
    field: str | None
    headers: Mapping[str, str]


def told(refusal: Refusal, fields: Sequence[str], *, own: bool) -> Told:
    """How a form with these fields tells a refusal; `own` where whoever sent it is signed in."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in refusal.headers}
    headers.pop("www-authenticate", None)
    wait = headers.get("retry-after", "")
    words = _WORDS.get(refusal.code, refusal.detail)
    if refusal.code == "sign-in-limited":
        words = f"Too many tries came from your network or for this name. Try again {told_wait(wait)}."
    if refusal.code == "sign-in-failed" and own:
        words = _OUTDATED
    where = next((each for each in _FIELDS.get(refusal.code, ()) if each in fields), None)
    return Told(_STATUS.get(refusal.status, refusal.status), words, where, headers)


def told_wait(seconds: str) -> str:
    """The value of `Retry-After` in words."""
    if not seconds.isdecimal():
        return "later"
    left = int(seconds)
    if left < 60:
        return f"in {max(left, 1)} second{'' if left <= 1 else 's'}"
    minutes = ceil(left / 60)
    return f"in {minutes} minute{'' if minutes == 1 else 's'}"
