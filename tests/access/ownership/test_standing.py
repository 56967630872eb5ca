"""Wherever it stands it holds: on routers, in dependencies, in mounted apps, on sockets, and with overrides."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.websockets import WebSocket

from buckler import Limit, Owned, Requires, StartRefused
from tests.access.ownership.library import Database, Note, notes_of, protect, route
from tests.wire import ask, knock

Stand = Callable[[FastAPI, Owned[Note]], str]


def included(app: FastAPI, notes: Owned[Note]) -> str:
    router = APIRouter()
    route(router, "/notes/{note}", notes)
    app.include_router(router, prefix="/api")
    return "/api/notes/%s"


def on_router(app: FastAPI, notes: Owned[Note]) -> str:
    router = APIRouter(prefix="/notes/{note}", dependencies=[notes])

    @router.get("/text")
    async def endpoint() -> str:
        return "of alice"

    app.include_router(router)
    return "/notes/%s/text"


def three_deep(app: FastAPI, notes: Owned[Note]) -> str:
    third, second, first = APIRouter(prefix="/three"), APIRouter(prefix="/{lang}"), APIRouter(prefix="/one")
    route(third, "/notes/{note}", notes)
    second.include_router(third)
    first.include_router(second, prefix="/b")
    app.include_router(first, prefix="/a")
    return "/a/one/b/en/three/notes/%s"


def mounted(app: FastAPI, notes: Owned[Note]) -> str:
    inner = FastAPI()
    route(inner, "/notes/{note}", notes)
    app.mount("/sub", inner)
    return "/sub/notes/%s"


def parameter_of_the_mount(app: FastAPI, notes: Owned[Note]) -> str:
    inner = FastAPI()
    route(inner, "/text", notes)
    app.mount("/notes/{note}", inner)
    return "/notes/%s/text"


def mounted_with_its_own(app: FastAPI, notes: Owned[Note]) -> str:
    inner = FastAPI()
    route(inner, "/notes/{note}", notes)
    protect(inner, app.state.opens)
    app.mount("/sub", inner)
    return "/sub/notes/%s"


def in_a_dependency(app: FastAPI, notes: Owned[Note]) -> str:
    async def text_of(note: Annotated[Note, notes]) -> str:
        return note.text

    @app.get("/notes/{note_id}")
    async def endpoint(text: Annotated[str, Depends(text_of)]) -> str:
        return text

    return "/notes/%s"


def as_a_default(app: FastAPI, notes: Owned[Note]) -> str:
    @app.get("/notes/{note}")
    async def endpoint(note: Any = notes) -> str:
        return str(note.text)

    return "/notes/%s"


def with_a_requirement(app: FastAPI, notes: Owned[Note]) -> str:
    route(app, "/notes/{note}", notes, dependencies=[Requires("notes:read"), Limit("100/minute", by="account")])
    return "/notes/%s"


@pytest.mark.parametrize("late", [False, True], ids=["own session", "the app's session"])
@pytest.mark.parametrize("overriding", [False, True], ids=["", "overriding"])
@pytest.mark.parametrize(
    "stand",
    [
        included,
        on_router,
        three_deep,
        mounted,
        parameter_of_the_mount,
        mounted_with_its_own,
        in_a_dependency,
        as_a_default,
        with_a_requirement,
    ],
)
async def test_it_holds_wherever_it_stands(database: Database, stand: Stand, late: bool, overriding: bool) -> None:
    """With its own session or that of the app; and where a test of the app overrides the session."""
    app = FastAPI()
    app.state.opens = nothing if overriding else database.async_session
    notes = notes_of(session=None if late else app.state.opens)
    protect(app, app.state.opens if late else None)
    path = stand(app, notes)
    if overriding:
        for each in (app, *(route.app for route in app.routes if isinstance(getattr(route, "app", None), FastAPI))):
            each.dependency_overrides[nothing] = database.async_session
    assert (await ask(app, "GET", path % 1, token="alice")).body == b'"of alice"'
    assert (await ask(app, "GET", path % 1, token="bob")).status == 404
    assert (await ask(app, "GET", path % 999, token="alice")).status == 404
    assert (await ask(app, "GET", path % 1)).status == 401


async def nothing() -> None:
    """A session that a test replaces."""
    raise AssertionError("the override was not taken")


async def test_the_route_of_two_sub_apps_has_the_session_of_each(database: Database) -> None:
    """An `Owned` a sub-app: each loads from the nearest app with a session."""
    app, inner = FastAPI(), FastAPI()
    protect(app, nothing)
    route(inner, "/notes/{note}", notes_of())
    protect(inner, database.async_session)
    app.mount("/sub", inner)
    assert (await ask(app, "GET", "/sub/notes/1", token="alice")).status == 200


async def test_overriding_the_declaration_changes_nothing(database: Database) -> None:
    """It is a fault where it stands at the start, and is taken out where it came later."""
    app = FastAPI()
    buckler = protect(app, database.async_session)
    notes = notes_of()
    route(app, "/notes/{note}", notes)
    await buckler.start()
    app.dependency_overrides[notes.dependency] = lambda: Note(text="forged")
    assert (await ask(app, "GET", "/notes/1", token="bob")).status == 404
    assert (await ask(app, "GET", "/notes/1", token="alice")).body == b'"of alice"'
    app.dependency_overrides[notes.dependency] = lambda: Note(text="forged")
    with pytest.raises(StartRefused, match="dependency_overrides"):
        await buckler.start()


async def test_a_socket_is_closed_to_strangers(database: Database) -> None:
    """Before it is accepted, as a missing one is."""
    app = FastAPI()
    protect(app, database.async_session)

    @app.websocket("/notes/{note}")
    async def talk(socket: WebSocket, note: Annotated[Note, notes_of()]) -> None:
        await socket.accept()
        await socket.send_text(note.text)

    mine = await knock(app, "/notes/1", token="alice")
    assert mine.accepted
    for key, name in ((1, "bob"), (999, "bob")):
        shut = await knock(app, f"/notes/{key}", token=name)
        assert (shut.accepted, shut.code, shut.error) == (False, 1008, None)


async def test_head_is_as_get(database: Database) -> None:
    """A stranger's HEAD tells no more than that of a missing one."""
    app = FastAPI()
    protect(app, database.async_session)
    route(app, "/notes/{note}", notes_of())

    @app.head("/notes/{note}")
    async def head(note: Annotated[Note, notes_of()]) -> None:
        assert note.text

    assert (await ask(app, "HEAD", "/notes/1", token="alice")).status == 200
    strange, none = [await ask(app, "HEAD", f"/notes/{key}", token="bob") for key in (1, 999)]
    assert strange.status == none.status == 404
    assert strange.body == none.body == b""


@pytest.mark.parametrize("given", [{}, {"scope": "function"}, {"scope": "request"}])
async def test_an_alias_of_the_session_will_do(database: Database, given: dict[str, Any]) -> None:
    """As endpoints write it, and FastAPI makes it once for both."""
    alias = Annotated[AsyncSession, Depends(database.async_session, **given)]
    app = FastAPI()
    protect(app)
    notes = notes_of(session=alias)

    @app.get("/notes/{note}")
    async def endpoint(note: Annotated[Note, notes], session: alias) -> bool:
        return note in session

    assert (await ask(app, "GET", "/notes/1", token="alice")).body == b"true"
    assert database.opened == 1
