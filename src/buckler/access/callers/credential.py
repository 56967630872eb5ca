"""One credential a request, and who it speaks for (RFC 6750; ASVS 9.1.1).

- Two `Authorization` lines are 400 before anything else, and so is one beside the cookie that is a credential: a bad
  credential never falls back to a second one.
- Only the `Bearer` scheme speaks for a caller; the token must be the whole of the value.
- The cookie speaks for a caller where no `Authorization` came. One that is not good, or not whole, leaves the caller
  unknown, and is no fault: whoever must sign in is told so.
- A token that is not good leaves the caller unknown. The answer, 401 with `invalid_token`, is
  given after the limits, so that guessing is counted. Why it is not good is told to the log alone, in
  the line of the refusal.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from buckler.access.callers.session_cookie import cookie_value, names_cookie
from buckler.access.declarations.declaration import Duty
from buckler.access.doors.passage import Passage, Step
from buckler.asgi import Exchange
from buckler.defence import Arrival, Look, Shape
from buckler.errors import Refusal
from buckler.principal import Principal

_MOST_EXPOSED: Final = 4
_AUTHORIZATION: Final = b"authorization"
_SEPARATORS: Final = re.compile(rb"[\s,;]+")

TWO_CREDENTIALS: Final = Refusal(400, "two-credentials", "Send one credential a request.")
COOKIE_TOO: Final = Refusal(
    400,
    "two-credentials",
    "Send one credential a request: an Authorization header came beside the cookie of a session. Sign out here, or"
    " send the token without cookies.",
)
INVALID_TOKEN: Final = Refusal(
    401,
    "invalid-token",
    "The access token is not good here: expired, ended, or never ours.",
    ((b"www-authenticate", b'Bearer error="invalid_token"'),),
    event="authn_token_invalid",
)


class Checks(Protocol):
    """Whoever checks the tokens of requests."""

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token that was checked before and is still good. Never waits."""
        ...

    async def check(self, exchange: Exchange, token: bytes) -> Principal | None:
        """The caller behind the token of a request; None where it is not good."""
        ...

    @property
    def cookie(self) -> bytes:
        """The name of the cookie that is a credential too; empty for none."""
        ...

    def recall_cookie(self, value: bytes) -> Principal | None:
        """As `recall`, for a cookie."""
        ...

    async def check_cookie(self, exchange: Exchange, value: bytes) -> Principal | None:
        """As `check`, for a cookie."""
        ...


class OneCredential(Arrival):
    """Refuses a request that carries two."""

    name = "credential"

    def __init__(self, cookie: bytes = b"") -> None:
        """`cookie`: the name of the one that is a credential; empty for none."""
        self._cookie = cookie

    def look_for(self, shape: Shape) -> Look | None:
        # No name in a shape came twice.
        return self.arrive if self._cookie and {_AUTHORIZATION, b"cookie"} <= shape.names else None

    def arrive(self, exchange: Exchange) -> Refusal | None:
        if _AUTHORIZATION in exchange.repeated:
            return TWO_CREDENTIALS
        if self._cookie and _AUTHORIZATION in exchange.headers and names_cookie(exchange, self._cookie):
            return COOKIE_TOO
        return None


class Authentication(Passage):
    """Finds out who is calling."""

    name = "authentication"

    def __init__(self, checks: Checks) -> None:
        self._recall = checks.recall
        self._check = checks.check
        self._cookie = checks.cookie
        self._recall_cookie = checks.recall_cookie
        self._check_cookie = checks.check_cookie
        self.stand_in: Callable[[], Principal | None] | None = None
        """Who calls where a request shows no credential at all. Set by `buckler.testing`, while a test runs."""
        self.staged: Callable[[bytes], Principal | None] | None = None
        """Who calls with a token or a cookie that only a drill in this process knows. Set by `buckler.staging`."""

    def step_for(self, duty: Duty) -> Step | None:
        """A public route never looks at a credential: none makes it more public, or less."""
        return None if duty.public else self._authenticate

    def _authenticate(self, exchange: Exchange) -> Awaitable[Refusal | None] | None:
        if exchange.principal is not None:
            return None
        token = bearer_token(exchange)
        if token is None:
            if _AUTHORIZATION in exchange.headers:
                return None
            if self._cookie and b"cookie" in exchange.headers:
                return self._authenticate_cookie(exchange)
            self._stand_in(exchange)
            return None
        exchange.principal = self._recall(token)
        return None if exchange.principal is not None else self._verify(exchange, token)

    def _authenticate_cookie(self, exchange: Exchange) -> Awaitable[None] | None:
        value = cookie_value(exchange, self._cookie)
        if value is None:
            self._stand_in(exchange)
            return None
        exchange.principal = self._recall_cookie(value)
        if exchange.principal is None:
            return self._verify_cookie(exchange, value)
        exchange.cookie = value
        return None

    def _stand_in(self, exchange: Exchange) -> None:
        if self.stand_in is not None:
            exchange.principal = self.stand_in()

    async def _verify_cookie(self, exchange: Exchange, value: bytes) -> None:
        exchange.principal = self._staged(value) or await self._check_cookie(exchange, value)
        if exchange.principal is not None:
            exchange.cookie = value

    async def _verify(self, exchange: Exchange, token: bytes) -> Refusal | None:
        exchange.principal = self._staged(token) or await self._check(exchange, token)
        if exchange.principal is None:
            exchange.credential_refusal = exchange.credential_refusal or INVALID_TOKEN
        return None

    def _staged(self, shown: bytes) -> Principal | None:
        return None if self.staged is None else self.staged(shown)


def bearer_token(exchange: Exchange) -> bytes | None:
    """The token of the `Authorization` header, or None when it carries no bearer token."""
    value = exchange.headers.get(_AUTHORIZATION)
    if value is None or (value[:7] != b"Bearer " and value[:7].lower() != b"bearer "):
        return None
    return value[7:].strip(b" ")


def exposed_tokens(exchange: Exchange) -> list[bytes]:
    """Whatever could be a token in any `Authorization` line: what crossed the network in clear was seen by others."""
    lines = [value for name, value in exchange.scope["headers"] if name == _AUTHORIZATION]
    words = [word for line in lines[:_MOST_EXPOSED] for word in _SEPARATORS.split(line)]
    return [word for word in words if word and word.lower() != b"bearer"][:_MOST_EXPOSED]
