"""The app's own sessions: the dependency that makes them, and work that either kind can do.

The object comes from the session that the endpoint has: FastAPI makes a dependency once a request, and a test that
overrides it overrides it for both.
"""

import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, cast, get_args, get_origin

from fastapi.concurrency import run_in_threadpool
from fastapi.params import Depends
from sqlalchemy.orm import Session, scoped_session

from buckler.access.ownership.finding import Sync

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session

    Async = AsyncSession | async_scoped_session[Any]
    Either = Sync | Async

Done = TypeVar("Done")
_ASYNC: Final = "sqlalchemy.ext.asyncio"
"""Needs greenlet, which apps that only know sync sessions may not have. Whoever has such a session has imported it."""


def run_in(session: "Either", work: Callable[[Sync], Done]) -> Done | Coroutine[Any, Any, Done]:
    """Do it in this session: at once in a sync one, and to be awaited in an async one.

    A coroutine by type, so that checkers find one that nobody awaits.
    """
    waiting = _awaited(session)
    return waiting.run_sync(work) if waiting is not None else work(_checked(session))


async def load_in(session: object, work: Callable[[Sync], Done]) -> Done:
    """The same from a dependency: a sync session waits in a thread of FastAPI's."""
    waiting = _awaited(session)
    if waiting is not None:
        return await waiting.run_sync(work)
    return await run_in_threadpool(work, _checked(session))


def annotation_of(session: object) -> Any:
    """What FastAPI reads a parameter with that is to be the app's session."""
    if get_origin(session) is Annotated:
        return session
    given = session if isinstance(session, Depends) else Depends(cast("Callable[..., Any]", session))
    return Annotated[Any, given]


def same_session(one: object, other: object) -> bool:
    """Whether two ways to write it are the same dependency."""
    return _dependency_in(one) == _dependency_in(other)


def _dependency_in(session: object) -> object:
    parts = get_args(annotation_of(session))[1:]
    return [(each.dependency, each.use_cache, each.scope) for each in parts if isinstance(each, Depends)]


def _awaited(session: object) -> "AsyncSession | None":
    if _ASYNC not in sys.modules:
        return None
    from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session

    if isinstance(session, async_scoped_session):
        return cast("async_scoped_session[AsyncSession]", session)()
    return session if isinstance(session, AsyncSession) else None


def _checked(session: object) -> Sync:
    found: Any = session
    if not isinstance(session, Session | scoped_session):
        raise TypeError(
            f"session=: the dependency gave a {type(session).__name__}; Owned needs a Session or AsyncSession of"
            " SQLAlchemy."
        )
    checked: Sync = found
    return checked
