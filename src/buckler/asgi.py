"""The shape of a request between our parts: one `Exchange` per request, kept in its scope.

Nothing about a request lives in a context variable: a decision belongs to this scope alone.
"""

from asyncio import Task
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final, Protocol

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
_SECURE: Final = frozenset(("https", "wss"))
_NOTHING: Final = frozenset[bytes]()


class Refuser(Protocol):
    """Who refused: a defence, or a step of the guard."""

    def named(self) -> str:
        """The name under which the log tells of it."""
        ...

    def declared_at(self, exchange: "Exchange") -> str | None:
        """File and line of the declaration that said no; None where none did. Asked where a line is written alone."""
        ...


class Exchange:
    """What is known and decided about one request.

    `decision` is set when a declaration allowed the request, by the guard or by `answers`; `refusal` is
    set by whoever refused first, and from then on nothing else may leave. `reason` says why, for the
    log alone, and `remedy` what to set if that was meant to pass. `by` is who refused; it is there after a
    refusal alone (`getattr` with None), since filling it would cost every request that is let in.
    """

    # Slots, all of them filled at once: read on every request, they cost a third of what defaults of a class do.
    __slots__ = (
        *("__weakref__", "_open", "_started", "answer_fields", "body_limit", "by", "claimed", "client"),
        *("ahead", "cookie", "credential_refusal", "decision", "forwarded_hosts", "headers", "hears", "id"),
        *("is_cut_off", "is_secure", "is_silent", "lifted", "owner"),
        *("principal", "reason", "refusal", "remedy", "repeated", "route", "scope", "spared", "status", "task"),
        "nonce",
        "viewer",  # who looks at objects: filled by `ownership` alone, and only where a route asks for it
    )

    by: "Refuser"
    viewer: object
    cookie: bytes
    """The cookie by which the caller came; there for such a caller alone (`callers/session_cookie.py`)."""
    ahead: object
    """What looks at the first bytes of the body before it is read; there at doors that need it (`guard/csrf.py`)."""

    def __init__(self, scope: Scope, owner: object) -> None:
        self.scope = scope
        self.owner = owner
        self.id = request_id()
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.headers = dict(headers)
        self.repeated: frozenset[bytes] = _NOTHING
        """The names of header lines that came more than once."""
        if len(self.headers) != len(headers):
            self.headers, self.repeated = _read_repeated(headers)
        self.is_secure = scope.get("scheme") in _SECURE
        client = scope.get("client")
        self.client: str = client[0] if client else ""
        """The address of the client; empty for a Unix socket. Until something at the edge knows better, the peer's."""
        self.claimed: str | None = None
        """The address that the server gave, where it may be a stranger's word: for the log alone."""
        self.forwarded_hosts: tuple[bytes, ...] = ()
        """What proxies of ours say that the client asked for, beside `Host`."""
        self.decision: object | None = None
        self.refusal: Refusal | None = None
        self.reason: str | None = None
        self.remedy: str | None = None
        self.lifted: dict[str, Any] | None = None
        """What a trial let pass, by the code of the refusal; None for nothing."""
        self.spared: Refusal | None = None
        """What a probe was let off before its route was known; the refusal of anything else."""
        self.principal: Principal | None = None
        self.credential_refusal: Refusal | None = None
        self.route: object | None = None
        """The route at which the guard decided."""
        self.body_limit: int | None = None
        """The most bytes of body that the route takes, where it declares that itself."""
        self.answer_fields: tuple[tuple[bytes, bytes], ...] = ()
        """Header fields that the answer carries, whatever it is. Names in lower case."""
        self.hears: Callable[[Message], None] | None = None
        """Who looks at what follows the start of the answer, before it leaves; who sets `refusal` keeps it here."""
        self.nonce: str | None = None
        """Of the scripts of this answer, once somebody asked for it (`edge/nonces.py`)."""
        self.status = 0
        """Of the answer, once it has begun; 101 for a WebSocket that was accepted."""
        self._started = self._open = False
        self.task: Task[Any] | None = None
        """What the server runs this request in, until it is over."""
        self.is_silent = False
        """Whether the answer keeps its status alone: that of a probe."""
        self.is_cut_off = False
        """Whether we cancelled it ourselves, because the access behind it ended."""

    @property
    def is_websocket(self) -> bool:
        return bool(self.scope["type"] == "websocket")

    @property
    def method(self) -> str:
        return "GET" if self.is_websocket else str(self.scope["method"])

    async def break_off(self, refusal: Refusal) -> None:
        """Refuse in the middle of an answer or a conversation: nothing more of it leaves."""
        self.refusal = refusal

    def cut_off(self) -> None:
        """End what still works for this request. Nothing where it has ended by itself."""
        if self.task is not None and not self.is_cut_off:
            self.is_cut_off = True
            self.task.cancel()

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


def path_below_root(scope: Mapping[str, Any]) -> str:
    """The path that the router looks for: without `root_path`, where that is a whole beginning of it (ASGI).

    As Starlette reads it, whose function is private: of `/console` behind `/con` nothing is left away.
    """
    path, root = str(scope.get("path", "")), str(scope.get("root_path", ""))
    below = path.removeprefix(root)
    return below if not below or below[0] == "/" else path


def exchange_of(scope: Scope) -> Exchange | None:
    """The exchange of this request, or None where no edge stands in front."""
    found = scope.get(EXCHANGE_KEY)
    return found if isinstance(found, Exchange) else None
