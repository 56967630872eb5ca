"""A target behind a URL, asked over HTTP by a client that follows nothing.

Redirects are answers, and never leave the target. A certificate is verified unless one is told to be taken as it is:
an attacker does not mind, and what is wrong with it is a finding of its own.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Final
from urllib.parse import urlsplit

import httpx2

from buckler.clock import SystemClock
from buckler.drill.transport.answer import MOST_BYTES, NOTHING, Answer
from buckler.drill.transport.encoded import readable
from buckler.drill.transport.request import Fields, Request
from buckler.drill.transport.this_machine import has_many_addresses, reached_at

_CONNECTIONS: Final = 8
_MOST_CLIENTS: Final = 64
"""Addresses of this machine that are kept connected at once."""


class ByUrl:
    """Carries requests to an origin. Where that is this machine, each caller comes from the address that it has."""

    in_process = False

    def __init__(self, base: str, trust: SSLContext | bool) -> None:
        parts = urlsplit(base)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.hostname or ""
        self._authority = parts.netloc
        self._at = self._connected_to(parts.port)
        self._trust = trust if isinstance(trust, SSLContext) else _context(verified=trust)
        self._clients: dict[str, httpx2.AsyncClient] = {}

    def _connected_to(self, port: int | None) -> str:
        """The origin with the address that stands for its name, where it is a name of this machine."""
        address = reached_at(self._host)
        if address == self._host:
            return self.origin
        return f"{urlsplit(self.origin).scheme}://{address}" + (f":{port}" if port is not None else "")

    def _named(self, fields: Fields) -> Fields:
        """With the name that the target is asked for where a number stands for it, unless the request says another."""
        is_said = self._at == self.origin or any(name.lower() == "host" for name, _ in fields)
        return fields if is_said else (("Host", self._authority), *fields)

    async def carry(self, request: Request, *, address: str, within: float) -> Answer:
        """Ask the target. See `Carrier`."""
        began = SystemClock.monotonic()
        try:
            async with asyncio.timeout(within):
                heard, body = await self._asked(request, address, within)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, OSError) as failure:
            why = f"{type(failure).__name__}: {failure}"[:200]
            return Answer(NOTHING, seconds=SystemClock.monotonic() - began, failure=why)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in heard.headers.raw)
        body, unread = readable(body, headers, MOST_BYTES)
        return Answer(heard.status_code, headers, body, SystemClock.monotonic() - began, unread=unread)

    async def _asked(self, request: Request, address: str, within: float) -> tuple[httpx2.Response, bytes]:
        """The answer and its body, with no cookie kept. Raises `ValueError` for what leads off the target."""
        if not request.path.startswith("/") and request.target != "*":
            raise ValueError("a path begins with a slash: anything else may lead to another host")
        client = await self._client(address)
        try:
            sent = client.build_request(
                request.method,
                self._at + request.target,
                headers=[
                    (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
                    for name, value in self._named(request.headers)
                ],
                content=request.body or None,
                timeout=within,
                extensions={"sni_hostname": self._host} if self._at != self.origin else None,
            )
            if _place_of(sent.url) != _place_of(httpx2.URL(self._at)):
                raise ValueError("the request would leave the target")
            heard = await client.send(sent, stream=True)
            try:
                return heard, await _read(heard)
            finally:
                await heard.aclose()
        finally:
            # What an answer sets is told, and shown by nobody but the identity that it was for.
            client.cookies.clear()

    async def close(self) -> None:
        """End every connection."""
        while self._clients:
            await self._clients.popitem()[1].aclose()

    async def _client(self, address: str) -> httpx2.AsyncClient:
        own = address if has_many_addresses(self._host) and has_many_addresses(address) else ""
        if own in self._clients:
            self._clients[own] = self._clients.pop(own)  # the one used last is the last to go
            return self._clients[own]
        if len(self._clients) >= _MOST_CLIENTS:
            await self._clients.pop(next(iter(self._clients))).aclose()
        carrier = httpx2.AsyncHTTPTransport(
            verify=self._trust,
            limits=httpx2.Limits(max_connections=_CONNECTIONS),
            local_address=own or None,
        )
        self._clients[own] = httpx2.AsyncClient(
            transport=carrier, follow_redirects=False, trust_env=False, headers={"User-Agent": "buckler-drill"}
        )
        return self._clients[own]


def _place_of(url: httpx2.URL) -> tuple[str, str, int | None, bytes]:
    """Where a request goes, and whom it says that it comes from in its address."""
    return url.scheme, url.host, url.port, url.userinfo


def _context(*, verified: bool) -> SSLContext:
    """Made once: each client would read every certificate of the machine anew."""
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _read(heard: httpx2.Response) -> bytes:
    """The body as it came over the wire."""
    whole = bytearray()
    async for part in heard.aiter_raw():
        whole += part
        if len(whole) >= MOST_BYTES:
            break
    return bytes(whole[:MOST_BYTES])


@asynccontextmanager
async def connected(base: str, trust: SSLContext | bool = True) -> AsyncGenerator[ByUrl]:
    """Keep connections to `base` for the block. `trust` verifies certificates; False takes any."""
    carrier = ByUrl(base, trust)
    try:
        yield carrier
    finally:
        await carrier.close()
