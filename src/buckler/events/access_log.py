"""The access line: one for each request that was answered, where an operator asks for it (ASVS 16.2.1).

Its sink is the stdlib logger `buckler.access`; it is on where that logger takes INFO when the app starts.
The line names the request, the client, the caller where one is known, what was asked for, the route that a
declaration let it in at, and what it took.
Never the query, nor a header, nor a body: tokens and names travel there.
"""

import logging
from functools import lru_cache
from typing import Final

from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.events.lines import LineLogger, Stamps, quoted

ACCESS_LOGGER_NAME: Final = "buckler.access"


class AccessLog:
    """Writes a line a request."""

    def __init__(self, clock: Clock) -> None:
        lines = LineLogger(ACCESS_LOGGER_NAME)
        self._takes, self._write = lines.takes, lines.write
        self._now, self._monotonic = clock.now, clock.monotonic
        self.on = False
        self._stamp = Stamps()
        self._quoted = lru_cache(maxsize=1024)(quoted)
        """For what comes again: methods, clients, callers. Paths are many and long."""

    def look(self) -> None:
        """See whether lines are asked for: when the app starts, so that no request has to."""
        self.on = self._takes(logging.INFO)

    def begin(self) -> float:
        """When a request came."""
        return self._monotonic()

    def end(self, exchange: Exchange, status: int, begun: float) -> None:
        """Write the line of a request that is over."""
        now, took = self._now(), self._monotonic() - begun
        scope, known, principal = exchange.scope, self._quoted, exchange.principal
        who = "" if principal is None else f',"who":{known(principal.id)}'
        route = getattr(exchange.decision, "path", None)
        let_in = "" if route is None else f',"route":{known(route)}'
        line = (
            f'{{"at":"{self._stamp(now)}","request_id":"{exchange.id}","client":{known(exchange.client)}{who},'
            f'"method":{known(scope.get("method", "GET"))},"path":{quoted(scope.get("path", ""))}{let_in},'
            f'"status":{status},"ms":{took * 1000:.1f}}}'
        )
        self._write(logging.INFO, line, now)
