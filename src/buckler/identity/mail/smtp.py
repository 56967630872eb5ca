"""Letters by SMTP, over a connection that nobody reads along (ASVS 12.3.1; RFC 5321, 3207, 8314).

1. TLS with the server's certificate checked against its name: from the first byte (`smtps://`), or by
   STARTTLS, which is demanded: where somebody on the way strikes it from the server's offers, nothing is
   said, least of all the password. Plain only to this machine itself.
2. A whole delivery has a bound in time, and one connection of its own.
3. What failed is told by the answer code alone: the server's words may quote the letter.
4. A letter that the server refuses for good (5xx to the recipient or the content) is not tried again. A
   refused password or sender is the operator's to mend, so it is.
"""

import asyncio
import ssl
from typing import Final

import aiosmtplib

from buckler.identity.mail.letter import Letter
from buckler.identity.mail.mailer import MailFailed
from buckler.identity.mail.message import Sender, message_of
from buckler.identity.mail.server import MailServer
from buckler.redact import Secret

SECONDS: Final = 30
"""For one delivery, and for each of its steps."""


class SmtpMailer:
    """A `Mailer` for one server. `trust` says whose certificates are good: by default the system's authorities."""

    def __init__(
        self,
        server: MailServer,
        sender: Sender,
        password: Secret | None = None,
        *,
        trust: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._server = server
        self._sender = sender
        self._password = password
        self._trust = None if server.plain else trust or ssl.create_default_context()
        self._seconds = seconds

    async def deliver(self, letter: Letter) -> None:
        """Hand the letter to the server. Raises `MailFailed`."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(letter)
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code if error.recipients else 0
            raise MailFailed("recipient refused", code=code, lasting=_lasting(code)) from None
        except aiosmtplib.SMTPResponseException as error:
            lasting = isinstance(error, aiosmtplib.SMTPDataError) and _lasting(error.code)
            raise MailFailed(type(error).__name__, code=error.code, lasting=lasting) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # A timeout is an OSError; a certificate that is not good too.
            raise MailFailed(type(error).__name__) from None

    async def _send(self, letter: Letter) -> None:
        client = self._client()
        try:
            await client.connect()
            await client.send_message(message_of(letter, self._sender))
        finally:
            # Without a QUIT: a server that is slow to say goodbye to must not make a letter that has left a failure.
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=self._password.reveal() if self._password is not None and server.user is not None else None,
            local_hostname=self._sender.host,
            timeout=self._seconds,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=self._trust,
        )


def _lasting(code: int) -> bool:
    return 500 <= code < 600
