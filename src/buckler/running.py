"""An app with Buckler on it while it serves: its start, its stop, and every call between.

- The table of routes is judged when the app has started up and before the first request. A start
  that is refused fails the lifespan; where no server runs the lifespan, every answer is 503.
- Routes added later are judged before the next request; one that declares nothing stays shut.
- An app mounted in one that Buckler protects already leaves the judging to the outer one.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final, Protocol

from fastapi import FastAPI

from buckler.access.guard.question import table_of
from buckler.access.routes.judgement import Fault, Judgement
from buckler.access.routes.openapi import PROBLEM, Credentials, describe_duties
from buckler.access.routes.route_table import RouteTable
from buckler.asgi import EXCHANGE_KEY, ASGIApp, Message, Receive, Scope, Send, exchange_of
from buckler.edge.edge import Edge
from buckler.edge.lifting import Lifting
from buckler.edge.safe_errors import SafeErrors
from buckler.edge.timed import Timed
from buckler.errors import Refusal, StartRefused
from buckler.events import EventLog
from buckler.exemptions import Exemptions
from buckler.measuring import Measuring
from buckler.metrics import Tally
from buckler.settings import StartRules
from buckler.turnstile import Turnstile

NOT_STARTED: Final = Refusal(503, "not-started", "This service could not start; its log says why.", event=None)
_LOGGER: Final = logging.getLogger("buckler")


class CallerSource(Protocol):
    """Where callers come from, which must be open while the app serves."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def why_not_ready(self) -> str | None:
        """Why requests that need this would fail now, for the log; None where they would not. May raise."""
        ...

    def measure(self, tally: Tally | None) -> None:
        """Count and time what happens in it from now on, or no more."""
        ...


class Begins(Protocol):
    """What looks after itself while the app serves."""

    def begin(self) -> None: ...

    def end(self) -> None: ...


class Running:
    """Takes every ASGI call in the place of the app itself."""

    def __init__(
        self,
        app: FastAPI,
        table: RouteTable,
        edge: Edge,
        events: EventLog,
        *,
        callers: CallerSource | None,
        handlers: Sequence[SafeErrors],
        credentials: Credentials,
        start_rules: StartRules,
        lifting: Lifting | None,
        measuring: Measuring,
        security: Begins | None,
    ) -> None:
        self._app = app
        self._table = table
        self.edge = edge
        self._events = events
        self._callers = callers
        self._handlers = handlers
        self._credentials = credentials
        self._start_rules = start_rules
        self.lifting = lifting
        self._exemptions = Exemptions(table, events, lifting)
        self._failure: Exception | None = None
        self._faults: list[Fault] = []
        self._starting = Turnstile()
        self._ready = self._plain = False
        self.is_stopping = False
        """Whether it was told to stop: requests are served as long as they come, and should not."""
        self._measuring = measuring
        self._security = security
        self._serving: Edge | Timed = edge
        self._install_handlers([app])

    async def start(self) -> None:
        """Judge the table of routes and open what the app needs. Doing it again changes nothing.

        Raises `StartRefused` with every reason, and `ConfigurationError` for what cannot be opened.
        """
        self._refresh()
        self._report(self._faults)
        self._refuse_faults([] if self._ready else self._refused_by_settings())
        if self._ready:
            return
        self._serving = self._measuring.begin(self.edge, self._table, self._events)
        if self._callers is not None:
            self._callers.measure(self.edge.tally)
            await self._callers.open()
        self.edge.access.look()
        self.edge.readers.learn(self._app.user_middleware)
        self._ready, self.is_stopping = True, False
        self._plain = self._serving is self.edge
        self._events.emit("sys_startup", routes=len(self._table.duties), settings=self._start_rules.changed_lines())
        if self.lifting is not None:
            self.lifting.begin()
        if self._security is not None:
            self._security.begin()
        for exemption in self._start_rules.exemptions():
            self._events.emit("sys_exemption", None, **exemption)
        self._exemptions.tell()

    @property
    def table(self) -> RouteTable:
        """The table of routes that the guards look up."""
        return self._table

    def judged(self) -> tuple[Judgement, ...]:
        """Every door with its duty, judged now if need be; nothing is opened. Raises `StartRefused` as `start` does."""
        if self._table.is_stale or self._faults:
            self._refresh()
        self._refuse_faults()
        return self._table.judgements

    def _refused_by_settings(self) -> list[str]:
        refused = self._start_rules.faults([self._app, *self._table.apps])
        for each in refused:
            self._events.emit("sys_start_refused", reason=each)
        return refused

    def _refuse_faults(self, more: Sequence[str] = ()) -> None:
        faults = [*map(str, self._faults), *more]
        if faults:
            text = "\n\n".join(faults)
            raise StartRefused(f"The app does not start: {len(faults)} to mend.\n\n{text}")

    async def stop(self) -> None:
        """Close what `start` opened."""
        self._ready = self._plain = False
        self.is_stopping = True
        if self._security is not None:
            self._security.end()
        if self._callers is not None:
            await self._callers.close()
        self._events.flush()
        self._events.emit("sys_shutdown")

    def drain(self) -> None:
        """Say from now on that no requests should come; those that do are served."""
        self.is_stopping = True

    async def why_not_ready(self) -> str | None:
        """Why requests would fail now, for the log alone; None where they would not. May raise.

        Before the start no request gets this far: it is answered with `NOT_STARTED`.
        """
        return await self._callers.why_not_ready() if self._callers is not None else None

    def serves_plainly(self, scope: Scope) -> bool:
        """Whether this is a request like any other.

        The app has started, its routes are judged, nobody is outside, and nobody measures.
        """
        return self._plain and not self._table.is_stale and EXCHANGE_KEY not in scope and scope["type"] != "lifespan"

    async def serve(self, inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve any call: the start and the stop, and a request before the one or between changes of routes."""
        if scope["type"] == "lifespan":
            await self._serve_lifespan(inner, scope, receive, send)
        elif self._is_judged_outside(scope):
            await inner(scope, receive, send)
        elif not self._ready and not await self._start_late():
            await self.edge.refuse(NOT_STARTED, scope, send)
        else:
            if self._table.is_stale:
                self._report(self._refresh())
                self._exemptions.tell()
                self._table.drop_overrides()
            outer = scope.get(EXCHANGE_KEY)
            await self._serving(inner, scope, receive, send)
            if outer is not None:
                # The app called itself with its own scope: that was a request of its own.
                scope[EXCHANGE_KEY] = outer

    def describe(self, app: FastAPI, document: dict[str, Any]) -> dict[str, Any]:
        """Write what the guard enforces into the OpenAPI document of `app`, this one or one mounted in it."""
        if PROBLEM in document.get("components", {}).get("schemas", {}):
            return document
        if self._table.is_stale:
            self._refresh()
        return describe_duties(document, self._table.duties_of(app), credentials=self._credentials)

    def _refresh(self) -> list[Fault]:
        self._faults = self._table.refresh()
        self._install_handlers(self._table.apps)
        return self._faults

    def _report(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            self._events.emit("sys_start_refused", reason=fault.what)

    def _install_handlers(self, apps: Sequence[FastAPI]) -> None:
        """Early: Starlette copies the handlers of an app when its lifespan begins, before routes are judged."""
        for handlers in self._handlers:
            for app in apps:
                handlers.install(app)

    async def _start_late(self) -> bool:
        """Start at the first request, where no server ran the lifespan. A failure stays one.

        Requests that come meanwhile wait for it, from whatever event loop.
        """
        async with self._starting.turn():
            if not self._ready and self._failure is None:
                try:
                    await self.start()
                except Exception as error:  # noqa: BLE001 - fail closed: whatever keeps us from starting is a 503
                    self._failure = error
                    self._events.emit("sys_start_refused", reason=type(error).__name__)
                    _LOGGER.critical("%s", error)
        return self._ready

    def _is_judged_outside(self, scope: Scope) -> bool:
        """Whether another app's Buckler, further out, has this app in its table and so judges its routes."""
        outer = exchange_of(scope)
        owner = table_of(outer.owner) if outer is not None else None
        return isinstance(owner, RouteTable) and owner is not self._table and owner.knows(self._app)

    async def _serve_lifespan(self, inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Start once the app's own start-up is done; stop once its shutdown is."""
        refused: Exception | None = None

        async def sending(message: Message) -> None:
            nonlocal refused
            if message["type"] == "lifespan.startup.complete":
                try:
                    await self.start()
                except Exception as error:
                    # Raised into the app's lifespan, so that what it opened is closed again.
                    refused = error
                    raise
            elif message["type"] == "lifespan.startup.failed" and refused is not None:
                message = {**message, "message": str(refused)}
            elif message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
                await self.stop()
            await send(message)

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self.drain()
            return message

        await inner(scope, receiving, sending)
