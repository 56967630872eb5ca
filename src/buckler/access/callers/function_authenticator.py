"""An authenticator that is one function of the app: from the text of a bearer token to a caller, or None.

An app that has tokens of its own mostly has that function already. A synchronous one may wait for its database: it
runs in a thread, as FastAPI runs synchronous dependencies.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool

from buckler.access.callers.authenticator import Authenticator, check_caller
from buckler.access.declarations.callables import fault_of, is_awaited
from buckler.access.declarations.sources import source_of
from buckler.errors import ConfigurationError
from buckler.principal import Principal

Authenticates = Callable[[str], Principal | None] | Callable[[str], Awaitable[Principal | None]]


class FunctionAuthenticator(Authenticator):
    """Asks the function for each request; nothing is remembered."""

    def __init__(self, ask: Authenticates) -> None:
        named = f"authenticator={getattr(ask, '__name__', type(ask).__name__)} ({source_of(ask)})"
        fault = fault_of(
            ask,
            wanted="one answer",
            called_with="the text of the token and nothing else, as"
            " def caller_of(token: str) -> Principal | None would be",
        )
        if fault is not None:
            raise ConfigurationError(f"{named}: {fault}")
        self._ask: Callable[[str], Any] = ask
        self._is_awaited = is_awaited(ask)
        self._named = named

    async def authenticate(self, token: bytes) -> Principal | None:
        """The caller that the function tells. Raises `CallerUnfit` where it tells anything but a caller or None."""
        if not token.isascii():
            return None  # no token of any kind has other letters (RFC 6750 section 2.1)
        text = token.decode("ascii")
        found = await (self._ask(text) if self._is_awaited else run_in_threadpool(self._ask, text))
        if found is not None:
            check_caller(found, self._named)
        return found  # type: ignore[no-any-return]
