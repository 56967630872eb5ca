"""Parts that break a promise, for a process that is killed: what the tests ask must notice each of them."""

import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.events.journal import Journal
from buckler.identity.sessions.refresh_tokens import RefreshTokens
from buckler.identity.sessions.session_secrets import Presented
from buckler.storage.database import Database

TOGETHER: Final = 64


def without_transactions() -> None:
    """Each statement is kept by itself, as it is where nobody begins a transaction."""
    made = Database.__init__

    def loose(database: Database, *given: Any, **more: Any) -> None:
        made(database, *given, **more)
        engine: Any = database._writing_engine
        database._writing_engine = engine.execution_options(buckler_begin="SELECT 1")

    Database.__init__ = loose  # type: ignore[method-assign]


def events_afterwards() -> None:
    """The row of an event is written once its change was committed: in a transaction of its own."""
    settle, beside = Journal.settle, Journal.beside

    async def later(journal: Journal, connection: AsyncConnection) -> None:
        """Nothing yet."""

    @asynccontextmanager
    async def after(journal: Journal) -> AsyncGenerator[None]:
        async with beside(journal):
            yield
            async with journal._database._begun() as connection:
                journal._noted = [(connection, draft) for _, draft in journal._noted]
                await settle(journal, connection)

    Journal.settle, Journal.beside = later, after  # type: ignore[method-assign,assignment]


def commits_later() -> None:
    """Changes are answered, and committed with those that follow: one commit for several."""
    begun = Database._begun
    held: dict[int, tuple[contextlib.AsyncExitStack, AsyncConnection, int]] = {}

    @asynccontextmanager
    async def grouped(database: Database) -> AsyncGenerator[AsyncConnection]:
        stack, connection, turns = held.pop(id(database), (None, None, 0))
        if stack is None or connection is None:
            stack = contextlib.AsyncExitStack()
            connection = await stack.enter_async_context(begun(database))
        yield connection
        if turns + 1 == TOGETHER:
            await stack.aclose()
        else:
            held[id(database)] = stack, connection, turns + 1

    Database._begun = grouped  # type: ignore[method-assign]


def successors_by_chance() -> None:
    """What follows a refresh token cannot be made a second time, so an answer that is lost is lost for good."""

    def chosen(tokens: RefreshTokens, presented: Presented) -> list[Presented]:
        return [tokens.first(presented.session_id)]

    RefreshTokens.successors = chosen  # type: ignore[method-assign]


SABOTAGE: Final[dict[str, Callable[[], None]]] = {
    each.__name__: each for each in (without_transactions, events_afterwards, commits_later, successors_by_chance)
}
