"""Speaking ASGI by hand, so that a test sends exactly what it means to and sees what the app read.

`ask` is one HTTP request, `knock` one WebSocket handshake, `Lifespan` a server's start and stop.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import unquote_to_bytes

HOST = "api.example.test"
CLIENT = ("127.0.0.1", 50000)

Fields = Iterable[tuple[str | bytes, str | bytes]]


@dataclass(frozen=True)
class Answer:
    """What came back, and how much of the request the app read before it answered."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    received: int
    """How often the app called `receive()`."""
    bytes_read: int
    error: Exception | None = None
    """What the app raised to the server, answer or not."""

    def values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value.decode("latin-1") for key, value in self.headers if key.decode("latin-1").lower() == name]

    def header(self, name: str) -> str | None:
        """The only value of a header, or None. Fails where it was sent twice."""
        values = self.values(name)
        assert len(values) < 2, f"{name} was sent {len(values)} times"
        return values[0] if values else None

    @property
    def problem(self) -> dict[str, Any]:
        """The body as a problem document."""
        assert self.header("content-type") == "application/problem+json", self.headers
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def code(self) -> str:
        """The code at the end of the problem's type."""
        return str(self.problem["type"]).rpartition(":")[2]


@dataclass(frozen=True)
class Knock:
    """What became of a WebSocket: whether it was accepted, how it was closed, what was said."""

    accepted: bool
    code: int | None
    messages: list[dict[str, Any]]
    received: int
    error: Exception | None = None


@dataclass
class _Sender:
    """The client's side of a body: counts what the app takes."""

    chunks: AsyncIterator[bytes] | None
    calls: int = 0
    bytes_read: int = 0

    async def __call__(self) -> dict[str, Any]:
        self.calls += 1
        if self.chunks is not None:
            async for chunk in self.chunks:
                self.bytes_read += len(chunk)
                return {"type": "http.request", "body": chunk, "more_body": True}
            self.chunks = None
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.disconnect"}


async def ask(
    app: Any,
    method: str,
    target: str,
    *,
    headers: Fields = (),
    body: bytes | AsyncIterator[bytes] = b"",
    json_body: object = None,
    token: str | None = None,
    client: tuple[str, int] | None = CLIENT,
    scheme: str = "https",
    host: str | None = HOST,
    scope: Mapping[str, Any] | None = None,
) -> Answer:
    """One HTTP request. `target` is sent as it stands; only `path` is decoded, as a server does."""
    fields = list(headers)
    if json_body is not None:
        body = json.dumps(json_body).encode()
        fields.append(("content-type", "application/json"))
    sender = _Sender(_once(body) if isinstance(body, bytes) else body)
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    whole = {**_scope("http", target, fields, token, client, host), "method": method, "scheme": scheme}
    error = await _call(app, whole | dict(scope or {}), sender, send)
    return _answer(sent, sender, error)


async def knock(
    app: Any,
    target: str,
    *,
    headers: Fields = (),
    token: str | None = None,
    says: Iterable[str] = (),
    client: tuple[str, int] | None = CLIENT,
    scheme: str = "wss",
    host: str | None = HOST,
) -> Knock:
    """One WebSocket: the handshake, then every text of `says`, then the client leaves."""
    inbox: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    inbox += [{"type": "websocket.receive", "text": text} for text in says]
    inbox.append({"type": "websocket.disconnect", "code": 1000})
    sent: list[dict[str, Any]] = []
    calls = 0

    async def receive() -> dict[str, Any]:
        nonlocal calls
        calls += 1
        return inbox.pop(0) if len(inbox) > 1 else inbox[0]

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = _scope("websocket", target, headers, token, client, host) | {"scheme": scheme, "subprotocols": []}
    error = await _call(app, scope, receive, send)
    closes = [each.get("code", 1000) for each in sent if each["type"] == "websocket.close"]
    accepted = any(each["type"] == "websocket.accept" for each in sent)
    return Knock(accepted, closes[0] if closes else None, sent, calls, error)


@dataclass
class Lifespan:
    """A server's start and stop: `async with Lifespan(app):`, or `start()` and then look."""

    app: Any
    state: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None
    """The message of `lifespan.startup.failed`."""
    error: BaseException | None = None
    """What the app raised to the server."""

    def __post_init__(self) -> None:
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> bool:
        """Whether the app started."""
        self._task = asyncio.create_task(self._serve())
        return await self._said("startup")

    async def stop(self) -> bool:
        """Whether the app stopped in order."""
        stopped = await self._said("shutdown")
        assert self._task is not None
        await self._task
        return stopped

    async def __aenter__(self) -> Self:
        started = await self.start()
        assert started, f"the app did not start: {self.failure or self.error}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert await self.stop()

    async def _said(self, phase: str) -> bool:
        await self._inbox.put({"type": f"lifespan.{phase}"})
        message = await asyncio.wait_for(self._outbox.get(), 10)
        self.failure = message.get("message") if message["type"].endswith("failed") else None
        if self.failure is not None and self._task is not None:
            await asyncio.wait((self._task,), timeout=10)
        return bool(message["type"] == f"lifespan.{phase}.complete")

    async def _serve(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self.app(scope, self._inbox.get, self._outbox.put)
        except Exception as error:  # noqa: BLE001 - a server takes whatever comes
            self.error = error
        finally:
            await self._outbox.put({"type": "lifespan.ended"})


def _scope(
    kind: str, target: str, headers: Fields, token: str | None, client: tuple[str, int] | None, host: str | None
) -> dict[str, Any]:
    raw = target.encode("latin-1")
    path, _, query = raw.partition(b"?")
    fields = [(b"host", host.encode("latin-1"))] if host is not None else []
    if token is not None:
        fields.append((b"authorization", b"Bearer " + token.encode("latin-1")))
    fields += [(_bytes(name).lower(), _bytes(value)) for name, value in headers]
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8443),
        "client": client,
        "root_path": "",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "headers": fields,
        "state": {},
    }


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


async def _once(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body


async def _call(app: Any, scope: dict[str, Any], receive: Any, send: Any) -> Exception | None:
    try:
        await asyncio.wait_for(app(scope, receive, send), 20)
    except Exception as error:  # noqa: BLE001 - what a server would log
        return error
    return None


def _answer(sent: list[dict[str, Any]], sender: _Sender, error: Exception | None) -> Answer:
    starts = [each for each in sent if each["type"] == "http.response.start"]
    assert len(starts) < 2, "two answers to one request"
    body = b"".join(each.get("body", b"") for each in sent if each["type"] == "http.response.body")
    if not starts:
        return Answer(0, [], body, sender.calls, sender.bytes_read, error)
    headers = [(bytes(name), bytes(value)) for name, value in starts[0].get("headers", ())]
    return Answer(starts[0]["status"], headers, body, sender.calls, sender.bytes_read, error)
