"""HTTPS or nothing (ASVS 4.1.2, 12.2.1; RFC 6797 section 7.2).

- A browser that navigates to plain HTTP is sent to the configured origin with 308.
- Everything else is refused unread: a redirect would hide that the request, and any token in it,
  already crossed the network in clear. A token seen there is ended.
- A probe (`probes.py`) is answered: who asks carries nothing, and the answer has no body.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final

from buckler.asgi import Exchange
from buckler.defence import Arrival
from buckler.edge.probes import Probes
from buckler.errors import Refusal

HTTPS_REQUIRED: Final = Refusal(403, "https-required", "Use HTTPS.", event="sys_insecure_transport")
TOKEN_ENDED: Final = Refusal(
    403,
    "https-required",
    "Use HTTPS. A token sent over plain HTTP counts as stolen and has been ended.",
    event="sys_insecure_transport",
)
"""Where one was sent, and can be ended."""
MOVED: Final = Refusal(308, "https-moved", "This service speaks HTTPS.", event="sys_insecure_transport")

_TARGET: Final = re.compile(rb"/[\x21-\x7e]*")

Exposed = Callable[[Exchange], Awaitable[None]]


class Scheme(Arrival):
    """Refuses plain HTTP, or redirects a navigation to `origin` (scheme, host and port).

    `on_exposed` ends the tokens of a request; without it nobody can.
    """

    name = "scheme"

    def __init__(self, origin: str, on_exposed: Exposed | None = None, probes: Probes | None = None) -> None:
        self._origin = origin.encode("ascii")
        self._on_exposed = on_exposed
        self._probes = probes or Probes()

    def arrive(self, exchange: Exchange) -> Refusal | None:
        if exchange.is_secure:
            return None
        if self._probes.are_asked(exchange):
            exchange.spared = exchange.spared or HTTPS_REQUIRED
            return None
        if not _navigates(exchange):
            ended = self._on_exposed is not None and exchange.header(b"authorization") is not None
            return TOKEN_ENDED if ended else HTTPS_REQUIRED
        return MOVED.with_headers((b"location", self._origin + _target(exchange)))

    def before_refusal(self, exchange: Exchange) -> Awaitable[None] | None:
        """End the tokens that were exposed, if they were good ones, whoever refused the request."""
        if exchange.is_secure or self._on_exposed is None or exchange.header(b"authorization") is None:
            return None
        return self._on_exposed(exchange)


def _navigates(exchange: Exchange) -> bool:
    """A GET or HEAD by a browser's address bar or link, carrying nothing that could leak."""
    if exchange.is_websocket or exchange.method not in ("GET", "HEAD"):
        return False
    if any(exchange.header(name) for name in (b"authorization", b"content-length", b"transfer-encoding")):
        return False
    mode = exchange.header(b"sec-fetch-mode")
    if mode is not None:
        return mode == b"navigate"
    # Browsers send no Sec-Fetch fields over plain HTTP to a host that is not loopback.
    return b"text/html" in (exchange.header(b"accept") or b"")


def _target(exchange: Exchange) -> bytes:
    path: bytes = exchange.scope.get("raw_path") or b"/"
    query: bytes = exchange.scope.get("query_string") or b""
    target = path.partition(b"?")[0] + (b"?" + query if query else b"")
    # Fail closed: what a server would never let through must not become a second header line.
    return target if _TARGET.fullmatch(target) else b"/"
