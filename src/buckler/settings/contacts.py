"""Who hears of a weakness, as `security.txt` says it (RFC 9116).

The form alone is judged here. Whether a date has passed is judged at the start, by the clock of the app.
"""

import re
from datetime import date
from typing import Final

from buckler.errors import ConfigurationError
from buckler.settings.words import PREFIX, listed

_CONTACT: Final = re.compile(
    r"mailto:[^\s@,<>\"]+@[A-Za-z0-9.-]+|https://[A-Za-z0-9][\x21\x23-\x2b\x2d-\x3b\x3d\x3f-\x7e]*|tel:\+?[0-9().-]+",
    re.ASCII,
)
_WEB: Final = re.compile(r"https://[A-Za-z0-9][\x21\x23-\x2b\x2d-\x3b\x3d\x3f-\x7e]*", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)


def check_contact(contact: str) -> None:
    """`security_contact`: URIs with commas between them (RFC 9116 section 2.5.3)."""
    for each in listed(contact):
        if not _CONTACT.fullmatch(each):
            raise ConfigurationError(
                f"{PREFIX}SECURITY_CONTACT: {each!r} is no way to reach anybody: write mailto:, https:// or tel:, as in"
                " mailto:security@example.com, https://example.com/security."
            )


def check_expires(contact: str, expires: str) -> None:
    """`security_expires`: a day, which every security.txt must have (RFC 9116 section 2.5.5)."""
    if contact and not expires:
        raise ConfigurationError(
            f"{PREFIX}SECURITY_EXPIRES is not set, but {PREFIX}SECURITY_CONTACT is: a security.txt says until when it"
            " may be trusted. Write a day less than a year away, as YYYY-MM-DD."
        )
    if expires and not _is_day(expires):
        raise ConfigurationError(
            f"{PREFIX}SECURITY_EXPIRES={expires!r} is no day: write year, month and day, as YYYY-MM-DD."
        )


def check_policy(policy: str) -> None:
    """`security_policy`: a page (RFC 9116 section 2.5.7)."""
    if policy and not _WEB.fullmatch(policy):
        raise ConfigurationError(
            f"{PREFIX}SECURITY_POLICY={policy!r} is no page over HTTPS: write it as in https://example.com/disclosure."
        )


def check_languages(languages: str) -> None:
    """`security_languages`: tags with commas between them (RFC 9116 section 2.5.8, RFC 5646)."""
    for each in listed(languages):
        if not _LANGUAGE.fullmatch(each):
            raise ConfigurationError(f"{PREFIX}SECURITY_LANGUAGES: {each!r} is no language: write tags, as in en, de.")


def check_leftovers(contact: str, **others: str) -> None:
    """What says more of a contact that there is not."""
    for name, value in others.items():
        if value and not contact:
            raise ConfigurationError(
                f"{PREFIX}{name.upper()} is set, but {PREFIX}SECURITY_CONTACT is not: there is no security.txt to say"
                " it in. Write the contact, as in mailto:security@example.com, or leave out the other."
            )


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False
