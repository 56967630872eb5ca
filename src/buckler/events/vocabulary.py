"""The catalogue of events. Names follow the OWASP logging vocabulary where it has one."""

import logging
from dataclasses import dataclass
from typing import Final, Literal

Kept = Literal["sign-ins", "changes"]
"""What is kept as rows, for one of two periods: who came in, or what was changed."""


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event: its name, its level, and when it is written."""

    name: str
    level: int
    when: str
    summed: bool = False
    """Whether strangers can cause it at will, so that many within a second are told by their number (`sums.py`)."""
    fields: tuple[str, ...] = ()
    """What it says beside what every event does: moment, name, level and, of a request, id, client, method, path and
    caller. Not each of them every time."""
    kept: Kept | None = None
    """For how long it is kept in the database, where there is one (`journal/`); None: it is a line of the log alone."""


_EVENTS: Final = (
    Event("authn_login_success", logging.INFO, "somebody signed in", fields=("account", "amr"), kept="sign-ins"),
    Event(
        "authn_login_fail",
        logging.WARNING,
        "a sign-in was refused",
        fields=("reason", "account", "name_digest", "remedy", "count"),
        kept="sign-ins",
    ),
    Event(
        "authn_login_fail_max",
        logging.WARNING,
        "a name had too many wrong passwords, so a mailed code was asked for",
        summed=True,
    ),
    Event(
        "authn_password_change",
        logging.WARNING,
        "a password was replaced, by its owner or after a recovery",
        fields=("account", "way"),
        kept="changes",
    ),
    Event(
        "authn_hash_renewed",
        logging.INFO,
        "a weaker hash, or one of another system, was replaced at a sign-in",
        fields=("account",),
        kept="sign-ins",
    ),
    Event(
        "authn_device_new",
        logging.INFO,
        "an account signed in from a device that it did not know",
        fields=("account", "device"),
        kept="sign-ins",
    ),
    Event("authn_token_created", logging.INFO, "an access token was issued", fields=("account", "jti", "client_id")),
    Event(
        "authn_token_reuse",
        logging.CRITICAL,
        "a refresh token came a second time, so there is a copy of it",
        fields=("account", "session"),
        kept="sign-ins",
    ),
    Event(
        "authn_token_revoked",
        logging.INFO,
        "an access token was ended before its time",
        fields=("account", "jti", "sessions", "reason", "by", "action"),
        kept="sign-ins",
    ),
    Event("authn_token_invalid", logging.WARNING, "a token that is not good was presented", summed=True),
    Event("authn_token_missing", logging.WARNING, "a request came without a token to where one is needed", summed=True),
    Event("authz_fail", logging.CRITICAL, "a caller asked for what it has no right to", summed=True),
    Event(
        "authz_admin",
        logging.WARNING,
        "an administrator was made, or acted as one on an account",
        fields=("account", "by", "action", "role", "roles"),
        kept="changes",
    ),
    Event(
        "authz_override",
        logging.WARNING,
        "a permission lifted the ownership of an object",
        fields=("account", "model", "object"),
    ),
    Event("authz_undecided", logging.CRITICAL, "an answer was held because no declaration had allowed it", summed=True),
    Event("excess_rate_limit_exceeded", logging.WARNING, "a caller went over a limit", summed=True),
    Event(
        "input_validation_fail",
        logging.WARNING,
        "an input did not fit its declaration",
        summed=True,
        fields=("errors",),
    ),
    Event(
        "malicious_direct_reference",
        logging.WARNING,
        "a request named a host or route that is not ours, or an object that is not the caller's",
        summed=True,
    ),
    Event("session_created", logging.INFO, "a sign-in began", fields=("account", "session", "amr"), kept="sign-ins"),
    Event("session_renewed", logging.INFO, "a session got its next tokens", fields=("account", "session", "again")),
    Event(
        "session_ended",
        logging.INFO,
        "a session was ended before its time",
        fields=("account", "session", "reason"),
        kept="sign-ins",
    ),
    Event(
        "session_expired",
        logging.INFO,
        "a session came to its end, or was idle for too long",
        fields=("account", "session"),
        kept="sign-ins",
    ),
    Event(
        "session_use_after_expire",
        logging.WARNING,
        "a session was used that had ended",
        summed=True,
        fields=("account", "session"),
    ),
    Event(
        "sys_startup",
        logging.WARNING,
        "the app began to serve",
        fields=("routes", "settings", "version"),
        kept="changes",
    ),
    Event(
        "sys_worker_lost",
        logging.CRITICAL,
        "a worker process ended that was not told to; another one will come",
        fields=("worker", "ended", "again_in", "reason"),
    ),
    Event(
        "sys_workers_not_replaced",
        logging.CRITICAL,
        "a new worker could not start, so the old ones go on",
        fields=("reason",),
    ),
    Event(
        "sys_certificate_reloaded",
        logging.WARNING,
        "a new certificate is in use",
        fields=("ends",),
    ),
    Event(
        "sys_certificate_refused",
        logging.CRITICAL,
        "a new certificate will not do, so the old one stays in use",
        fields=("reason",),
    ),
    Event(
        "sys_certificate_ending",
        logging.CRITICAL,
        "the certificate ends in less than 14 days, told at the start and each day",
        fields=("reason",),
    ),
    Event("sys_start_refused", logging.CRITICAL, "the app may not start as it stands", fields=("reason",)),
    Event("sys_shutdown", logging.WARNING, "the app stopped serving", kept="changes"),
    Event(
        "sys_counter_full",
        logging.WARNING,
        "more callers than a limit counts apart, so newcomers share a budget",
        fields=("limit",),
    ),
    Event("sys_crash", logging.ERROR, "an exception that nobody handled", summed=True, fields=("error", "where")),
    Event(
        "sys_exemption",
        logging.WARNING,
        "a route or a middleware is let off something, with its reason",
        fields=("path", "encodings", "undeclared", "middleware", "reason", "processes"),
    ),
    Event(
        "sys_forwarding_ignored",
        logging.WARNING,
        "a forwarding field came, and no setting says who may write it",
        fields=("remedy",),
    ),
    Event("sys_guard_failed", logging.CRITICAL, "a guard could not decide, so it refused", summed=True),
    Event(
        "sys_keys_changed",
        logging.WARNING,
        "the keys that sign tokens, or the master secret, were read again",
        fields=("kid", "trusted"),
    ),
    Event(
        "sys_keys_administered",
        logging.WARNING,
        "the operator made, retired or revoked a key, or had everything sealed anew",
        fields=("action", "kid", "algorithm", "signing", "values", "by"),
        kept="changes",
    ),
    Event(
        "sys_keys_unreadable",
        logging.CRITICAL,
        "changed keys do not open under the master secret that is at hand",
        fields=("reason",),
    ),
    Event(
        "sys_mail_sent", logging.INFO, "a letter was handed to the mail server", fields=("letter", "kind", "attempts")
    ),
    Event(
        "sys_mail_failed",
        logging.WARNING,
        "a letter was not written, or did not leave; a written one is tried again",
        fields=("letter", "kind", "attempts", "outcome", "reason", "answer"),
    ),
    Event("sys_request_refused", logging.WARNING, "a request was refused by its shape", summed=True),
    Event("sys_answer_refused", logging.WARNING, "an answer was held: it led elsewhere, or was malformed", summed=True),
    Event(
        "sys_issuer_keys",
        logging.WARNING,
        "an issuer of tokens publishes other keys than before",
        fields=("issuer", "new", "gone"),
    ),
    Event(
        "sys_issuer_unreachable",
        logging.ERROR,
        "the keys of an issuer of tokens could not be had",
        fields=("issuer", "error", "keys_still_good"),
    ),
    Event("sys_insecure_transport", logging.WARNING, "a request came over plain HTTP", summed=True),
    Event(
        "sys_trial",
        logging.WARNING,
        "a trial runs: until its day what it names passes, and is written down",
        fields=("until", "lifts", "reason"),
    ),
    Event(
        "sys_trial_over",
        logging.WARNING,
        "the day of a trial is past: all is enforced, and it can be left out",
        fields=("until", "reason"),
    ),
    Event(
        "would_refuse",
        logging.WARNING,
        "a request passed that is refused once the trial is over",
        summed=True,
        fields=("route", "refusal", "status", "by", "would", "reason", "remedy"),
    ),
    Event(
        "privilege_permissions_changed",
        logging.WARNING,
        "roles were given to an account or taken from it",
        fields=("account", "by", "action", "given", "taken"),
        kept="changes",
    ),
    Event(
        "sys_backup_saved",
        logging.WARNING,
        "a copy of the database was made",
        fields=("bytes",),
    ),
    Event(
        "sys_backup_restored",
        logging.CRITICAL,
        "a backup took the place of the database; what was issued is dead",
        fields=("epoch", "accounts"),
        kept="changes",
    ),
    Event(
        "sys_storage_failed",
        logging.CRITICAL,
        "the database could be neither read nor written",
        summed=True,
        fields=("refusal", "status", "reason", "count", "first", "last"),
    ),
    Event("sys_storage_back", logging.WARNING, "the database answers again", fields=("looks",)),
    Event(
        "sys_storage_unchecked",
        logging.WARNING,
        "the database is too large to be looked through at the start",
        fields=("remedy",),
    ),
    Event(
        "user_updated",
        logging.WARNING,
        "an account was disabled or enabled, or got another address",
        fields=("account", "by", "action"),
        kept="changes",
    ),
    Event(
        "user_deleted",
        logging.WARNING,
        "an account was erased, with everything that hung on it",
        fields=("account", "by"),
        kept="changes",
    ),
    Event(
        "user_imported",
        logging.WARNING,
        "accounts of another system were made, with the hashes that they had",
        fields=("accounts", "locked", "weak", "by"),
        kept="changes",
    ),
    Event(
        "user_created", logging.WARNING, "an account was registered", fields=("account", "by", "roles"), kept="changes"
    ),
    Event(
        "sys_not_ready",
        logging.ERROR,
        "the service takes no requests for now, as its probe told whoever sends them",
        fields=("reason",),
    ),
    Event("sys_ready", logging.WARNING, "the service takes requests again", fields=("was",)),
    Event("sys_security_txt", logging.WARNING, "security.txt ends soon, or has ended", fields=("days", "reason")),
    Event("sys_log_begun", logging.WARNING, "the log that is kept begins here", kept="changes"),
    Event(
        "sys_log_checkpoint",
        logging.INFO,
        "a batch of kept events was chained; how far the log goes",
        fields=("installation", "epoch", "batch", "made_at", "link", "mac"),
    ),
    Event(
        "sys_connections_full",
        logging.WARNING,
        "every place for connections was taken, or every one of a client network, so newcomers were closed",
        fields=("most", "turned_away"),
    ),
    Event("sys_log_damaged", logging.CRITICAL, "rows of kept events are not what was written", fields=("rows",)),
    Event(
        "sys_log_failed",
        logging.ERROR,
        "events could not be kept, chained, told outside or let go; it is tried again",
        fields=("step", "error"),
    ),
)

CATALOGUE: Final = {event.name: event for event in _EVENTS}
