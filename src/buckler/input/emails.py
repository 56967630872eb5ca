"""One e-mail address (ASVS 1.3.3, 2.2.1; RFC 5321, 5322, 6531, 6761).

1. At most 254 characters, one address: no display name, no list, no comment, no quoted local part,
   no IP address in brackets, no dash in front, as options have. So CR and LF, which would add a
   header or a recipient, cannot be in it.
2. Normalised, so that one mailbox is one text: NFC, the domain in small letters. A domain in other
   scripts is shown in them; `idna` of the standard is what a mail library makes of it.
3. Domains that never lead to a mailbox (RFC 6761: localhost, local, invalid, test, onion, arpa) are
   refused: mail to them stays inside, or bounces. In tests write example.com or example.org.

Nothing is looked up: whether the mailbox is there is found out by sending to it. The local part
keeps its case and its `+tag`: only its own server knows what they mean.
"""

from typing import Annotated, Final

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, WithJsonSchema

from buckler.input.faults import fault

LONGEST: Final = 254
"""RFC 5321 section 4.5.3.1.3, less the angle brackets."""


def _judged(address: str) -> str:
    try:
        found = validate_email(
            address,
            check_deliverability=False,
            allow_smtputf8=True,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            allow_empty_local=False,
            test_environment=False,
            globally_deliverable=True,
            strict=True,
        )
    except EmailNotValidError:
        raise fault("email_address") from None
    # To a mail program that is given the address as an argument, `--help@example.com` is an option.
    if len(found.normalized) > LONGEST or found.normalized.startswith("-"):
        raise fault("email_address")
    return found.normalized


Email = Annotated[
    str,
    Field(min_length=3, max_length=LONGEST),
    AfterValidator(_judged),
    WithJsonSchema(
        {
            "type": "string",
            "format": "email",
            "minLength": 3,
            "maxLength": LONGEST,
            "examples": ["ada@example.com"],
        }
    ),
]
"""One e-mail address, normalised."""
