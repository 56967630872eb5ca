"""Looking through much: the log, the accounts, what is counted of it. Two at once in a process, whoever asks.

The database has a few readers, and whoever signs in needs one: some people who search must not hold them all.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from fastapi.params import Security

from buckler.access.declarations.declaring import Limit
from buckler.errors import Refusal
from buckler.refused import Refused
from buckler.turnstile import NoTurn, Turnstile

AT_ONCE: Final = 2
WAIT: Final = 2.0
"""Seconds for which a look waits for its turn."""
BUSY: Final = Refusal(
    503, "search-busy", "Others search here just now. Try again in a moment.", ((b"retry-after", b"2"),)
)  # fmt: skip


def looking() -> Security:
    """How often one account may look through much: more than anybody reads."""
    return Limit("30/minute", told=False, by="account")


class Looks:
    """The turns of one process."""

    def __init__(self) -> None:
        self._turns = Turnstile(AT_ONCE)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Hold one for the body. Raises `Refused` (503) where none came in time."""
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(self._turns.turn(WAIT))
            except NoTurn:
                raise Refused(BUSY) from None
            yield
