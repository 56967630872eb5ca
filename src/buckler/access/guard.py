"""The guard: the one place where a request is let in or refused.

It stands in front of the `handle` of every route, so it runs once the router has chosen and
before anything of the route does: no body is read, no dependency runs, and
`dependency_overrides` cannot replace it. Order of answers: 429, 401, 403; then the route.

- A route without a duty refuses.
- An exception in any step refuses.
- A method that the route does not declare is left to the router's 405: the exit gate lets only
  the status of that answer leave.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from starlette.routing import BaseRoute

from buckler.access.declarations import UNDECIDED, Duty
from buckler.access.fastapi_tree import context_of
from buckler.access.passage import Passage
from buckler.asgi import EXCHANGE_KEY, Exchange, Receive, Scope, Send
from buckler.errors import Refusal
from buckler.events import EventLog

GUARD_FAILED: Final = Refusal(
    503,
    "guard-failed",
    "The request could not be judged, so it was refused.",
    ((b"retry-after", b"5"),),
    event="sys_guard_failed",
)


class Guard:
    """Stands in front of one route. `duties` maps each inclusion of the route to its duty."""

    def __init__(self, route: BaseRoute, owner: object, admit: "Admission", refresh: Callable[[], None]) -> None:
        self._route = route
        self._handle: Any = route.handle
        self._owner = owner
        self._admit = admit
        self._refresh = refresh
        self._duties: dict[int, tuple[object | None, Duty]] = {}
        self._only: Duty | None = None
        """The duty of a route that stands in one place alone, outside any included router."""

    def assign(self, duties: Sequence[tuple[object | None, Duty]]) -> None:
        """Take the duties of every inclusion; those of before are void."""
        self._duties = {id(context): (context, duty) for context, duty in duties}
        direct = len(duties) == 1 and duties[0][0] is None
        self._only = duties[0][1] if direct else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange | None = scope.get(EXCHANGE_KEY)
        if exchange is not None and exchange.owner is not self._owner:
            # An outer Buckler judged this route with its own guard.
            await self._handle(scope, receive, send)
            return
        duty = self._only or self._duty(scope)
        if duty is not None and duty.methods is not None and scope.get("method") not in duty.methods:
            await self._handle(scope, receive, send)
            return
        if exchange is None or duty is None:
            # Fail closed: no edge in front, or no duty known.
            await _close(exchange, scope, send)
            return
        admitted = self._admit(exchange, duty)
        if admitted is True or (admitted is not False and await admitted):
            await self._handle(scope, receive, send)
        else:
            await _close(exchange, scope, send)

    def _duty(self, scope: Scope) -> Duty | None:
        context = context_of(scope, self._route)
        found = self._duties.get(id(context))
        if found is None and context is not None:
            self._refresh()
            found = self._duties.get(id(context))
        return found[1] if found is not None and found[0] is context else None


class Admission:
    """Runs the passages in order. The first refusal stands; without one the decision is recorded."""

    def __init__(self, passages: Sequence[Passage], events: EventLog) -> None:
        self._steps = tuple(passage.admit for passage in passages)
        self._events = events

    def __call__(self, exchange: Exchange, duty: Duty) -> bool | Awaitable[bool]:
        """Whether the request is let in; awaitable only when a step has to wait."""
        try:
            for number, step in enumerate(self._steps, 1):
                outcome = step(exchange, duty)
                if outcome is not None:
                    if isinstance(outcome, Refusal):
                        return self._refuse(exchange, outcome)
                    return self._wait(exchange, duty, outcome, number)
        except Exception as error:  # noqa: BLE001 - fail closed: whatever breaks in a guard is a no
            return self._refuse(exchange, GUARD_FAILED, error)
        exchange.decision = duty
        return True

    async def _wait(self, exchange: Exchange, duty: Duty, outcome: Awaitable[Refusal | None], number: int) -> bool:
        """The rest of the way, from the step that has to wait."""
        try:
            refusal = await outcome
            for step in self._steps[number:]:
                if refusal is not None:
                    break
                following = step(exchange, duty)
                refusal = following if following is None or isinstance(following, Refusal) else await following
        except Exception as error:  # noqa: BLE001 - fail closed, as above
            return self._refuse(exchange, GUARD_FAILED, error)
        if refusal is not None:
            return self._refuse(exchange, refusal)
        exchange.decision = duty
        return True

    def _refuse(self, exchange: Exchange, refusal: Refusal, error: Exception | None = None) -> bool:
        exchange.refusal = refusal
        about = {} if error is None else {"error": type(error).__name__}
        self._events.emit(refusal.event, exchange, refusal=refusal.code, status=refusal.status, **about)
        return False


async def _close(exchange: Exchange | None, scope: Scope, send: Send) -> None:
    """End the request inside the app; the edge puts the refusal's own answer in its place."""
    if exchange is not None and exchange.refusal is None:
        exchange.refusal = UNDECIDED
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
