"""What is kept of a client at a sign-in: what it calls itself, and its network. Shown to the owner alone."""

from typing import Final

from buckler.asgi import Exchange
from buckler.ip_addresses import network_of
from buckler.redact import plain

LONGEST_AGENT: Final = 200
_LONGEST_PLACE: Final = 64


def agent_of(exchange: Exchange | None) -> str:
    """What the client calls itself (RFC 9110 section 10.1.5), on one line."""
    sent = exchange.header(b"user-agent") if exchange is not None else None
    return plain((sent or b"").decode("utf-8", "replace"))[:LONGEST_AGENT]


def place_of(exchange: Exchange | None) -> str:
    """The network it came from; empty where there was no request."""
    return network_of(exchange.client)[:_LONGEST_PLACE] if exchange is not None else ""
