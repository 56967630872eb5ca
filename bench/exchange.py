"""One request in and its answer out, spoken to an ASGI app directly: no socket, no server."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

HOST: Final = "api.example.test"
ORIGIN: Final = f"https://{HOST}"

# What the script of a web page sends with `fetch`; the Host and Authorization lines make it eight.
_BROWSER: Final[tuple[Header, ...]] = (
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    (b"accept", b"application/json"),
    (b"accept-language", b"en-GB,en;q=0.7,de;q=0.3"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"sec-fetch-site", b"same-origin"),
    (b"sec-fetch-mode", b"cors"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a server has read from the wire."""

    address: str
    token: str | None = None
    path: str = "/me"
    host: str = HOST
    method: str = "GET"
    body: bytes = b""
    more: tuple[Header, ...] = ()

    def headers(self) -> list[Header]:
        lines: list[Header] = [(b"host", self.host.encode()), *_BROWSER]
        if self.token is not None:
            lines.append((b"authorization", f"Bearer {self.token}".encode()))
        return lines + list(self.more)

    def scope(self) -> dict[str, Any]:
        """A fresh scope, as uvicorn makes it for a request over TLS."""
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8443),
            "client": (self.address, 50000),
            "scheme": "https",
            "method": self.method,
            "root_path": "",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "headers": self.headers(),
            "state": {},
        }


@dataclass(slots=True)
class Answer:
    """The server's side of one exchange: gives the body once, keeps what the app sends."""

    sent: bytes = b""
    messages: list[Message] = field(default_factory=list[Message])
    body_given: bool = False

    async def receive(self) -> Message:
        if self.body_given:
            await asyncio.get_running_loop().create_future()  # nobody disconnects: whoever asks is cancelled
        self.body_given = True
        return {"type": "http.request", "body": self.sent, "more_body": False}

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"]) if self.messages else 0

    @property
    def headers(self) -> list[Header]:
        """The response headers; names in lower case, as they are compared without regard to case."""
        found = self.messages[0].get("headers", ()) if self.messages else ()
        return [(name.lower(), value) for name, value in found]

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])

    def document(self) -> object:
        """The body as JSON, or None where it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def post(address: str, path: str, content: Mapping[str, str]) -> Request:
    """A request that carries a JSON document."""
    body = json.dumps(content).encode()
    kind = ((b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)))
    return Request(address, path=path, method="POST", body=body, more=kind)


async def ask(app: ASGIApp, request: Request) -> Answer:
    """Drive one exchange to its end."""
    answer = Answer(request.body)
    await app(request.scope(), answer.receive, answer.send)
    return answer
