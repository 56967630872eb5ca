"""Letters leave by TLS with a checked certificate or not at all; nothing of a letter or a password is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from buckler.cli.serve.tls.local_authority import LocalCertificate, local_certificate
from buckler.clock import SystemClock
from buckler.identity.mail.letter import Letter
from buckler.identity.mail.mailer import MailFailed
from buckler.identity.mail.message import Sender
from buckler.identity.mail.server import MailServer, Transport
from buckler.identity.mail.smtp import SmtpMailer
from buckler.redact import Secret
from tests.proof import two_sided_async

SENDER = Sender("noreply@shop.example", "shop.example")
LETTER = Letter("reset", "ada@example.com", "Hello", "Hello\n\n.\n.\nEnd\n", "<p>Hello</p>\n", at=1_800_000_000)
PASSWORD = Secret("vivid otter")
Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Mailbox:
    """What a server took, and what it was told; `answers` are given instead of a yes."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.taken: list[Envelope] = []
        self.secrets: list[Any] = []
        self.names: list[str] = []
        self.over_tls: list[bool] = []

    async def handle_EHLO(  # noqa: N802 - the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.names.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "rcpt" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("mail", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        assert server.transport is not None
        self.over_tls.append(server.transport.get_extra_info("ssl_object") is not None)
        return self.answers.get("data", "250 OK")

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.secrets.append(data)
        # Not handled: the server itself is to answer 535.
        return AuthResult(success=data.password == PASSWORD.reveal().encode(), handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> LocalCertificate:
    return local_certificate(tmp_path_factory.mktemp("tls"), SystemClock())


@pytest.fixture
def serving(certificate: LocalCertificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context


@pytest.fixture
def trust(certificate: LocalCertificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate.authority))


@asynccontextmanager
async def post_office(
    mailbox: Mailbox, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A mail server on this machine: its port."""
    loop = asyncio.get_running_loop()

    def connected() -> SMTP:
        return SMTP(
            mailbox,
            hostname="mail.example",
            loop=loop,
            tls_context=starttls,
            enable_SMTPUTF8=True,
            authenticator=mailbox.authenticate,
            auth_require_tls=False,
        )

    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def stage(play: Play) -> AsyncIterator[int]:
    """A server that does as the test says."""

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await play(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def mailer(
    port: int,
    tls: Transport = "plain",
    trust: ssl.SSLContext | None = None,
    *,
    user: str | None = None,
    kind: type[SmtpMailer] = SmtpMailer,
    seconds: float = 20,
) -> SmtpMailer:
    server = MailServer("127.0.0.1", port, tls, user)
    return kind(server, SENDER, PASSWORD if user else None, trust=trust, seconds=seconds)


async def failure(made: SmtpMailer, letter: Letter = LETTER) -> MailFailed:
    with pytest.raises(MailFailed) as caught:
        await made.deliver(letter)
    return caught.value


class Trusting(SmtpMailer):
    """The twin that takes any certificate."""

    def _client(self) -> aiosmtplib.SMTP:
        whole = super()._client()
        return aiosmtplib.SMTP(
            hostname=whole.hostname, port=whole.port, use_tls=whole.use_tls, local_hostname="shop.example",
            start_tls=self._server.tls == "starttls", validate_certs=False, username=self._server.user,
            password=PASSWORD.reveal() if self._server.user else None,
        )  # fmt: skip


class Opportunistic(SmtpMailer):
    """The twin that goes on in plain text where TLS is not offered: what a mail library does by default."""

    def _client(self) -> aiosmtplib.SMTP:
        whole = super()._client()
        return aiosmtplib.SMTP(
            hostname=whole.hostname, port=whole.port, start_tls=None, tls_context=self._trust,
            username=self._server.user, password=PASSWORD.reveal(), local_hostname="shop.example",
        )  # fmt: skip


@pytest.mark.parametrize("tls", ["plain", "starttls", "tls"])
async def test_a_letter_arrives(tls: Transport, serving: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    """As it was written, to whom it is for, from the configured sender; we name ourselves by the origin's host."""
    mailbox = Mailbox()
    own = serving if tls == "tls" else None
    upgrade = serving if tls == "starttls" else None
    async with post_office(mailbox, tls=own, starttls=upgrade) as port:
        await mailer(port, tls, trust).deliver(LETTER)
    (taken,) = mailbox.taken
    assert (taken.mail_from, taken.rcpt_tos) == ("noreply@shop.example", ["ada@example.com"])
    assert mailbox.over_tls == [tls != "plain"]
    assert set(mailbox.names) == {"shop.example"}
    content = taken.content
    assert isinstance(content, bytes)
    part: Any = message_from_bytes(content, policy=default)
    assert part.get_body(("plain",)).get_content().replace("\r\n", "\n") == LETTER.text


@pytest.mark.asvs("12.3.1")
async def test_a_stripped_upgrade_sends_nothing(trust: ssl.SSLContext) -> None:
    """Somebody on the way takes STARTTLS from the offers: neither the password nor the letter is said."""

    async def attack(kind: type[SmtpMailer]) -> bool:
        mailbox = Mailbox()
        async with post_office(mailbox) as port:
            try:
                await mailer(port, "starttls", trust, user="shop", kind=kind).deliver(LETTER)
            except MailFailed:
                return bool(mailbox.secrets or mailbox.taken)
        return bool(mailbox.secrets and mailbox.taken)

    await two_sided_async(attack, whole=SmtpMailer, twin=Opportunistic)


@pytest.mark.asvs("12.3.1")
@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    tls: Transport, serving: ssl.SSLContext, tmp_path: Path
) -> None:
    """Another authority's: the password is not told."""
    other = local_certificate(tmp_path, SystemClock())
    trust = ssl.create_default_context(cafile=str(other.authority))

    async def attack(kind: type[SmtpMailer]) -> bool:
        mailbox = Mailbox()
        own, upgrade = (serving, None) if tls == "tls" else (None, serving)
        async with post_office(mailbox, tls=own, starttls=upgrade) as port:
            try:
                await mailer(port, tls, trust, user="shop", kind=kind).deliver(LETTER)
            except MailFailed:
                return bool(mailbox.secrets)
        return bool(mailbox.secrets)

    await two_sided_async(attack, whole=SmtpMailer, twin=Trusting)


async def test_words_put_in_before_the_upgrade_are_not_believed(serving: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    """RFC 3207 section 4.2: what came in plain text behind the 220 is no answer to anything said within TLS."""
    said: list[bytes] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        await reader.readline()
        writer.write(b"250-mail.example\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go on\r\n250-mail.example\r\n250 AUTH PLAIN\r\n")
        await writer.start_tls(serving)
        said.append(await reader.readline())
        writer.write(b"250 mail.example\r\n")
        said.append(await reader.readline())

    async with stage(play) as port:
        error = await failure(mailer(port, "starttls", trust, user="shop"))
    assert said[0].startswith(b"EHLO")
    assert not any(b"AUTH" in each for each in said)
    assert error.reason


async def test_the_password_is_told_to_the_right_server(serving: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    mailbox = Mailbox()
    async with post_office(mailbox, starttls=serving) as port:
        await mailer(port, "starttls", trust, user="shop").deliver(LETTER)
    assert len(mailbox.taken) == 1
    assert mailbox.secrets[0].login == b"shop"


async def test_a_refused_password_is_the_operators_to_mend(serving: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    """So the letter waits; the failure names the code, and no password."""
    mailbox = Mailbox()
    async with post_office(mailbox, starttls=serving) as port:
        server = MailServer("127.0.0.1", port, "starttls", "shop")
        made = SmtpMailer(server, SENDER, Secret("wrong"), trust=trust, seconds=20)
        error = await failure(made)
    assert (error.code, error.lasting, error.reason) == (535, False, "SMTPAuthenticationError")
    assert "wrong" not in f"{error!r} {error} {made!r}"


@pytest.mark.parametrize(
    ("answers", "code", "lasting"),
    [
        ({"rcpt": "550 no such user ada@example.com"}, 550, True),
        ({"rcpt": "451 greylisted"}, 451, False),
        ({"data": "554 Hello is no word we like"}, 554, True),
        ({"data": "452 full"}, 452, False),
        ({"mail": "553 sender not allowed"}, 553, False),
    ],
)
async def test_a_refusal_is_told_by_its_code_alone(answers: dict[str, str], code: int, lasting: bool) -> None:
    """What the server says may quote the letter or the address; what no attempt can mend is not tried again."""
    async with post_office(Mailbox(**answers)) as port:
        error = await failure(mailer(port))
    assert (error.code, error.lasting) == (code, lasting)
    told = f"{error!r} {error.reason} {error.__cause__}"
    assert not any(word in told for word in ("ada", "Hello", "sender not", "greylisted"))


async def test_a_server_that_is_not_there_delays() -> None:
    async with post_office(Mailbox()) as port:
        pass
    error = await failure(mailer(port))
    assert (error.code, error.lasting) == (0, False)


async def test_a_silent_server_is_waited_for_so_long_and_no_longer() -> None:
    """Silent from the start, or a byte at a time: the whole delivery has one bound."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing() and not reader.at_eof():
            writer.write(b"2")
            await asyncio.wait({asyncio.ensure_future(reader.read(1))}, timeout=0.01)

    async with stage(drip) as port:
        began = datetime.now(UTC)
        error = await failure(mailer(port, seconds=0.2))
    assert not error.lasting
    assert (datetime.now(UTC) - began).total_seconds() < 5


async def test_a_slow_goodbye_makes_no_failure_of_a_letter_that_left() -> None:
    """A server that never answers QUIT has the letter; sending it again would be wrong."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        answers = iter([b"250 mail.example\r\n", b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n"])
        for answer in answers:
            await reader.readline()
            writer.write(answer)
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 taken\r\n")
        await reader.read()

    async with stage(play) as port:
        await mailer(port, seconds=5).deliver(LETTER)


async def test_an_address_in_another_script_needs_a_server_that_takes_it() -> None:
    """RFC 6531: where it does, the letter arrives."""
    mailbox = Mailbox()
    letter = Letter("taken", "j\u00f6rg@b\u00fccher.example", "Hello", "Hello\n", "<p>Hello</p>\n", at=1)
    async with post_office(mailbox) as port:
        await mailer(port).deliver(letter)
    assert mailbox.taken[0].rcpt_tos == ["j\u00f6rg@xn--bcher-kva.example"]
