"""The notes, in a SQLite file of their own.

- A note belongs to whoever wrote it: `MINE` is the one rule, asked where a note is loaded, in the list, and once more
  in the statement that removes (ASVS 8.2.2).
- Values travel as bound parameters only (ASVS 1.2.4), and no statement is logged with them. Lists are sorted,
  filtered and paged by a closed list of columns.
- One statement is one transaction, on disk before it is answered.
- Where the file cannot be read or written, a full disk for one, the answer is 503 with `Retry-After`.
- The file is nobody else's to read, change or exchange: neither it nor its folder.
"""

import os
import sqlite3
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import Depends, HTTPException, Request
from sqlalchemy import URL, ExceptionContext, Integer, String, event, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from buckler import ConfigurationError, Owned, Principal
from buckler.input import Filters, Page, PageQuery, Pages, Sorting

LONGEST: Final = 2000
_FAILURES: Final = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
)
_PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "trusted_schema=OFF")


class Table(DeclarativeBase):
    """The root of this file's one table."""


class NoteRow(Table):
    """A note as it is kept; it never leaves in this shape."""

    __tablename__ = "note"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it so

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    text: Mapped[str] = mapped_column(String(LONGEST))


LISTED: Final = Pages(
    Sorting({"id": NoteRow.id, "text": NoteRow.text}, default="-id", tie=NoteRow.id),
    Filters({"text": (NoteRow.text, "contains")}),
)
"""How a list of notes may be asked for."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note as its owner sees it."""

    id: int
    text: str


class Notes:
    """Everybody's notes, each reachable for its owner alone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._engine = _engine(file)

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Open the file for as long as the app lives; make it first where there is none."""
        _make_private(self._file)
        async with self._engine.connect() as connection:
            await connection.run_sync(Table.metadata.create_all)
        try:
            yield
        finally:
            await self._engine.dispose()

    async def add(self, owner: str, text: str) -> Note:
        """Keep a new note."""
        async with self._engine.connect() as connection:
            statement = insert(NoteRow).values(owner=owner, text=text).returning(NoteRow.id)
            return Note(id=(await connection.execute(statement)).scalar_one(), text=text)

    def session(self) -> AsyncSession:
        """For whoever loads a note and does more with it."""
        return AsyncSession(self._engine)

    async def page(self, who: Principal, asked: PageQuery) -> Page[Note]:
        """The caller's notes, those that were asked for."""
        statement = asked.narrow(select(NoteRow.id, NoteRow.text).where(MINE.visible_to(who)))
        async with self._engine.connect() as connection:
            return asked.page(await connection.execute(statement), Note)

    async def count(self) -> tuple[int, int]:
        """How many notes there are, and of how many people."""
        statement = select(func.count(NoteRow.id), func.count(NoteRow.owner.distinct()))
        async with self._engine.connect() as connection:
            notes, owners = (await connection.execute(statement)).one()
        return notes, owners


async def notes_of(request: Request) -> Notes:
    """The notes of this app."""
    notes: Notes = request.app.state.notes
    return notes


async def session_of(notes: Annotated[Notes, Depends(notes_of)]) -> AsyncGenerator[AsyncSession]:
    """One session a request, for the rule and the endpoint alike."""
    async with notes.session() as session:
        yield session


Database = Annotated[AsyncSession, Depends(session_of)]
MINE: Final = Owned(NoteRow, owner=NoteRow.owner, session=session_of)
"""Whose a note is."""


def _make_private(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = file.parent.stat()
    if folder.st_mode & 0o022 or folder.st_uid not in (os.geteuid(), 0):
        raise ConfigurationError(f"Others may change {str(file.parent)!r}: make it yours and run chmod go-w on it.")
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    found = file.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        raise ConfigurationError(f"{str(file)!r} is a link or belongs to somebody else: move it away.")
    file.chmod(0o600)


def _engine(file: Path) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(file)),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={"timeout": 15},
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "handle_error", _answer)
    return engine


def _answer(context: ExceptionContext) -> None:
    """A store that fails is no mistake of this app: SQLite's extended result codes have the kind in the lower byte."""
    if getattr(context.original_exception, "sqlite_errorcode", 0) & 0xFF in _FAILURES:
        raise HTTPException(503, headers={"Retry-After": "5"}) from context.original_exception


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
