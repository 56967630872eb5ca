"""A route that takes 8 kB at most, judged before anything is parsed (ASVS 5.2.1).

The limit of the edge must leave room for an app's files. Nobody signs in with a megabyte, but a
body of so many unknown members costs half a second and a hundred megabytes: one error for each.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

from buckler.asgi import exchange_of
from buckler.edge.sizes import Sizes
from buckler.errors import UNDECIDED
from buckler.refused import Refused

MOST_BYTES: Final = 8192
_SIZES: Final = Sizes(MOST_BYTES)


class SmallBodyRoute(APIRoute):
    """Give it to a router as `route_class`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_small(request: Request) -> Response:
            return await handle(_measured(request))

        return handle_small


def _measured(request: Request) -> Request:
    """The request, whose body ends in a refusal at the first byte too many."""
    exchange = exchange_of(request.scope)
    if exchange is None:
        raise Refused(UNDECIDED)  # fail closed: without an edge around it nobody has judged this request
    refusal = _SIZES.arrive(exchange)
    if refusal is not None:
        raise Refused(refusal)
    return Request(request.scope, _SIZES.receive(exchange, request.receive))
