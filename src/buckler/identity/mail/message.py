"""A letter as the message that leaves (RFC 5322, 2045, 3834).

1. To and From are addresses alone, built as such; no name that a person chose stands in a header.
2. Date, Message-ID and boundary are the letter's own: at a second attempt all is the same, so that a mailbox can
   tell that it has it already. The right half of the Message-ID is the origin's host, never the machine's.
3. `Auto-Submitted: auto-generated` (RFC 3834 section 5): no absence note comes back.
4. Text and HTML as alternatives, in seven bits: no server on the way has a reason to change a line. A letter that
   goes nowhere may stay as it reads: quoted-printable breaks links, and nobody can copy them out of a file.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Final

from email_validator import validate_email

from buckler.identity.mail.letter import Letter

_LINE: Final = 998
"""RFC 5322 section 2.1.1: what a line may have. A link is never broken."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The address that letters come from, and the host that names them."""

    address: str
    host: str


def message_of(letter: Letter, sender: Sender, *, readable: bool = False) -> EmailMessage:
    """The message, with every header. `readable`: it is for a file, and its lines stand there as they are."""
    to = address_of(letter.to)
    policy = SMTP if to.addr_spec.isascii() else SMTPUTF8
    message = EmailMessage(policy=policy)
    message["From"] = address_of(sender.address)
    message["To"] = to
    message["Subject"] = letter.subject
    message["Date"] = datetime.fromtimestamp(letter.at, UTC)
    message["Message-ID"] = f"<{letter.id}@{sender.host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte=_encoding(letter.text, readable=readable))
    message.add_alternative(letter.html, subtype="html", cte=_encoding(letter.html, readable=readable))
    message.set_boundary(f"=_{letter.id}")
    return message


def address_of(address: str) -> Address:
    """One mailbox; a domain in other scripts as the network writes it (RFC 5890)."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = validate_email(address, check_deliverability=False).ascii_domain
    return Address(username=local, domain=domain)


def _encoding(part: str, *, readable: bool) -> str:
    if readable:
        return "7bit" if part.isascii() else "8bit"
    short = all(len(line) <= _LINE for line in part.splitlines())
    return "7bit" if part.isascii() and short else "quoted-printable"
