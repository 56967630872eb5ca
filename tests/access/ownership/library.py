"""Models, a database and an app whose routes name objects in every position: for the tests of ownership."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Depends, FastAPI, Query
from sqlalchemy import BigInteger, ForeignKey, String, Uuid, create_engine, event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from buckler import Buckler, Owned, Principal, Requires
from buckler.refused import Refused
from tests.clocks import FakeClock
from tests.stage import Directory, production


class Table(DeclarativeBase):
    """The root of these tables."""


class Project(Table):
    """Has notes."""

    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[str | None] = mapped_column(String(64))
    tenant_id: Mapped[str | None] = mapped_column(String(64))


class Note(Table):
    """Is somebody's."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[str | None] = mapped_column(String(64))
    tenant_id: Mapped[str | None] = mapped_column(String(64))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    text: Mapped[str] = mapped_column(String(200))
    comments: Mapped[list["Comment"]] = relationship(back_populates="note", lazy="joined")


class Comment(Table):
    """Is whose the note is."""

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int | None] = mapped_column(ForeignKey("note.id"))
    text: Mapped[str] = mapped_column(String(200))
    note: Mapped[Note | None] = relationship(back_populates="comments")


class File(Table):
    """Named by a UUID, owned by a number."""

    __tablename__ = "file"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(BigInteger)


PEOPLE = {
    "alice": Principal("alice", "alice", tenant="north", permissions=frozenset({"notes:read"})),
    "bob": Principal("bob", "bob", tenant="south", permissions=frozenset({"notes:read"})),
    "carol": Principal("carol", "carol", tenant="north", permissions=frozenset({"notes:read"})),
    "nobody": Principal("nobody", "nobody", tenant="north"),
    "root": Principal("root", "root", tenant="north", permissions=frozenset({"*"})),
    "warden": Principal("warden", "warden", tenant="north", permissions=frozenset({"notes:*"})),
    "stranger": Principal("stranger", "stranger", tenant="south", permissions=frozenset({"*"})),
    "robot": Principal("alice", "robot", kind="service", tenant="north", permissions=frozenset({"notes:read"})),
    "7": Principal("7", "seven"),
}
FILE = UUID("00000000-0000-4000-8000-000000000007")


def directory() -> Directory:
    """An authenticator of these people: the token is the name."""
    found = Directory()
    found.callers.update(PEOPLE)
    return found


def rows() -> list[Table]:
    """Alice has 1 and 2 of each in the north, bob 3 and 4 in the south; 5 is nobody's."""
    owners = ((1, "alice", "north"), (2, "alice", "north"), (3, "bob", "south"), (4, "bob", "south"), (5, None, None))
    made: list[Table] = [Project(id=each, owner_id=owner, tenant_id=tenant) for each, owner, tenant in owners]
    made += [
        Note(id=each, owner_id=owner, tenant_id=tenant, project_id=each, text=f"of {owner}")
        for each, owner, tenant in owners
    ]
    made += [Comment(id=each, note_id=each, text="a word") for each, _, _ in owners]
    return [*made, File(id=FILE, owner_id=7)]


class Database:
    """One SQLite file, for sync and async sessions, filled with `rows()`."""

    def __init__(self, folder: Path) -> None:
        file = folder / "library.sqlite3"
        self.engine = create_engine(f"sqlite:///{file}")
        self.waiting: AsyncEngine = create_async_engine(f"sqlite+aiosqlite:///{file}")
        self.statements: list[str] = []
        self.opened = 0
        Table.metadata.create_all(self.engine)
        with Session(self.engine) as session:
            session.add_all(rows())
            session.commit()
        for engine in (self.engine, self.waiting.sync_engine):
            event.listen(engine, "before_cursor_execute", self._note)

    def session(self) -> Iterator[Session]:
        """A dependency of a sync app."""
        self.opened += 1
        with Session(self.engine) as session:
            yield session

    async def async_session(self) -> AsyncIterator[AsyncSession]:
        """A dependency of an async app."""
        self.opened += 1
        async with AsyncSession(self.waiting, expire_on_commit=False) as session:
            yield session

    async def close(self) -> None:
        """Give the files back."""
        await self.waiting.dispose()
        self.engine.dispose()

    def texts(self) -> dict[int, str]:
        """The notes that are there, by their keys."""
        with Session(self.engine) as session:
            return {each.id: each.text for each in session.scalars(select(Note)).unique()}

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)


def missing(act: Callable[[], object]) -> bool:
    """Whether it ends in the 404 of what is missing."""
    try:
        act()
    except Refused as refused:
        return refused.refusal.code == "no-such-object"
    return False


def notes_of(**given: Any) -> Owned[Note]:
    """A rule of notes."""
    return Owned(Note, owner=Note.owner_id, **given)


def protect(app: FastAPI, opens: Any = None, **given: Any) -> Buckler:
    """Install Buckler, with these people and these sessions."""
    given.setdefault("authenticator", directory())
    return Buckler(app, settings=production(), clock=FakeClock(), session=opens, **given)


def route(app: Any, path: str, notes: Any, **given: Any) -> None:
    """A route that answers with a note's text."""

    @app.get(path, **given)
    async def endpoint(note: Annotated[Note, notes]) -> str:
        return note.text


def shelf(database: Database, *, waits: bool = True, kind: type[Buckler] = Buckler, **given: Any) -> FastAPI:
    """An app that names notes in paths, in nested paths, in bodies and in queries."""
    opens = database.async_session if waits else database.session
    app = FastAPI()
    given.setdefault("authenticator", directory())
    kind(app, settings=production(), clock=FakeClock(), session=opens, **given)
    (_awaited_routes if waits else _sync_routes)(app, opens)
    return app


def _awaited_routes(app: FastAPI, opens: Any) -> None:
    notes = Owned(Note, owner=Note.owner_id, tenant=Note.tenant_id, unless="notes:any")
    projects = Owned(Project, owner=Project.owner_id, tenant=Project.tenant_id)
    inside = Owned(Note, owner=Note.owner_id, tenant=Note.tenant_id, within={"project": Note.project_id})
    comments = Owned(Comment, owner=Note.owner_id, through=Comment.note)
    database = Annotated[AsyncSession, Depends(opens)]
    caller = Annotated[Principal, Requires("notes:read")]

    @app.get("/notes/{note}")
    @app.post("/notes/{note}")
    async def read(note: Annotated[Note, notes], session: database) -> dict[str, Any]:
        assert note in session, "the endpoint and the rule share one session"
        return {"id": note.id, "text": note.text}

    @app.put("/notes/{note}")
    @app.patch("/notes/{note}")
    async def write(
        who: caller, note: Annotated[Note, notes], session: database, text: Annotated[str, Body(embed=True)]
    ) -> str:
        await notes.change(who, note, session, text=text)
        await session.commit()
        return note.text

    @app.delete("/notes/{note}")
    async def remove(who: caller, note: Annotated[Note, notes], session: database) -> str:
        await notes.remove(who, note, session)
        await session.commit()
        return "gone"

    @app.get("/projects/{project}/notes/{note}", dependencies=[projects])
    async def nested(note: Annotated[Note, inside]) -> str:
        return note.text

    @app.get("/comments/{comment_id}")
    async def comment(comment: Annotated[Comment, comments]) -> str:
        return comment.text

    @app.post("/merge")
    async def merge(who: caller, session: database, into: Annotated[int, Body(embed=True)]) -> str:
        return (await notes.find(who, into, session)).text

    @app.get("/several")
    async def several(who: caller, session: database, note: Annotated[list[int], Query()]) -> list[str]:
        return [(await notes.find(who, each, session)).text for each in note]

    @app.get("/notes")
    async def listed(who: caller, session: database) -> list[int]:
        found = await session.scalars(select(Note.id).where(notes.visible_to(who)).order_by(Note.id))
        return list(found)


def _sync_routes(app: FastAPI, opens: Any) -> None:
    notes = Owned(Note, owner=Note.owner_id, tenant=Note.tenant_id, unless="notes:any")
    projects = Owned(Project, owner=Project.owner_id, tenant=Project.tenant_id)
    inside = Owned(Note, owner=Note.owner_id, tenant=Note.tenant_id, within={"project": Note.project_id})
    comments = Owned(Comment, owner=Note.owner_id, through=Comment.note)
    database = Annotated[Session, Depends(opens)]
    caller = Annotated[Principal, Requires("notes:read")]

    @app.get("/notes/{note}")
    @app.post("/notes/{note}")
    def read(note: Annotated[Note, notes], session: database) -> dict[str, Any]:
        assert note in session, "the endpoint and the rule share one session"
        return {"id": note.id, "text": note.text}

    @app.put("/notes/{note}")
    @app.patch("/notes/{note}")
    def write(
        who: caller, note: Annotated[Note, notes], session: database, text: Annotated[str, Body(embed=True)]
    ) -> str:
        notes.change(who, note, session, text=text)
        session.commit()
        return note.text

    @app.delete("/notes/{note}")
    def remove(who: caller, note: Annotated[Note, notes], session: database) -> str:
        notes.remove(who, note, session)
        session.commit()
        return "gone"

    @app.get("/projects/{project}/notes/{note}", dependencies=[projects])
    def nested(note: Annotated[Note, inside]) -> str:
        return note.text

    @app.get("/comments/{comment_id}")
    def comment(comment: Annotated[Comment, comments]) -> str:
        return comment.text

    @app.post("/merge")
    def merge(who: caller, session: database, into: Annotated[int, Body(embed=True)]) -> str:
        return notes.find(who, into, session).text

    @app.get("/several")
    def several(who: caller, session: database, note: Annotated[list[int], Query()]) -> list[str]:
        return [notes.find(who, each, session).text for each in note]

    @app.get("/notes")
    def listed(who: caller, session: database) -> list[int]:
        return list(session.scalars(select(Note.id).where(notes.visible_to(who)).order_by(Note.id)))
