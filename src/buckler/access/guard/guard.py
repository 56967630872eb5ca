"""The guard: where the declarations of a route decide about a request.

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

from buckler.access.declarations.declaration import Duty
from buckler.access.doors.door import Door
from buckler.access.doors.passage import Passage, Step
from buckler.access.guard.blame import Blamed
from buckler.access.guard.body_head import BodyHead
from buckler.access.guard.question import Question
from buckler.access.guard.reasons import reason_of
from buckler.asgi import EXCHANGE_KEY, ASGIApp, Exchange, Receive, Refuser, Scope, Send
from buckler.edge.lifting import Lifts, never, stands_at
from buckler.errors import UNDECIDED, Refusal
from buckler.fastapi_scope import inclusion_of
from buckler.refused import Refused
from buckler.storage.unavailable import StorageUnavailable

_METHOD_CHECKS: Final[tuple[object, ...]] = (Route.handle, APIRoute.handle)
"""What a direct route's `handle` is unless somebody overrode it: a look at the method, then `app`."""

_HELD: Final = frozenset((b"content-type", b"cookie"))
"""Without both there is no body to look into, or nobody who came by a cookie."""

Serve = Callable[[Scope, Receive, Send], Awaitable[bool]]
"""Answers a request that is let in; False where the route has to, with nothing done yet."""
Around = Callable[[ASGIApp], ASGIApp]

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
    serve: Serve | None = None
    """How the route is served where it is plain."""
    blamed: tuple[Blamed, ...] = ()
    """Of each step, who refuses there: for the log."""
    looks_ahead: bool = False
    """Whether a step looks at the beginning of a body, which is then held for the route."""

    def refuser(self, step: Step) -> Blamed:
        """Who refuses by this step."""
        return self.blamed[self.steps.index(step)] if self.blamed else Blamed(None, self.duty)


Admit = Callable[[Exchange, Post], bool | Awaitable[bool]]
"""Whether a request is let in at a post; awaitable only when something has to wait."""


class Guard:
    """Stands in front of one route, with a post for each inclusion of it."""

    def __init__(self, route: BaseRoute, owner: object, admit: "Admission", refresh: Callable[[], object]) -> None:
        self._route = route
        self._inner: Any = route
        self._handle: Any = route.handle
        self._owner = owner
        self.admit: Admit = admit.__call__  # the method itself: asking an object for it costs more than the call
        self._refresh = refresh
        self._posts: dict[int, Post] = {}
        self._let_in: Any = route.handle
        """What a request that is let in gets: the handler, of a probe without its words."""
        self._checks_method_only = type(route).handle in _METHOD_CHECKS
        self._only: Post | None = None
        """The post of a route that stands in one place alone, outside any included router."""

    def assign(self, posts: Sequence[Post], around: Around | None = None) -> None:
        """Take the posts of every inclusion; those of before are void. `around` stands between guard and handler."""
        self._posts = {id(post.context): post for post in posts}
        self._only = posts[0] if len(posts) == 1 and posts[0].context is None else None
        self._let_in = self._handle if around is None else around(self._handle)
        self._checks_method_only = type(self._route).handle in _METHOD_CHECKS and around is None

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
        if post.looks_ahead and exchange.headers.keys() >= _HELD:
            receive = exchange.ahead = BodyHead(receive)
        admitted = self.admit(exchange, post)
        if not (admitted is True or (admitted is not False and await admitted)):
            await _close(exchange, scope, send)
            return
        exchange.route = self._route
        if post.serve is not None and await post.serve(scope, receive, send):
            return
        if self._checks_method_only and post is self._only:
            # The method was checked above, so the route's own check of it is not asked again.
            await self._inner.app(scope, receive, send)
        else:
            await self._let_in(scope, receive, send)

    async def _pass_on(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave the decision to the app whose request this is, if it has a guard at this very route."""
        if isinstance(exchange.owner, Question):
            await self._answer(exchange.owner, exchange, scope, receive, send)
        elif exchange.route is self._route or self.stands_for(exchange.owner):
            await self._handle(scope, receive, send)
        else:
            # Fail closed: that app does not know this route, so it has judged something else.
            await _close(exchange, scope, send)

    async def _answer(self, question: Question, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        """Say which post a request would have met, and let nothing on."""
        if question.table is self._owner:
            question.met.append(self._only or self._post(scope))
        elif isinstance(self._handle, Guard):
            await self._handle(scope, receive, send)
            return
        await _close(exchange, scope, send)

    def stands_for(self, owner: object) -> bool:
        """Whether this guard, or one behind it on the same route, is `owner`'s: a router may stand in several apps."""
        return self._owner is owner or (isinstance(self._handle, Guard) and self._handle.stands_for(owner))

    def _post(self, scope: Scope) -> Post | None:
        context = inclusion_of(scope, self._route)
        found = self._posts.get(id(context))
        if found is None and context is not None:
            self._refresh()
            found = self._posts.get(id(context))
        return found if found is not None and found.context is context else None


class Admission:
    """Runs the steps of a duty in order. The first refusal stands; without one the decision is recorded."""

    def __init__(self, passages: Sequence[Passage], lifts: Lifts = never) -> None:
        self._passages = tuple(passages)
        self._lifts = lifts

    def steps_of(self, duty: Duty) -> tuple[tuple[Step, Blamed], ...]:
        """What a request of this duty goes through, and who refuses there. Thought out once, not on each request."""
        steps = [(passage.step_for(duty), Blamed(passage, duty)) for passage in self._passages]
        return tuple((step, blamed) for step, blamed in steps if step is not None)

    def prepare(self, judged: Sequence[tuple[Door, Duty]]) -> None:
        """Let each passage change what it must at the doors themselves."""
        for passage in self._passages:
            passage.prepare(judged)

    def __call__(self, exchange: Exchange, post: Post) -> bool | Awaitable[bool]:
        """Whether the request is let in; awaitable only when a step has to wait."""
        if exchange.spared is not None and not post.duty.is_probe:
            # Fail closed: the path is that of a probe, but the route that was chosen is none.
            return _refuse(exchange, exchange.spared)
        if exchange.lifted is not None and not _is_lifted_here(exchange, post.duty):
            return False
        try:
            for step in post.steps:
                outcome = step(exchange)
                if outcome is not None:
                    if not isinstance(outcome, Refusal):
                        return self._wait(exchange, post, step, outcome)
                    if self._standing(outcome, exchange, post) is not None:
                        return _refuse(exchange, outcome, post.refuser(step))
        except Exception as error:  # noqa: BLE001 - fail closed: whatever breaks in a guard is a no
            return _fail(exchange, error)
        exchange.decision = post.duty
        return True

    async def _wait(self, exchange: Exchange, post: Post, waiting: Step, outcome: Awaitable[Refusal | None]) -> bool:
        """The rest of the way, from the step that has to wait."""
        step = waiting
        try:
            refusal = self._standing(await outcome, exchange, post)
            for after in post.steps[post.steps.index(waiting) + 1 :]:
                if refusal is not None:
                    break
                step = after
                following = step(exchange)
                found = following if following is None or isinstance(following, Refusal) else await following
                refusal = self._standing(found, exchange, post)
        except Exception as error:  # noqa: BLE001 - fail closed, as above
            return _fail(exchange, error)
        if refusal is not None:
            return _refuse(exchange, refusal, post.refuser(step))
        exchange.decision = post.duty
        return True

    def _standing(self, refusal: Refusal | None, exchange: Exchange, post: Post) -> Refusal | None:
        """The refusal, unless a trial lifts it at this door."""
        if refusal is None or stands_at(post.duty, refusal, exchange):
            return refusal
        return None if self._lifts(refusal, exchange) else refusal


def _is_lifted_here(exchange: Exchange, duty: Duty) -> bool:
    """Whether what a trial lifted at the edge, where no door is known, may pass at this one."""
    found = exchange.lifted or {}
    for code, lifted in found.items():
        if stands_at(duty, lifted.refusal, exchange):
            exchange.reason, exchange.remedy = lifted.reason, lifted.remedy
            del found[code]
            return _refuse(exchange, lifted.refusal, lifted)
    return True


def _refuse(exchange: Exchange, refusal: Refusal, by: Refuser | None = None) -> bool:
    exchange.refusal = refusal
    if by is not None:
        exchange.by = by
    return False


def _fail(exchange: Exchange, error: Exception) -> bool:
    if isinstance(error, Refused):
        # What judges bodies raises it, where a step looks at the beginning of one.
        exchange.reason = error.reason or exchange.reason
        return _refuse(exchange, error.refusal)
    if isinstance(error, StorageUnavailable):
        exchange.reason = error.reason
        return _refuse(exchange, error.refusal)
    exchange.reason = reason_of(error)
    return _refuse(exchange, GUARD_FAILED)


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
