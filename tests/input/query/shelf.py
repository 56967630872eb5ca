"""A shelf of books in a real SQLite file, listed twice: with our parts, and by statements put together from text."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from sqlalchemy import DateTime, Numeric, SmallInteger, String, Text, event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from buckler import Public
from buckler.input.query import Filters, Page, PageQuery, Pages, Sorting
from tests.stage import protect
from tests.wire import Answer, ask

MINE, THEIRS = "ada", "eve"
SECRET = "the sealed letter"
START = datetime(2026, 1, 1, tzinfo=UTC)


class Table(DeclarativeBase):
    pass


class Shape(Enum):
    FOLIO = "folio"
    OCTAVO = "octavo"


class Book(Table):
    __tablename__ = "book"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(80))
    summary: Mapped[str | None] = mapped_column(Text)
    pages: Mapped[int] = mapped_column(SmallInteger)
    rating: Mapped[float | None]
    price: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    made: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    read: Mapped[date | None]
    lent: Mapped[bool]
    shape: Mapped[Shape]
    isbn: Mapped[UUID]
    cover: Mapped[bytes | None]


SORTING = Sorting(
    {
        "id": Book.id,
        "title": Book.title,
        "summary": Book.summary,
        "pages": Book.pages,
        "rating": Book.rating,
        "made": Book.made,
        "read": Book.read,
        "lent": Book.lent,
        "shape": Book.shape,
        "isbn": Book.isbn,
    },
    default="-made",
    tie=Book.id,
)
FILTERS = Filters(
    {
        "id": (Book.id, "in"),
        "title": (Book.title, "is", "contains", "starts_with"),
        "pages": (Book.pages, "from", "to", "after", "before"),
        "made": (Book.made, "after", "before"),
        "read": (Book.read, "from"),
        "lent": (Book.lent, "is"),
        "shape": (Book.shape, "is"),
        "isbn": (Book.isbn,),
    }
)


@dataclass
class Shelf:
    """An app that lists the books of one owner at `/books`, and what its database was asked."""

    app: FastAPI
    engine: AsyncEngine
    statements: list[tuple[str, Any]]

    async def ask(self, **query: object) -> Answer:
        """The list, with these parameters; `title__contains` is `title.contains`."""
        named = {name.replace("__", "."): value for name, value in query.items()}
        return await ask(self.app, "GET", f"/books?{urlencode(named, doseq=True)}")

    async def titles(self, **query: object) -> list[str]:
        """The titles of one page."""
        answer = await self.ask(**query)
        assert answer.status == 200, answer.body
        return [item["title"] for item in json.loads(answer.body)["items"]]

    async def walk(self, **query: object) -> list[int]:
        """The ids of every page, one after the other."""
        return [item["id"] for item in await self.walk_items(**query)]

    async def walk_items(self, **query: object) -> list[dict[str, Any]]:
        """What stands on every page, one after the other."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, object] = {}
        while True:
            answer = await self.ask(**query, **cursor)
            assert answer.status == 200, answer.body
            page = json.loads(answer.body)
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = {"cursor": page["next"]}

    async def add(self, **changes: Any) -> None:
        """One more book of mine."""
        async with AsyncSession(self.engine) as session:
            session.add(book(**changes))
            await session.commit()


def book(number: int = 0, **changes: Any) -> Book:
    given: dict[str, Any] = {
        "owner": MINE,
        "title": f"book {number}",
        "summary": None,
        "pages": 100,
        "rating": None,
        "price": None,
        "made": START + timedelta(days=number),
        "read": None,
        "lent": False,
        "shape": Shape.OCTAVO,
        "isbn": UUID(int=number),
        "cover": None,
    }
    return Book(**{**given, **changes})


def ours(pages: Pages) -> Callable[[FastAPI, AsyncEngine], None]:
    """The list as it should be written."""

    def place(app: FastAPI, engine: AsyncEngine) -> None:
        @app.get("/books")
        async def list_books(asked: Annotated[PageQuery, Depends(pages)]) -> Page[dict[str, Any]]:
            async with AsyncSession(engine) as session:
                rows = await session.execute(asked.narrow(select(Book).where(Book.owner == MINE)))
                return asked.page(rows, lambda found: {"id": found.id, "title": found.title})

    return place


def put_together(app: FastAPI, engine: AsyncEngine) -> None:
    """The list as one finds it: each value and each name of the request is a piece of the statement."""

    @app.get("/books")
    async def list_books(request: Request) -> dict[str, Any]:
        asked = dict(request.query_params)
        order, size, last = asked.pop("sort", "id"), asked.pop("size", "100"), asked.pop("cursor", None)
        conditions = [f"owner = '{MINE}'", *(f"{order} > '{last}'" for _ in range(last is not None))]
        for name, value in asked.items():
            column, _, comparison = name.partition(".")
            conditions.append(f"{column} LIKE '%{value}%'" if comparison else f"{column} = '{value}'")
        where = " AND ".join(conditions)
        statement = f"SELECT id, title FROM book WHERE {where} ORDER BY {order} LIMIT {size}"  # noqa: S608 - the target
        async with AsyncSession(engine) as session:
            connection = await session.connection()
            found = (await connection.exec_driver_sql(statement)).all()
        items = [{"id": row.id, "title": row.title} for row in found]
        return {"items": items, "next": items[-1]["title"] if items else None}


@asynccontextmanager
async def shelf(
    file: Path, books: list[Book], place: Callable[[FastAPI, AsyncEngine], None] | None = None
) -> AsyncGenerator[Shelf]:
    """A shelf with these books."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}")
    statements: list[tuple[str, Any]] = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    async with engine.begin() as connection:
        await connection.run_sync(Table.metadata.create_all)
    async with AsyncSession(engine) as session:
        session.add_all(books)
        await session.commit()
    app = FastAPI()
    (place or ours(Pages(SORTING, FILTERS)))(app, engine)
    protect(app, default=Public("a shelf of the tests"))
    try:
        yield Shelf(app, engine, statements)
    finally:
        await engine.dispose()
