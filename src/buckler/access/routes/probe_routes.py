"""What a route is held to that declares `Public(..., probe=True)`.

1. It has one path, without parameters or encoded characters, and takes GET and HEAD alone.
2. Its answer says yes or not now: a status 2xx stays, anything else becomes 503 (RFC 9110 section 15.6.4), a redirect
   too. No header and no byte of body leaves with it, neither of the route nor of middleware and handlers of errors: the
   edge says the status alone (`Exchange.is_silent`).
3. HEAD is answered where GET is, as GET: nothing but the status is told in either case (RFC 9110 section 9.3.2).

What is refused at its door, over a limit, is refused as everywhere: in our words, which tell nothing.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from buckler.access.declarations.declaration import Duty
from buckler.access.doors.door import Door
from buckler.asgi import Receive, Scope, Send, exchange_of

_PLAIN: Final = re.compile(r"/[A-Za-z0-9._~/-]*")
_METHODS: Final = frozenset(("GET", "HEAD"))

Handle = Callable[[Scope, Receive, Send], Awaitable[Any]]


def unfit_probe(door: Door, duty: Duty) -> tuple[str, str] | None:
    """Why this door can be no probe, and what to write instead; None where it can, or is none."""
    if not duty.is_probe:
        return None
    if not door.methods or not door.methods <= _METHODS:
        return "a probe is asked with GET or HEAD, and changes nothing.", "Take probe=True away, or the other methods."
    if not _PLAIN.fullmatch(door.path):
        return (
            "a probe is known by its path before any route is chosen, so that is one path, of plain letters.",
            "Take the parameters out of the path, or probe=True away.",
        )
    return None


def methods_of_probe(methods: frozenset[str] | None) -> frozenset[str] | None:
    """What such a route is asked with: HEAD too, where it takes GET."""
    return methods | {"HEAD"} if methods and "GET" in methods else methods


def silent(handle: Handle) -> Handle:
    """The handler of a route, whose answers keep their status alone, whatever stands around it."""

    async def handled(scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        if exchange is not None and getattr(exchange.decision, "is_probe", False):
            exchange.is_silent = True
        # The route itself may take GET alone.
        asked = {**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope
        await handle(asked, receive, send)

    return handled
