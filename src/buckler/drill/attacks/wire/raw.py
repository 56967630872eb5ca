"""Bytes as they are, to the target and back: in clear, or over TLS with whatever certificate it shows.

Every connection is counted as a request. To a server on this machine each comes from an address of its own, so that
what is counted by client does not stand in the way.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from buckler.clock import SystemClock
from buckler.drill.attacks.wire.answers import answers_in
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import MOST_BYTES, Answer
from buckler.drill.transport.this_machine import reached_at

WITHIN: Final = 3.0
"""Seconds that an answer to odd bytes is waited for. What is odd is refused at once, or waited upon for good."""
_AT_ONCE: Final = 8
_PORTS: Final = {"https": 443, "http": 80}
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Enough = Callable[[bytes], bool]
"""Whether nothing more has to come."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens."""

    host: str
    port: int
    tls: bool

    @property
    def authority(self) -> str:
        """What `Host` says there."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.tls else "http"] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back until the server ended, or the time was over."""

    data: bytes = b""
    ended: bool = False
    """Whether the server closed the connection."""
    seconds: float = 0.0
    failure: str = ""
    """Why there was no connection at all."""

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers in it, in their order."""
        return answers_in(self.data, self.seconds)

    @property
    def is_unclear(self) -> bool:
        """Whether it says nothing of what was sent: nobody was reached, or was asked too often."""
        return bool(self.failure) or any(each.limited for each in self.answers)


def endpoint_of(url: str) -> Endpoint:
    """Where a URL leads."""
    parts = urlsplit(url)
    return Endpoint(parts.hostname or "", parts.port or _PORTS[parts.scheme], parts.scheme == "https")


def target(on: Engagement) -> Endpoint:
    """Where the target listens."""
    return endpoint_of(on.setting.url)


def whatever() -> ssl.SSLContext:
    """A client that takes every certificate, however weak: what is wrong with it is told by D706."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_alpn_protocols(["http/1.1"])
    return context


def count(on: Engagement, times: int = 1) -> None:
    """Take so many requests from the budget. Raises `BudgetSpent`."""
    for _ in range(times):
        on.sender.budget.take()


@asynccontextmanager
async def raw_connection(
    on: Engagement, place: Endpoint, context: ssl.SSLContext | None = None
) -> AsyncGenerator[Streams]:
    """A connection, which nobody counts here. Raises `OSError`, `TimeoutError`."""
    own = (on.fresh_address(), 0) if on.sender.has_addresses else None
    secured = (context or whatever()) if place.tls else None
    async with asyncio.timeout(on.sender.within):
        reader, writer = await asyncio.open_connection(
            reached_at(place.host),
            place.port,
            ssl=secured,
            server_hostname=place.host if secured else None,
            local_addr=own,
        )
    try:
        yield reader, writer
    finally:
        # Without a goodbye: whoever does not answer one would be waited for.
        writer.transport.abort()


async def speak(on: Engagement, said: bytes, *, at: Endpoint | None = None, within: float = WITHIN) -> Heard:
    """Send these bytes on a connection of their own, and read what comes. Raises `BudgetSpent`."""
    return (await speak_all(on, (said,), at=at, within=within))[0]


async def speak_all(
    on: Engagement,
    each_said: Iterable[bytes],
    *,
    at: Endpoint | None = None,
    within: float = WITHIN,
    enough: Enough = lambda _: False,
) -> list[Heard]:
    """Each on a connection of its own, several at once. Raises `BudgetSpent` before anything is sent."""
    several, free = tuple(each_said), asyncio.Semaphore(_AT_ONCE)
    count(on, len(several))
    place = at or target(on)

    async def one(said: bytes) -> Heard:
        async with free:
            return await _spoken(on, place, said, min(within, on.sender.budget.left + 1), enough)

    return list(await asyncio.gather(*(one(said) for said in several)))


async def _spoken(on: Engagement, place: Endpoint, said: bytes, within: float, enough: Enough) -> Heard:
    try:
        async with raw_connection(on, place) as (reader, writer):
            began, heard = SystemClock.monotonic(), bytearray()
            writer.write(said)
            ended = await listened(reader, heard, within, enough)
            return Heard(bytes(heard), ended, SystemClock.monotonic() - began)
    except (OSError, TimeoutError) as failure:
        return Heard(failure=f"{type(failure).__name__}: {failure}"[:200])


async def listened(
    reader: asyncio.StreamReader, heard: bytearray, within: float, enough: Enough = lambda _: False
) -> bool:
    """Add what comes to `heard`; whether the other side ended in time."""
    try:
        async with asyncio.timeout(within):
            while part := await reader.read(65536):
                heard += part
                if len(heard) >= MOST_BYTES or enough(bytes(heard)):
                    return False
    except TimeoutError:
        return False
    except OSError:
        return True
    return True
