"""What a limit counts, and whom: the parts of `Limit(...)` that several limits can share.

- Nothing said: the account where a caller is required, else the client.
- `"client"`: the client's network, whoever is signed in.
- `"account"`: the account; a request whose caller is not known is counted by its client.
- `"key"`: each API key by itself. A person is counted as the account: whoever signs in again has
  another token, and must not have another budget.
- A function of the app's own takes the connection and returns a text, or None for the client.

There is no value that counts as nobody: an empty text is the client too, what is no text and what
raises ends in the guard's refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal, cast, get_args

from starlette.requests import HTTPConnection

from buckler.access.declarations.callables import fault_of
from buckler.access.declarations.sources import source_of
from buckler.asgi import Exchange
from buckler.edge.quota_fields import checked_name
from buckler.edge.rates import Rate
from buckler.errors import BucklerError, ConfigurationError
from buckler.ip_addresses import network_of

Per = Literal["request", "message"]
Known = Literal["client", "account", "key"]
Chosen = Callable[[HTTPConnection], str | None]
By = Known | Chosen | None

_KNOWN: Final = get_args(Known)
_LONGEST_KEY: Final = 64
"""Characters. A longer key of the app's own is kept as its digest, so that nobody fills the memory with it."""


class KeyFailed(BucklerError):
    """A function of the app's own did not say whom to count. The text names it, and nothing that a request sent."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A rate, and who has one of it to spend. Raises `ConfigurationError` for what can never work."""

    rate: Rate
    by: By
    per: Per
    name: str | None

    def __post_init__(self) -> None:
        _check_by(self.by)
        if self.per not in get_args(Per):
            raise ConfigurationError(f"per={self.per!r}: write per='request', or per='message' for WebSockets.")
        if self.name is not None:
            checked_name(self.name)

    @property
    def needs_caller(self) -> bool:
        """Whether it makes sense only where a caller is required."""
        return self.by in ("account", "key")

    def counted(self, *, public: bool) -> str:
        """Whom it counts, in a word."""
        if callable(self.by):
            return "function"
        return self.by or ("client" if public else "account")

    def key(self) -> Callable[[Exchange], str]:
        """What tells under which key a request is counted."""
        if callable(self.by):
            return _Own(self.by)
        return {None: _account, "client": _client, "account": _account, "key": _credential}[self.by]


def _check_by(by: Any) -> None:
    if by is None or (isinstance(by, str) and by in _KNOWN):
        return
    if not callable(by):
        raise ConfigurationError(f"by={by!r}: write 'client', 'account', 'key', or a function of the connection.")
    fault = fault_of(
        by,
        wanted="one text",
        called_with="the connection and nothing else, as `def tenant(connection)` would be",
        at_once="counting waits for nothing, so that no request slips in between",
    )
    if fault is not None:
        raise ConfigurationError(f"by={_named(by)}: {fault}")


def _named(by: Callable[..., object]) -> str:
    return f"{getattr(by, '__name__', type(by).__name__)} ({source_of(by)})"


def _client(exchange: Exchange) -> str:
    return "client " + network_of(exchange.client)


def _account(exchange: Exchange) -> str:
    principal = exchange.principal
    if principal is None:
        return _client(exchange)
    # The id of a program might spell that of a person (RFC 9700 section 4.15).
    return ("service " if principal.kind == "service" else "account ") + principal.id


def _credential(exchange: Exchange) -> str:
    principal = exchange.principal
    if principal is not None and principal.kind == "key" and principal.credential_id:
        return "key " + principal.credential_id
    return _account(exchange)


class _Own:
    """The app's own choice."""

    def __init__(self, choose: Chosen) -> None:
        self._choose = choose

    def __call__(self, exchange: Exchange) -> str:
        try:
            chosen = cast("object", self._choose(HTTPConnection(exchange.scope)))
        except Exception as error:
            # Fail closed: the guard refuses on whatever is raised here. The text of the error may quote the request.
            raise KeyFailed(f"by={_named(self._choose)} raised {type(error).__name__}") from error
        if chosen is None or chosen == "":
            return _client(exchange)
        if not isinstance(chosen, str):
            raise KeyFailed(f"by={_named(self._choose)} returned {type(chosen).__name__}, not a text")
        if len(chosen) > _LONGEST_KEY:
            chosen = sha256(chosen.encode("utf-8", "surrogatepass")).hexdigest()
        return "own " + chosen
