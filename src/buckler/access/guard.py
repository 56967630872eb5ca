"""The guard: the one place where a request is let in or refused.

It stands in front of the `handle` of every route, so it runs once the router has chosen and
before anything of the route does: no body is read, no dependency runs, and
`dependency_overrides` cannot replace it. Order of answers: 429, 401, 403; then the route.

- A route without a duty refuses.
- An exception in any step refuses.
- A method that the route does not declare is 405 here, and never left to the route.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route

from buckler.access.budget import reason_of
from buckler.access.declarations import Duty
from buckler.access.fastapi_tree import context_of
from buckler.access.passage import Passage, Step
from buckler.asgi import EXCHANGE_KEY, Exchange, Receive, Scope, Send
from buckler.errors import UNDECIDED, Refusal

_METHOD_CHECKS: Final[tuple[object, ...]] = (Route.handle, APIRoute.handle)
"""What a direct route's `handle` is unless somebody overrode it: a look at the method, then `app`."""

GUARD_FAILED: Final = Refusal(
    503,
    "guard-failed",
    "The request could not be judged, so it was refused.",
    ((b"retry-after", b"5"),),
    event="sys_guard_failed",
)


@dataclass(frozen=True, slots=True)
class Post:
    """One inclusion of a route, its duty, and the steps that this duty takes."""

    context: object | None
    duty: Duty
    steps: tuple[Step, ...]
    other_method: Refusal
    """The answer to a method that the route does not take (RFC 9110 section 15.5.6)."""


class Guard:
    """Stands in front of one route, with a post for each inclusion of it."""

    def __init__(self, route: BaseRoute, owner: object, admit: "Admission", refresh: Callable[[], object]) -> None:
        self._route = route
        self._inner: Any = route
        self._handle: Any = route.handle
        self._owner = owner
        self._admit = admit.__call__  # the method itself: asking an object for it costs more than the call
        self._refresh = refresh
        self._posts: dict[int, Post] = {}
        self._checks_method_only = type(route).handle in _METHOD_CHECKS
        self._only: Post | None = None
        """The post of a route that stands in one place alone, outside any included router."""

    def assign(self, posts: Sequence[Post]) -> None:
        """Take the posts of every inclusion; those of before are void."""
        self._posts = {id(post.context): post for post in posts}
        self._only = posts[0] if len(posts) == 1 and posts[0].context is None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange | None = scope.get(EXCHANGE_KEY)
        if exchange is not None and exchange.owner is not self._owner:
            await self._pass_on(exchange, scope, receive, send)
            return
        post = self._only or self._post(scope)
        if post is not None and post.duty.methods is not None and scope.get("method") not in post.duty.methods:
            if exchange is not None:
                exchange.refusal = post.other_method
            await _close(exchange, scope, send)
            return
        if exchange is None or post is None:
            # Fail closed: no edge in front, or no duty known.
            await _close(exchange, scope, send)
            return
        admitted = self._admit(exchange, post)
        if not (admitted is True or (admitted is not False and await admitted)):
            await _close(exchange, scope, send)
            return
        exchange.route = self._route
        if self._checks_method_only and post is self._only:
            # The method was checked above, so the route's own check of it is not asked again.
            await self._inner.app(scope, receive, send)
        else:
            await self._handle(scope, receive, send)

    async def _pass_on(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave the decision to the app whose request this is, if it has a guard at this very route."""
        if exchange.route is self._route or self.stands_for(exchange.owner):
            await self._handle(scope, receive, send)
        else:
            # Fail closed: that app does not know this route, so it has judged something else.
            await _close(exchange, scope, send)

    def stands_for(self, owner: object) -> bool:
        """Whether this guard, or one behind it on the same route, is `owner`'s: a router may stand in several apps."""
        return self._owner is owner or (isinstance(self._handle, Guard) and self._handle.stands_for(owner))

    def _post(self, scope: Scope) -> Post | None:
        context = context_of(scope, self._route)
        found = self._posts.get(id(context))
        if found is None and context is not None:
            self._refresh()
            found = self._posts.get(id(context))
        return found if found is not None and found.context is context else None


class Admission:
    """Runs the steps of a duty in order. The first refusal stands; without one the decision is recorded."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = tuple(passages)

    def steps_of(self, duty: Duty) -> tuple[Step, ...]:
        """What a request of this duty goes through. Thought out once, not on each request."""
        steps = (passage.step_for(duty) for passage in self._passages)
        return tuple(step for step in steps if step is not None)

    def __call__(self, exchange: Exchange, post: Post) -> bool | Awaitable[bool]:
        """Whether the request is let in; awaitable only when a step has to wait."""
        try:
            for step in post.steps:
                outcome = step(exchange)
                if outcome is not None:
                    if isinstance(outcome, Refusal):
                        return _refuse(exchange, outcome)
                    return self._wait(exchange, post, step, outcome)
        except Exception as error:  # noqa: BLE001 - fail closed: whatever breaks in a guard is a no
            return _refuse(exchange, GUARD_FAILED, error)
        exchange.decision = post.duty
        return True

    async def _wait(self, exchange: Exchange, post: Post, waiting: Step, outcome: Awaitable[Refusal | None]) -> bool:
        """The rest of the way, from the step that has to wait."""
        try:
            refusal = await outcome
            for step in post.steps[post.steps.index(waiting) + 1 :]:
                if refusal is not None:
                    break
                following = step(exchange)
                refusal = following if following is None or isinstance(following, Refusal) else await following
        except Exception as error:  # noqa: BLE001 - fail closed, as above
            return _refuse(exchange, GUARD_FAILED, error)
        if refusal is not None:
            return _refuse(exchange, refusal)
        exchange.decision = post.duty
        return True


def _refuse(exchange: Exchange, refusal: Refusal, error: Exception | None = None) -> bool:
    exchange.refusal = refusal
    if error is not None:
        exchange.reason = reason_of(error)
    return False


async def _close(exchange: Exchange | None, scope: Scope, send: Send) -> None:
    """End the request inside the app; the edge puts the refusal's own answer in its place.

    The status is the refusal's, so that middleware of the app that counts answers counts right.
    """
    refusal = (exchange.refusal if exchange is not None else None) or UNDECIDED
    if exchange is not None:
        exchange.refusal = refusal
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    await send({"type": "http.response.start", "status": refusal.status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
