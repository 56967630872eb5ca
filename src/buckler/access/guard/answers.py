"""Middleware of the app that answers by itself, before any route is chosen: `answers(Middleware, "maintenance page")`.

The exit gate holds such an answer, since no declaration allowed it. This one does:

- It counts for an answer that the middleware makes without calling the app for this request, and for no other.
- As soon as the app is called, what leaves is judged as always, whoever sends it: the answer of the app, one that the
  middleware puts in its place, one that it changed.
- Nothing is passed on by a middleware that begins an answer of its own first and calls the app then.
- For HTTP alone: a WebSocket is opened by a route.
- Not below a place that only some may enter, `guarded(..., Requires())` or a router with dependencies: nobody has asked
  there who is calling, so the app does not start.

Caveat: what a middleware kept from an earlier answer, it gives to whoever asks next. A cache is not to be wrapped.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from inspect import isclass
from typing import Any, Final, TypeVar

from buckler.asgi import ASGIApp, Exchange, Message, Receive, Scope, Send, exchange_of
from buckler.errors import UNDECIDED, ConfigurationError
from buckler.refused import Refused

_ASKED: Final = "asked, of buckler"
"""Begins the key of a scope under which stands whether such a middleware called the app; its own number follows."""
_AROUND: Final = "_around_of_buckler"
_DECLARED: Final = "answers_of_buckler"


@dataclass(frozen=True, slots=True)
class Answers:
    """The decision behind such an answer: who makes it, and why."""

    middleware: str
    reason: str


Class = TypeVar("Class", bound=type[Any])


def answers(middleware: Class, reason: str) -> Class:
    """The middleware, whose own answers leave: `app.add_middleware(answers(Maintenance, "maintenance page"), ...)`.

    It is made and called as before. `reason` stands in the event of the start. Raises `ConfigurationError` for what is
    no class of middleware, and without a reason. ASVS 8.1.1.
    """
    if not isclass(middleware) or "__call__" not in dir(middleware):
        raise ConfigurationError(
            f"answers({middleware!r}): write the class, as in add_middleware(answers(Maintenance, 'maintenance page'));"
            " a function of @app.middleware('http') is answers(BaseHTTPMiddleware, ...), dispatch=function."
        )
    if not isinstance(reason, str) or not reason.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(
            f"answers({middleware.__name__}): say in words why it may answer, as in 'maintenance page'."
        )
    if answering(middleware) is not None:
        raise ConfigurationError(
            f"answers({middleware.__name__}): it, or a class that it is made from, is answers(...) already; nobody"
            " could tell whose answer leaves. Write answers() once, around the class that add_middleware gets."
        )
    declared = Answers(middleware.__name__, reason)
    around = f"{_AROUND} {id(declared)}"

    def begin(self: Any, app: ASGIApp, *args: Any, **kwargs: Any) -> None:
        noticing = _Noticing(app)
        object.__setattr__(self, around, noticing)
        made_from: Any = middleware.__init__
        made_from(self, noticing, *args, **kwargs)

    async def call(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        if exchange is None or scope["type"] != "http":
            await middleware.__call__(self, scope, receive, send)
        else:
            own = getattr(self, around).begin(declared, exchange, scope, send)
            await middleware.__call__(self, scope, receive, own.pass_on)

    members: dict[str, Any] = {"__init__": begin, "__call__": call, _DECLARED: declared}
    members |= {name: getattr(middleware, name) for name in ("__module__", "__qualname__", "__doc__")}
    made: Any = type(middleware.__name__, (middleware,), members)
    return made  # type: ignore[no-any-return]


def answering(middleware: object) -> Answers | None:
    """What a class of middleware says of its own answers; None for one that makes none of its own."""
    found = getattr(middleware, _DECLARED, None)
    return found if isinstance(found, Answers) else None


class _Own:
    """One request at one such middleware: whether it answers, or called the app."""

    def __init__(self, declared: Answers, exchange: Exchange, send: Send) -> None:
        self._declared = declared
        self._exchange = exchange
        self._send = send
        self._has_asked = self._has_answered = False

    def asked(self) -> None:
        """The app is called. Raises `Refused` where an answer has begun: nothing is to follow it."""
        if self._has_answered:
            # Fail closed: what the app says would leave under a decision that was not about it.
            self._exchange.refusal = UNDECIDED
            raise Refused(UNDECIDED)
        self._has_asked = True

    def pass_on(self, message: Message) -> Awaitable[None]:
        """What the middleware sends. The beginning of an answer of its own is decided here."""
        exchange = self._exchange
        if not self._has_asked and message["type"] == "http.response.start":
            self._has_answered = True
            # A path that was let off as a probe's is no leave for anything else.
            if exchange.decision is None and exchange.spared is None:
                exchange.decision = self._declared
        return self._send(message)


class _Noticing:
    """The app around which such a middleware stands; notices that it is called."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._key = f"{_ASKED} {id(self)}"
        self._is_judged = False

    def begin(self, declared: Answers, exchange: Exchange, scope: Scope, send: Send) -> _Own:
        """One more request, noted in its scope: nothing of a request lives anywhere else."""
        self._is_judged = True
        own = scope[self._key] = _Own(declared, exchange, send)
        return own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own: _Own | None = scope.get(self._key)
        if own is not None:
            own.asked()
        elif self._is_judged and scope["type"] == "http":
            # Fail closed: with a scope that is not this request's, nobody can tell whose answer it is.
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send)
