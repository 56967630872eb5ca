"""The words of refusals: what to write where a value does not fit, and the name that was probably meant.

No value is told here: it was not judged, and may be a secret in the wrong place.
"""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Final

from pydantic import ValidationError

PREFIX: Final = "BUCKLER_"
SERVED: Final = ("certificate", "host", "http_port", "key", "port")
"""What `buckler serve` alone takes, where the settings are read too."""
_SWITCH: Final = "write true or false"
_SECONDS: Final = "write a whole number of seconds, as in 86400 for a day"
_WAIT: Final = "write seconds, more than 0 and at most 3600, as in 10 or 2.5"
_PATH: Final = "write a path"
_HIDDEN: Final = "write the secret itself, or name a file of it"
_RATE: Final = "write a rate, as in 5/minute or 6000/minute burst 1000"
_DAYS: Final = "write a whole number of days, from 1 to 36500"
FORMS: Final = {
    "environment": "write development or production",
    "signing_algorithm": "write Ed25519, ES256, RS256 or HS256",
    "registration": "write open, verified or closed",
    "identifier": "write email or username",
    "session_lifetime": _SECONDS,
    "session_idle": _SECONDS,
    "body_seconds": _WAIT,
    "head_seconds": _WAIT,
    "answer_seconds": _WAIT,
    "drain_seconds": "write seconds, from 0 to 3600, as in 15",
    "max_header_bytes": "write a whole number of bytes from 1024, or a size as in '16 KiB'",
    "max_body_bytes": "write a whole number of bytes from 1, or a size as in '10 MB'",
    "max_connections": "write a whole number from 1 to 1000000",
    "processes": "write a whole number from 1 to 1024",
    "events_sign_ins_days": _DAYS,
    "events_changes_days": _DAYS,
    "origin": "write scheme, host and port, as in https://api.example.com",
    "hosts": "write host names with commas between them, as in api.example.com, www.example.com",
    "cors_origins": "write origins with commas between them, as in https://app.example.com",
    "redirect_origins": "write origins with commas between them, as in https://pay.example.com",
    "behind": "write how many proxies stand in front, or their networks, as in 2 or 10.0.0.0/8",
    "client_limit": _RATE,
    "failed_checks_limit": _RATE,
    "data": _PATH,
    "master_secret": _HIDDEN,
    "master_secret_file": _PATH,
    "mail_password": _HIDDEN,
    "mail_password_file": _PATH,
    "mail": "write smtps://user@mail.example.com, smtp://user@mail.example.com:587, or outbox",
    "mail_from": "write an address, as in noreply@example.com",
    "code_page": "write a path, as in /confirm",
    "count_per_process": "write a reason of two words or more, in one line of at most 200 characters",
    "events_checkpoints": "write the path of a file, or syslog",
    "security_contact": "write mailto:, https:// or tel:, with commas between them",
    "security_expires": "write a day, as YYYY-MM-DD",
    "security_policy": "write a page, as in https://example.com/disclosure",
    "security_languages": "write tags of languages with commas between them, as in en, de",
    "password_form": _SWITCH,
    "hsts_subdomains": _SWITCH,
    "access_log": _SWITCH,
}
"""What to write where a value does not fit."""


def listed(names: str) -> tuple[str, ...]:
    """What stands between commas; nothing between two of them counts as nothing."""
    return tuple(name.strip() for name in names.split(",") if name.strip())


def unknown_names(
    given: Mapping[str, str], known: Collection[str], prefix: str = "", more: Collection[str] = ()
) -> list[str]:
    """A sentence for every name, as it was written, that stands for none of the `known` settings nor of `more`."""
    strange = {written: name for written, name in sorted(given.items()) if name not in known and name not in more}
    return [_unknown(written, name, (known, more), prefix) for written, name in strange.items()]


def _unknown(written: str, name: str, names: tuple[Collection[str], Collection[str]], prefix: str) -> str:
    if name in SERVED:
        option = name.replace("_", "-")
        return (
            f"{written}: there is no such setting; `buckler serve` takes it, as --{option} or {PREFIX}{name.upper()}."
        )
    like = _near(name, names[0]) or _near(name, names[1])
    told = [f"{prefix}{each.upper()}" if prefix else each for each in like or sorted(names[0])]
    remedy = f"did you mean {told[0]}?" if like else f"the settings are {', '.join(told)}."
    return f"{written}: there is no such setting; {remedy}"


def _near(name: str, known: Collection[str]) -> list[str]:
    return get_close_matches(name, known, n=1) or [each for each in sorted(known) if each in name or name in each][:1]


def explained(error: ValidationError) -> list[str]:
    """Each bad value by the name of its variable."""
    told = error.errors(include_input=False, include_url=False)
    return [_told([str(part) for part in each["loc"]], each["msg"]) for each in told]


def _told(place: list[str], words: str) -> str:
    form = FORMS.get(place[0]) if place else None
    sentence = words if words.endswith(("?", ".")) else words + "."
    return f"{PREFIX}{'_'.join(place).upper()}: {sentence}" + (f" {form[0].upper()}{form[1:]}." if form else "")
