"""What the inside of the accounts says no with, as the refusals that leave."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from buckler.access.routes.openapi import PROBLEM
from buckler.edge.quota_fields import retry_after
from buckler.errors import BucklerError, Refusal
from buckler.identity.account_store import AccountChanged, NameTaken
from buckler.identity.administration.administration import AccountMissing, RoleRefused, UnknownRole
from buckler.identity.administration.last_administrator import LastAdministrator
from buckler.identity.login_names import InvalidName
from buckler.identity.mail.codes import CodeRefused
from buckler.identity.owners.own_password import PasswordRefused
from buckler.identity.owners.registration import ClaimRefused, RegistrationClosed
from buckler.identity.passwords.rules import WeakPassword
from buckler.identity.passwords.shedding import Busy
from buckler.identity.sessions.sessions import RefreshRefused
from buckler.identity.sign_in.sign_in import SignInFailed
from buckler.identity.sign_in.throttle import CodeRequired, Throttled
from buckler.refused import Refused

BUSY: Final = Refusal(
    503, "busy", "Too many sign-ins at once; try again in a moment.", ((b"retry-after", b"%d" % Busy.RETRY_AFTER),)
)
FAILED: Final = Refusal(
    401, "sign-in-failed", "Name or password is wrong.", ((b"www-authenticate", b"Bearer"),), event=None
)
LIMITED: Final = Refusal(
    429,
    "sign-in-limited",
    "Too many sign-ins from this network, or too many wrong passwords for this name; try again after the time in"
    " Retry-After.",
    event="excess_rate_limit_exceeded",
)
CODE: Final = Refusal(
    401,
    "code-required",
    "Too many failed sign-ins for this name. If it has an account, a code was mailed to its owner: send it as `code`.",
    ((b"www-authenticate", b"Bearer"),),
    event=None,
)
REFRESH: Final = Refusal(
    401,
    "refresh-refused",
    "The refresh token is not good: used, ended, or never ours. Sign in again.",
    ((b"www-authenticate", b'Bearer error="invalid_token"'),),
    event="authn_token_invalid",
)
MISSING: Final = Refusal(404, "account-missing", "There is no such account.")
UNSTORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""Answers with a token are kept by nobody (RFC 6749 section 5.1)."""
_REFUSALS: Final[tuple[tuple[type[BucklerError], Refusal], ...]] = (
    (Busy, BUSY),
    (SignInFailed, FAILED),
    (CodeRequired, CODE),
    (AccountChanged, replace(FAILED, event="authn_login_fail")),
    (RefreshRefused, REFRESH),
    (NameTaken, Refusal(409, "name-taken", "Another account has this name, or one that looks the same.")),
    (AccountMissing, MISSING),
    (
        RoleRefused,
        Refusal(403, "role-refused", "It goes beyond your own rights, or it is about yourself.", event="authz_fail"),
    ),
    (
        LastAdministrator,
        Refusal(409, "last-administrator", "Nobody would administrate without this account.", event="authz_fail"),
    ),
    (
        CodeRefused,
        Refusal(
            403,
            "code-refused",
            "The code is not good: used, over, or never ours. Ask for another.",
            event="authn_login_fail",
        ),
    ),
    (
        PasswordRefused,
        Refusal(403, "password-refused", "This is not the password of your account.", event=None),
    ),
    (RegistrationClosed, Refusal(403, "registration-closed", "Registration is closed here.")),
    (ClaimRefused, Refusal(403, "claim-refused", "The code is not good here.", event="authz_fail")),
)
_EXPLAINED: Final[tuple[tuple[type[BucklerError], str], ...]] = (
    (WeakPassword, "weak-password"),
    (UnknownRole, "unknown-role"),
    (InvalidName, "invalid-name"),
)
_WORDS: Final = {
    401: "Name or password is wrong",
    403: "Not open to this caller",
    404: "There is no such account",
    409: "It stands against what is kept: the name is taken, or nobody would administrate",
    429: "Too many sign-ins from this network, or wrong passwords for this name; Retry-After says when to come back",
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
        if isinstance(error, Throttled):
            raise Refused(LIMITED.with_headers(retry_after(error.wait))) from error
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
