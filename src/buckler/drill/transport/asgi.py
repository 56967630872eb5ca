"""An app in this process, asked over ASGI as a server would ask it.

1. The lifespan runs around everything: what the app opens at its start it has, and what it closes is closed.
2. Each request has the address that its caller was given, so what is counted by client is counted for each.
3. An error that leaves the app is an answer that never came: a server would send a bare 500 or close the connection.
4. A call of the app that does not end is left alone (`calls.py`), and so is a lifespan.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from buckler.clock import SystemClock
from buckler.drill.transport.answer import MOST_BYTES, NOTHING, Answer
from buckler.drill.transport.calls import Calls, said_of
from buckler.drill.transport.carrier import UNSAID_ORIGIN
from buckler.drill.transport.encoded import readable
from buckler.drill.transport.request import Request

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

_PORT: Final = 50000
_CHUNK: Final = 64 * 1024
_STATUSES: Final = range(100, 1000)
_START: Final = 30.0
"""Seconds that an app has for its start."""
_END: Final = 5.0
"""Seconds that its lifespan has to end, once it is told to."""


class StartFailed(Exception):
    """The app could not be started. The text says why."""


class InProcess:
    """Carries requests to an ASGI app."""

    in_process = True

    def __init__(
        self, app: App, origin: str = UNSAID_ORIGIN, state: Message | None = None, calls: Calls | None = None
    ) -> None:
        self._app = app
        self._origin = urlsplit(origin)
        self._state: Message = {} if state is None else state
        self.calls = calls or Calls()
        self.mishaps: list[str] = []
        """Of its lifespan: that it did not stop as it should."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told of the app besides."""
        return (*self.calls.notes, *self.mishaps)

    @property
    def origin(self) -> str:
        """Where the app believes to be."""
        return f"{self._origin.scheme}://{self._origin.netloc}"

    async def carry(self, request: Request, *, address: str, within: float) -> Answer:
        """Ask the app. See `Carrier`."""
        listener = _Listener(request.body)
        began = SystemClock.monotonic()
        call = self._app(self._scope(request, address), listener.receive, listener.send)
        failure = await self.calls.make(f"{request.method} {request.path}", call, within)
        return listener.answer(SystemClock.monotonic() - began, failure)

    def _scope(self, request: Request, address: str) -> Message:
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in request.headers
        ]
        names = {name for name, _ in headers}
        if b"host" not in names:
            headers.insert(0, (b"host", self._origin.netloc.encode()))
        if request.body and not names & {b"content-length", b"transfer-encoding"}:
            headers.append((b"content-length", b"%d" % len(request.body)))
        raw = request.path.encode("latin-1", "replace")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": self._origin.scheme,
            "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
            "raw_path": raw,
            "query_string": request.query.encode("latin-1", "replace"),
            "root_path": "",
            "headers": headers,
            "client": (address, _PORT),
            "server": (self._origin.hostname or "localhost", self._origin.port or 443),
            "state": dict(self._state),
        }


class _Listener:
    """The other end of one request: gives the body out and takes the answer in."""

    def __init__(self, body: bytes) -> None:
        self._left = memoryview(body)
        self._taken = 0
        self._given = False
        self._over = asyncio.Event()
        self._status = NOTHING
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body = bytearray()

    async def receive(self) -> Message:
        if self._given:
            await self._over.wait()
            return {"type": "http.disconnect"}
        part, self._left = bytes(self._left[:_CHUNK]), self._left[_CHUNK:]
        self._taken += len(part)
        self._given = not self._left
        return {"type": "http.request", "body": part, "more_body": bool(self._left)}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            status = int(message["status"])
            if status not in _STATUSES:
                raise ValueError("a status has three digits")
            self._status = status
            self._headers = tuple(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
            )
        elif message["type"] == "http.response.body":
            if len(self._body) < MOST_BYTES:
                self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._over.set()

    def answer(self, seconds: float, failure: str) -> Answer:
        """What was heard. An app that raises after a whole answer has answered, and a server sends it."""
        if self._status == NOTHING:
            return Answer(NOTHING, seconds=seconds, failure=failure or "the app sent no answer", taken=self._taken)
        body, why = readable(bytes(self._body[:MOST_BYTES]), self._headers, MOST_BYTES)
        return Answer(self._status, self._headers, body, seconds, failure, self._taken, unread=why)


@asynccontextmanager
async def started(app: App, origin: str = UNSAID_ORIGIN, calls: Calls | None = None) -> AsyncGenerator[InProcess]:
    """Start the app for the block and stop it after. Raises `StartFailed`."""
    calls = calls or Calls()
    state: Message = {}
    incoming: asyncio.Queue[Message] = asyncio.Queue()
    outgoing: asyncio.Queue[Message] = asyncio.Queue()
    scope: Message = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    living = calls.begin("the start of the app", _lived(app(scope, incoming.get, outgoing.put)))
    carrier: InProcess | None = None
    try:
        await incoming.put({"type": "lifespan.startup"})
        await _stage(living, outgoing, "startup")
        carrier = InProcess(app, origin, state, calls)
        yield carrier
        if not living.done():
            calls.call_it(living, "the end of the app")
            await incoming.put({"type": "lifespan.shutdown"})
            try:
                await _stage(living, outgoing, "shutdown")
            except StartFailed as failure:
                # All is done by then, and what was found shall be told.
                carrier.mishaps.append(str(failure))
    finally:
        living.cancel()
        _, running = await asyncio.wait([living], timeout=_END)
        if running and carrier is not None:
            carrier.mishaps.append(f"The app's lifespan did not end within {_END:g} s: it was left.")


async def _lived(life: Awaitable[None]) -> None:
    """Wait for its end. An app that ends the process ends its own lifespan by that, and nothing else."""
    try:
        await life
    except SystemExit as ended:
        raise StartFailed(f"the app raised SystemExit({ended.code})") from ended
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as ended:
        raise StartFailed(said_of(ended)) from ended


async def _stage(living: "asyncio.Future[None]", outgoing: "asyncio.Queue[Message]", stage: str) -> None:
    """Wait until the app has come through. One that ends without a word has no lifespan, which is fine."""
    told = asyncio.ensure_future(outgoing.get())
    either: set[asyncio.Future[Any]] = {living, told}
    done, _ = await asyncio.wait(either, timeout=_START, return_when=asyncio.FIRST_COMPLETED)
    if not done:
        told.cancel()
        raise StartFailed(f"The app did not come through its {stage} within {_START:g} s.")
    if told in done:
        message = told.result()
        if message["type"].endswith(".failed"):
            raise StartFailed(f"The app's {stage} failed: {message.get('message') or 'no reason was given'}")
        return
    told.cancel()
    failure = None if living.cancelled() else living.exception()
    if failure is not None and (stage == "shutdown" or isinstance(failure, StartFailed)):
        raise StartFailed(f"The app's {stage} failed: {failure}")
    # Raising at once is how an app says that it knows no lifespan (ASGI, lifespan specification).
