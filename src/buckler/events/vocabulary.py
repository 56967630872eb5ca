"""The catalogue of events. Names follow the OWASP logging vocabulary where it has one."""

import logging
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event: its name, its level, and when it is written."""

    name: str
    level: int
    when: str
    summed: bool = False
    """Whether strangers can cause it at will, so that many within a second are told by their number (`sums.py`)."""


_EVENTS: Final = (
    Event("authn_login_success", logging.INFO, "somebody signed in"),
    Event("authn_login_fail", logging.WARNING, "a sign-in was refused"),
    Event(
        "authn_login_fail_max",
        logging.WARNING,
        "a name had too many wrong passwords, so a mailed code was asked for",
        summed=True,
    ),
    Event("authn_password_change", logging.WARNING, "a password was replaced, by its owner or after a recovery"),
    Event("authn_hash_renewed", logging.INFO, "a weaker hash, or one of another system, was replaced at a sign-in"),
    Event("authn_device_new", logging.INFO, "an account signed in from a device that it did not know"),
    Event("authn_token_created", logging.INFO, "an access token was issued"),
    Event("authn_token_reuse", logging.CRITICAL, "a refresh token came a second time, so there is a copy of it"),
    Event("authn_token_revoked", logging.INFO, "an access token was ended before its time"),
    Event("authn_token_invalid", logging.WARNING, "a token that is not good was presented", summed=True),
    Event("authn_token_missing", logging.WARNING, "a request came without a token to where one is needed", summed=True),
    Event("authz_fail", logging.CRITICAL, "a caller asked for what it has no right to", summed=True),
    Event("authz_admin", logging.WARNING, "an administrator was made or acted as one"),
    Event("authz_undecided", logging.CRITICAL, "an answer was held because no declaration had allowed it", summed=True),
    Event("excess_rate_limit_exceeded", logging.WARNING, "a caller went over a limit", summed=True),
    Event("input_validation_fail", logging.WARNING, "an input did not fit its declaration", summed=True),
    Event(
        "malicious_direct_reference",
        logging.WARNING,
        "a request named a host or route that is not ours, or an object that is not the caller's",
        summed=True,
    ),
    Event("session_created", logging.INFO, "a sign-in began"),
    Event("session_renewed", logging.INFO, "a session got its next tokens"),
    Event("session_ended", logging.INFO, "a session was ended before its time"),
    Event("session_expired", logging.INFO, "a session came to its end, or was idle for too long"),
    Event("session_use_after_expire", logging.WARNING, "a session was used that had ended", summed=True),
    Event("sys_startup", logging.WARNING, "the app began to serve"),
    Event("sys_start_refused", logging.CRITICAL, "the app may not start as it stands"),
    Event("sys_shutdown", logging.WARNING, "the app stopped serving"),
    Event("sys_counter_full", logging.WARNING, "more callers than a limit counts apart, so newcomers share a budget"),
    Event("sys_crash", logging.ERROR, "an exception that nobody handled", summed=True),
    Event("sys_exemption", logging.WARNING, "a route or a middleware is let off something, with its reason"),
    Event("sys_forwarding_ignored", logging.WARNING, "a forwarding field came, and no setting says who may write it"),
    Event("sys_guard_failed", logging.CRITICAL, "a guard could not decide, so it refused", summed=True),
    Event("sys_keys_changed", logging.WARNING, "the keys that sign tokens, or the master secret, were read again"),
    Event("sys_keys_unreadable", logging.CRITICAL, "changed keys do not open under the master secret that is at hand"),
    Event("sys_mail_sent", logging.INFO, "a letter was handed to the mail server"),
    Event(
        "sys_mail_failed",
        logging.WARNING,
        "a letter was not written, or did not leave; a written one is tried again",
    ),
    Event("sys_request_refused", logging.WARNING, "a request was refused by its shape", summed=True),
    Event("sys_answer_refused", logging.WARNING, "an answer was held: it led elsewhere, or was malformed", summed=True),
    Event("sys_issuer_keys", logging.WARNING, "an issuer of tokens publishes other keys than before"),
    Event("sys_issuer_unreachable", logging.ERROR, "the keys of an issuer of tokens could not be had"),
    Event("sys_insecure_transport", logging.WARNING, "a request came over plain HTTP", summed=True),
    Event("sys_trial", logging.WARNING, "a trial runs: until its day what it names passes, and is written down"),
    Event("sys_trial_over", logging.WARNING, "the day of a trial is past: all is enforced, and it can be left out"),
    Event("would_refuse", logging.WARNING, "a request passed that is refused once the trial is over", summed=True),
    Event("privilege_permissions_changed", logging.WARNING, "roles were given to an account or taken from it"),
    Event("sys_backup_saved", logging.WARNING, "a copy of the database was made"),
    Event("sys_backup_restored", logging.CRITICAL, "a backup took the place of the database; what was issued is dead"),
    Event("user_updated", logging.WARNING, "an account was disabled or enabled, or got another address"),
    Event("user_deleted", logging.WARNING, "an account was erased, with everything that hung on it"),
    Event("user_imported", logging.WARNING, "accounts of another system were made, with the hashes that they had"),
    Event("user_created", logging.WARNING, "an account was registered"),
)

CATALOGUE: Final = {event.name: event for event in _EVENTS}
