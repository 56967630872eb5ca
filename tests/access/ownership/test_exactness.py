"""Where a database or a path would be less exact than the rule: collations, other keys of a parent, missing parents."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from sqlalchemy import ForeignKey, String, create_engine, delete, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool

from buckler import Owned, Principal, StartRefused
from buckler.refused import Refused
from tests.access.ownership.library import Comment, Database, Note
from tests.clocks import FakeClock
from tests.proof import two_sided
from tests.stage import people, production, protect


class Root(DeclarativeBase):
    """The root of these tables."""


class Shelf(Root):
    """Named in paths by a number of its own."""

    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    owner: Mapped[str] = mapped_column(String(20, collation="NOCASE"))


class Book(Root):
    """Stands on a shelf, by the shelf's id."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(String(20))
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))
    shelf_number: Mapped[int] = mapped_column(ForeignKey("shelf.number"))
    shelf_told: Mapped[int] = mapped_column()
    shelf: Mapped[Shelf] = relationship(foreign_keys=[shelf_id])


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Root.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Shelf(id=1, number=2, owner="alice"))
        session.commit()
        yield session
    engine.dispose()


SHELVES = Owned(Shelf, owner=Shelf.owner)
ALICE, LOUD = Principal("alice", "alice"), Principal("ALICE", "ALICE")


@pytest.mark.parametrize("write", ["change", "remove"])
def test_writes_know_upper_and_lower_case_where_the_database_does_not(session: Session, write: str) -> None:
    """A statement with the same condition writes for ALICE what is alice's; the rule compares the row first."""
    shelf = session.get_one(Shelf, 1)

    def plainly(_: str) -> bool:
        whose = SHELVES.visible_to(LOUD)
        statement = update(Shelf).values(number=2) if write == "change" else delete(Shelf)
        with session.begin_nested() as undone:
            written = session.execute(statement.where(whose), execution_options={"synchronize_session": False})
            count: int = written.rowcount  # type: ignore[attr-defined]
            undone.rollback()
        return count == 1

    def ours(_: str) -> bool:
        try:
            if write == "change":
                SHELVES.change(LOUD, shelf, session, number=3)
            else:
                SHELVES.remove(LOUD, shelf, session)
        except Refused:
            return False
        return True

    two_sided(lambda attack: attack(write), whole=ours, twin=plainly)
    SHELVES.change(ALICE, shelf, session, number=4)
    assert shelf.number == 4


def app_with(shelves: Owned[Shelf], books: Owned[Book]) -> FastAPI:
    app = FastAPI()

    @app.get("/shelves/{shelf}/books/{book}", dependencies=[shelves])
    async def read(book: Annotated[Book, books]) -> int:
        return book.id

    def get_session() -> Iterator[Session]:
        raise AssertionError("nothing is loaded at the start")

    protect(app, session=get_session, settings=production(), authenticator=people(), clock=FakeClock())
    return app


def by_id() -> Owned[Shelf]:
    return Owned(Shelf, owner=Shelf.owner)


def by_number() -> Owned[Shelf]:
    return Owned(Shelf, owner=Shelf.owner, key=Shelf.number)


@pytest.mark.parametrize(
    ("shelves", "column", "starts"),
    [
        (by_id, Book.shelf_id, True),
        (by_number, Book.shelf_number, True),
        (by_id, Book.shelf_told, True),
        (by_number, Book.shelf_id, False),
        (by_id, Book.shelf_number, False),
        (by_number, Book.shelf_told, False),
    ],
)
async def test_what_binds_to_a_parent_means_what_names_it(shelves: Any, column: Any, starts: bool) -> None:
    """By another column of the parent, /shelves/2 would be shelf 1 for the one rule and shelf 2 for the other."""
    app = app_with(shelves(), Owned(Book, tenant=Book.tenant, within={"shelf": column}))
    buckler: Any = app.buckler_of_app  # type: ignore[attr-defined]
    if starts:
        await buckler.start()
        return
    with pytest.raises(StartRefused, match="this path names a Shelf by that"):
        await buckler.start()


def test_what_hangs_on_nothing_is_found_by_whom_nobody_asks(database: Database) -> None:
    """In lists, in Python and by its key alike; its owner is nobody."""
    comments = Owned(Comment, owner=Note.owner_id, through=Comment.note, unless="notes:any")
    warden = Principal("warden", "warden", permissions=frozenset({"notes:any"}))
    with Session(database.engine) as session:
        session.add(Comment(id=9, note_id=None, text="alone"))
        session.flush()
        found = comments.find(warden, 9, session)
        assert comments.sees(warden, found)
        for other in ("alice", "bob", ""):
            with pytest.raises(Refused):
                comments.find(Principal(other, other), 9, session)
