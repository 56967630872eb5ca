"""What a session remembers, what another one changed meanwhile, and sessions of every kind."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker
from sqlalchemy.orm import (
    Session,
    scoped_session,
    sessionmaker,
)
from starlette.requests import HTTPConnection

from buckler import Buckler, Owned, Requires
from buckler.access.declarations.declaration import Duty
from buckler.access.ownership.viewer import Viewer
from buckler.asgi import EXCHANGE_KEY, Exchange
from buckler.events import EventLog
from buckler.refused import Refused
from tests.access.ownership.library import FILE, PEOPLE, Comment, Database, File, Note, directory, missing
from tests.clocks import FakeClock
from tests.stage import production
from tests.wire import ask

ALICE, BOB, ROOT = PEOPLE["alice"], PEOPLE["bob"], PEOPLE["root"]
NOTES = Owned(Note, owner=Note.owner_id, tenant=Note.tenant_id, unless="notes:any")
COMMENTS = Owned(Comment, owner=Note.owner_id, through=Comment.note)


def test_what_was_given_away_meanwhile_is_not_found_in_memory(database: Database) -> None:
    """The statement is asked, not the identity map (`session.get` would hand the object over)."""
    with Session(database.engine) as mine, Session(database.engine) as other:
        note = NOTES.find(ALICE, 1, mine)
        mine.commit()
        mine.refresh(note)
        mine.commit()
        other.get_one(Note, 1).owner_id = "carol"
        other.commit()
        assert mine.get(Note, 1) is note, "the session remembers it"
        assert missing(lambda: NOTES.find(ALICE, 1, mine))


def test_an_object_that_is_remembered_as_somebody_elses_is_not_handed_over(database: Database) -> None:
    """Row and memory must both say so: what is in memory is what an endpoint would answer with."""
    with Session(database.engine, expire_on_commit=False, autoflush=False) as session:
        note = session.get_one(Note, 3)
        note.owner_id = "alice"
        assert missing(lambda: NOTES.find(ALICE, 3, session))
        assert missing(lambda: NOTES.find(BOB, 3, session))


def test_nobody_is_no_caller(database: Database) -> None:
    """An endpoint that lost its caller sees nothing."""
    nobody: Any = None
    with Session(database.engine) as session:
        for ask_it in (
            lambda: NOTES.visible_to(nobody),
            lambda: NOTES.sees(nobody, Note()),
            lambda: NOTES.find(nobody, 1, session),
        ):
            with pytest.raises(TypeError, match="is no caller"):
                ask_it()


def test_a_scoped_session_will_do(database: Database) -> None:
    """As older apps have it."""
    scoped = scoped_session(sessionmaker(database.engine))
    note = NOTES.find(ALICE, 1, scoped)
    NOTES.change(ALICE, note, scoped, text="changed")
    assert note.text == "changed"
    scoped.remove()


def test_what_is_no_session_is_said(database: Database) -> None:
    """The engine, or the dependency itself."""
    wrong: Any
    for wrong in (database.engine, database.session, None):
        with pytest.raises(TypeError, match="needs a Session or AsyncSession"):
            NOTES.find(ALICE, 1, wrong)


def test_parents_are_those_of_the_rule(database: Database) -> None:
    """By the names of `within`."""
    inside = Owned(Note, owner=Note.owner_id, within={"project": Note.project_id})
    with Session(database.engine) as session:
        assert inside.find(ALICE, 1, session, parents={"project": 1}).id == 1
        assert missing(lambda: inside.find(ALICE, 1, session, parents={"project": 2}))
        with pytest.raises(TypeError, match="within= has no 'folder'"):
            inside.find(ALICE, 1, session, parents={"folder": 1})


def app_of(opens: Any) -> FastAPI:
    app = FastAPI()
    Buckler(app, settings=production(), clock=FakeClock(), authenticator=directory(), session=opens)
    return app


async def test_an_account_that_is_a_number_and_a_file_that_is_a_uuid(database: Database) -> None:
    """Each column has its own type; an id that is none of it owns nothing."""
    app = app_of(database.async_session)
    files = Owned(File, owner=File.owner_id)

    @app.get("/files/{file}")
    async def endpoint(file: Annotated[File, files]) -> str:
        return str(file.id)

    for spelled in (str(FILE), FILE.hex):
        assert (await ask(app, "GET", f"/files/{spelled}", token="7")).status == 200
    for spelled, name in ((str(FILE), "alice"), (f"{{{FILE}}}", "7"), (f"urn:uuid:{FILE}", "7"), ("7", "7")):
        assert (await ask(app, "GET", f"/files/{spelled}", token=name)).status in (400, 404)


async def test_what_the_session_refuses_is_the_answer(database: Database) -> None:
    """An exception of the app's own dependency is the app's own; nothing was loaded."""

    async def busy() -> None:
        raise HTTPException(503, "busy")

    app = app_of(busy)

    @app.get("/notes/{note}")
    async def endpoint(note: Annotated[Note, Owned(Note, owner=Note.owner_id)]) -> str:
        return note.text

    assert (await ask(app, "GET", "/notes/1", token="alice")).status == 503


async def test_a_session_that_rolls_back_sees_the_refusal(database: Database) -> None:
    """A dependency that ends its transaction by what was raised gets the 404 as any other exception."""
    ended: list[str] = []

    async def opens() -> AsyncIterator[AsyncSession]:
        async with AsyncSession(database.waiting) as session:
            try:
                yield session
                await session.commit()
                ended.append("commit")
            except BaseException:
                await session.rollback()
                ended.append("rollback")
                raise

    app = app_of(opens)

    @app.get("/notes/{note}")
    async def endpoint(note: Annotated[Note, Owned(Note, owner=Note.owner_id)]) -> str:
        return note.text

    assert (await ask(app, "GET", "/notes/1", token="bob")).status == 404
    assert (await ask(app, "GET", "/notes/1", token="alice")).status == 200
    assert ended == ["rollback", "commit"]


async def test_what_an_earlier_dependency_wrote_counts(database: Database) -> None:
    """In the session that both share: the object is no longer alice's when the rule is asked."""
    app = app_of(database.async_session)

    async def meddle(session: Annotated[AsyncSession, Depends(database.async_session)]) -> None:
        (await session.get_one(Note, 1)).owner_id = "bob"

    @app.get("/notes/{note}", dependencies=[Depends(meddle), Requires()])
    async def endpoint(note: Annotated[Note, Owned(Note, owner=Note.owner_id)]) -> str:
        return note.text

    assert (await ask(app, "GET", "/notes/1", token="alice")).status == 404
    assert database.texts()[1] == "of alice"


async def test_a_decision_about_something_else_hands_nothing_over(database: Database) -> None:
    """Fail closed: the guard let the caller in elsewhere, under a decision that says nothing of this object."""
    ownership: Any = NOTES.dependency
    for decision in (None, Duty("/", None, (), False, frozenset(), ())):
        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": []}
        scope["path_params"] = {"note": 1}
        exchange = scope[EXCHANGE_KEY] = Exchange(scope, None)
        exchange.viewer = Viewer(ALICE, EventLog(FakeClock()), exchange)
        exchange.decision = decision
        with Session(database.engine) as session, pytest.raises(Refused) as refused:
            await ownership(HTTPConnection(scope), session)
        assert refused.value.refusal.code == "undecided"


async def test_an_async_scoped_session_will_do(database: Database) -> None:
    """It stands for the session of its scope."""
    scoped = async_scoped_session(async_sessionmaker(database.waiting), scopefunc=lambda: 1)
    assert (await NOTES.find(ALICE, 1, scoped)).text == "of alice"
    await scoped.remove()
