"""The app of these tests: in development, with callers who are named by their token, and roles."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool

from buckler import Limit, Owned, Principal, Public, Requires, Roles
from tests.stage import Directory, development, protect
from tests.wire import Answer, ask


class Table(DeclarativeBase):
    """The root of the one table."""


class Note(Table):
    """Is somebody's."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    text: Mapped[str]


def notes() -> Iterator[Session]:
    """Bob has the first note, and nobody the second."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Table.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Note(id=1, owner="bob", text="bob's"))
        session.flush()
        yield session
    engine.dispose()


ROLES = Roles({"reader": {"a:x"}, "editor": {"reader", "b:y"}}, new="reader")
HOST = "localhost"


class Strict(Directory):
    """Knows its callers, and lets nobody else go on."""

    factors = 2
    number = 0
    asked = 0

    def is_current(self, principal: Principal) -> bool:
        return principal in self.callers.values()

    def changes(self) -> int:
        self.asked += 1
        return self.number


def desk(**given: Any) -> FastAPI:
    """An app with each kind of route."""
    app = FastAPI()

    @app.get("/open", dependencies=[Public("for everybody"), Limit("100/minute")])
    async def everybody() -> str:
        return "open"

    @app.get("/me", dependencies=[Limit("100/minute")])
    async def me(who: Annotated[Principal, Requires()]) -> str:
        return who.id

    @app.get("/read")
    async def read(who: Annotated[Principal, Requires("a:x")]) -> str:
        return who.name

    @app.get("/write", dependencies=[Requires("b:y")])
    def write() -> str:
        return "written"

    @app.get("/fresh", dependencies=[Requires(step_up="5m")])
    async def fresh() -> str:
        return "fresh"

    @app.get("/strong", dependencies=[Requires(factors=2)])
    async def strong() -> str:
        return "strong"

    @app.get("/keys", dependencies=[Requires(kinds={"key"})])
    async def keys() -> str:
        return "keys"

    @app.get("/notes/{id}")
    def note(note: Annotated[Note, Owned(Note, owner=Note.owner, session=notes)]) -> str:
        return note.text

    @app.websocket("/talk")
    async def talk(socket: WebSocket, who: Annotated[Principal, Requires("a:x")]) -> None:
        await socket.accept()
        await socket.send_text(who.name)
        with suppress(WebSocketDisconnect):
            await socket.receive_text()
            await socket.send_text("still here")

    given = {"settings": development(), "authenticator": Strict(alice={"a:x"}), "roles": ROLES} | given
    return protect(app, **given)


async def get(app: Any, path: str, **given: Any) -> Answer:
    """As from this machine."""
    return await ask(app, "GET", path, **{"host": HOST, **given})


async def seen(app: Any, **given: Any) -> str:
    """Whom the app takes the caller for, or the status of its refusal."""
    answer = await get(app, "/me", **given)
    return answer.body.decode().strip('"') if answer.status == 200 else str(answer.status)
