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


class Exchange:
    """What is known and decided about one request.

    `decision` is set by the guard alone, when a declaration allowed the request; `refusal` is
    set by whoever refused first, and from then on nothing else may leave. `reason` says why, for the
    log alone, and `remedy` what to set if that was meant to pass.
    """

    decision: object | None = None
    refusal: Refusal | None = None
    reason: str | None = None
    remedy: str | None = None
    principal: Principal | None = None
    credential_refusal: Refusal | None = None
    route: object | None = None
    """The route at which the guard decided."""
    body_limit: int | None = None
    """The most bytes of body that the route takes, where it declares that itself."""
    answer_fields: tuple[tuple[bytes, bytes], ...] = ()
    """Header fields that the answer carries, whatever it is. Names in lower case."""
    forwarded_hosts: tuple[bytes, ...] = ()
    """What proxies of ours say that the client asked for, beside `Host`."""
    repeated: frozenset[bytes] = frozenset()
    """The names of header lines that came more than once."""

    claimed: str | None = None
    """The address that the server gave, where it may be a stranger's word: for the log alone."""

    def __init__(self, scope: Scope, owner: object) -> None:
        self.scope = scope
        self.owner = owner
        self.id = request_id()
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.headers = dict(headers)
        if len(self.headers) != len(headers):
            self.headers, self.repeated = _read_repeated(headers)
        self.is_secure = scope.get("scheme") in ("https", "wss")
        client = scope.get("client")
        self.client: str = client[0] if client else ""
        """The address of the client; empty for a Unix socket. Until something at the edge knows better, the peer's."""

    @property
    def is_websocket(self) -> bool:
        return bool(self.scope["type"] == "websocket")

    @property
    def method(self) -> str:
        return "GET" if self.is_websocket else str(self.scope["method"])

    async def break_off(self, refusal: Refusal) -> None:
        """Refuse in the middle of an answer or a conversation: nothing more of it leaves."""
        self.refusal = refusal

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header, or None. Name in lower case."""
        return self.headers.get(name)


def _read_repeated(headers: Headers) -> tuple[dict[bytes, bytes], frozenset[bytes]]:
    values: dict[bytes, bytes] = {}
    repeated: set[bytes] = set()
    for name, value in headers:
        if name in values:
            repeated.add(name)
        else:
            values[name] = value
    return values, frozenset(repeated)


def exchange_of(scope: Scope) -> Exchange | None:
    """The exchange of this request, or None where no edge stands in front."""
    found = scope.get(EXCHANGE_KEY)
    return found if isinstance(found, Exchange) else None
