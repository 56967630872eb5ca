"""What the inside of the accounts says no with, as the refusals that leave."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from buckler.access.openapi import PROBLEM
from buckler.errors import BucklerError, Refusal
from buckler.identity.account_store import NameTaken
from buckler.identity.passwords import WeakPassword
from buckler.identity.registration import ClaimRefused, RegistrationClosed
from buckler.identity.shedding import Busy
from buckler.identity.sign_in import SignInFailed
from buckler.input.usernames import InvalidUsername
from buckler.refused import Refused

BUSY: Final = Refusal(
    503, "busy", "Too many sign-ins at once; try again in a moment.", ((b"retry-after", b"%d" % Busy.RETRY_AFTER),)
)
FAILED: Final = Refusal(
    401, "sign-in-failed", "Name or password is wrong.", ((b"www-authenticate", b"Bearer"),), event="authn_login_fail"
)
UNSTORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""Answers with a token are kept by nobody (RFC 6749 section 5.1)."""
_REFUSALS: Final[tuple[tuple[type[BucklerError], Refusal], ...]] = (
    (Busy, BUSY),
    (SignInFailed, FAILED),
    (NameTaken, Refusal(409, "name-taken", "Another account has this name, or one that looks the same.")),
    (RegistrationClosed, Refusal(403, "registration-closed", "Registration is closed here.")),
    (ClaimRefused, Refusal(403, "claim-refused", "The code is not good here.", event="authz_fail")),
)
_EXPLAINED: Final[tuple[tuple[type[BucklerError], str], ...]] = (
    (WeakPassword, "weak-password"),
    (InvalidUsername, "invalid-name"),
)
_WORDS: Final = {
    401: "Name or password is wrong",
    403: "Not open to this caller",
    409: "The name is taken",
    503: "Too many passwords are being checked; Retry-After says when to come back",
}


@contextmanager
def refusing(*passing: type[BucklerError]) -> Generator[None]:
    """Turn what the inside says no with into the refusal that leaves, except for `passing`."""
    try:
        yield
    except BucklerError as error:
        if isinstance(error, passing):
            raise
        for kind, refusal in _REFUSALS:
            if isinstance(error, kind):
                raise Refused(refusal) from error
        for kind, code in _EXPLAINED:
            if isinstance(error, kind):
                raise Refused(Refusal(422, code, str(error), event="input_validation_fail")) from error
        raise


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How the document tells these refusals."""
    schema = {"$ref": f"#/components/schemas/{PROBLEM}"}
    content = {"application/problem+json": {"schema": schema}}
    return {status: {"description": _WORDS[status], "content": content} for status in statuses}
