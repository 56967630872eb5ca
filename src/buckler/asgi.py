"""The shape of a request between our parts: one `Exchange` per request, kept in its scope.

Nothing about a request lives in a context variable: a decision belongs to this scope alone.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from buckler.errors import Refusal
from buckler.principal import Principal
from buckler.randomness import request_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

EXCHANGE_KEY = "buckler"
"""The key of the scope under which the exchange stands."""

_READ = frozenset(
    (
        b"host",
        b"authorization",
        b"content-length",
        b"transfer-encoding",
        b"accept",
        b"origin",
        b"access-control-request-method",
        b"sec-fetch-mode",
        b"user-agent",
    )
)


class Exchange:
    """What is known and decided about one request.

    `decision` is set by the guard alone, when a declaration allowed the request; `refusal` is
    set by whoever refused first, and from then on nothing else may leave.
    """

    __slots__ = (
        "client",
        "credential_refusal",
        "decision",
        "id",
        "owner",
        "principal",
        "refusal",
        "repeated",
        "scope",
        "values",
    )

    def __init__(self, scope: Scope, owner: object) -> None:
        self.scope = scope
        self.owner = owner
        self.id = request_id()
        self.client: str = ""
        self.decision: object | None = None
        self.refusal: Refusal | None = None
        self.principal: Principal | None = None
        self.credential_refusal: Refusal | None = None
        self.values, self.repeated = _read(scope["headers"])

    @property
    def is_websocket(self) -> bool:
        return self.scope["type"] == "websocket"

    @property
    def method(self) -> str:
        return "GET" if self.is_websocket else str(self.scope["method"])

    @property
    def is_secure(self) -> bool:
        return self.scope.get("scheme") in ("https", "wss")

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header that the edge reads, or None. Name in lower case."""
        return self.values.get(name)


def _read(headers: Headers) -> tuple[dict[bytes, bytes], set[bytes]]:
    values: dict[bytes, bytes] = {}
    repeated: set[bytes] = set()
    for name, value in headers:
        if name in _READ:
            if name in values:
                repeated.add(name)
            else:
                values[name] = value
    return values, repeated


def exchange_of(scope: Scope) -> Exchange | None:
    """The exchange of this request, or None where no edge stands in front."""
    found = scope.get(EXCHANGE_KEY)
    return found if isinstance(found, Exchange) else None
