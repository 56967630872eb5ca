"""What a route shows whose `Owned` never ran: nothing, whatever keeps it from running."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, WebSocket
from fastapi.routing import APIRoute
from starlette.responses import PlainTextResponse, RedirectResponse

from buckler import Buckler, StartRefused
from tests.access.ownership.library import Database, Note, Project, directory, notes_of, protect, route
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import production
from tests.twins.test_ownership_twins import Shared
from tests.wire import ask, knock

Build = Callable[[FastAPI], None]


class Quick(APIRoute):
    """Answers by itself, and runs no dependency."""

    def get_route_handler(self) -> Any:
        async def handle(_: Any) -> PlainTextResponse:
            return PlainTextResponse("not asked")

        return handle


class Away(APIRoute):
    """Leads to where the file lies."""

    def get_route_handler(self) -> Any:
        async def handle(_: Any) -> RedirectResponse:
            return RedirectResponse("/not-asked")

        return handle


def of_a_class(kind: type[APIRoute]) -> Build:
    def build(app: FastAPI) -> None:
        router = APIRouter(route_class=kind)
        router.add_api_route("/notes/{note}", lambda: 1, dependencies=[notes_of()])
        app.include_router(router)

    return build


async def _another_app(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("not asked")(scope, receive, send)


def with_another_app(app: FastAPI) -> None:
    route(app, "/notes/{note}", notes_of())
    found: Any = app.router.routes[-1]
    found.app = _another_app


def whose_second_object_is_left_out(app: FastAPI) -> None:
    """The dependency of one stands, of two that are declared."""
    projects = notes_of(param="project")

    @app.get("/{project}/notes/{note}", dependencies=[projects])
    async def read(note: Annotated[Note, notes_of(within={})]) -> str:
        return "not asked"

    found: Any = app.router.routes[-1]
    app.state.cut = lambda: found.dependant.dependencies.pop(0)


SHAPES: dict[str, Build] = {
    "a class of its own": of_a_class(Quick),
    "a redirect": of_a_class(Away),
    "another app": with_another_app,
}


@pytest.mark.asvs("8.2.2")
@pytest.mark.parametrize("shape", SHAPES)
async def test_what_was_not_asked_about_does_not_leave(
    database: Database, shape: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The twin believes that each object was handed over."""

    def made(kind: type[Buckler], **given: Any) -> FastAPI:
        app = FastAPI()
        SHAPES[shape](app)
        kind(
            app, authenticator=directory(), settings=production(), clock=FakeClock(), session=database.async_session,
            **given,
        )  # fmt: skip
        return app

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/notes/1", token="bob")
        return b"not asked" in answer.body or (answer.header("location") or "").endswith("/not-asked")

    whole, twin = made(Buckler), made(Shared, without="ownership")
    await two_sided_async(attack, whole=whole, twin=twin)
    answer = await ask(whole, "GET", "/notes/1", token="alice")
    assert (answer.status, answer.code) == (403, "object-unasked")
    assert '"authz_undecided"' in caplog.text


async def test_one_of_two_is_not_enough(database: Database) -> None:
    app = FastAPI()
    whose_second_object_is_left_out(app)
    await protect(app, database.async_session).start()
    assert (await ask(app, "GET", "/1/notes/2", token="alice")).body == b'"not asked"'
    app.state.cut()
    answer = await ask(app, "GET", "/3/notes/2", token="alice")
    assert (answer.status, answer.code) == (403, "object-unasked")


async def test_a_socket_opens_for_no_object_that_was_not_asked_about(database: Database) -> None:
    app = FastAPI()

    @app.websocket("/notes/{note}")
    async def talk(socket: WebSocket, note: Annotated[Note, notes_of()]) -> None:
        await socket.accept()
        await socket.send_text(note.text)
        await socket.close()

    async def raw(_: Any, __: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "not asked"})

    await protect(app, database.async_session).start()
    good = await knock(app, "/notes/1", token="alice")
    assert (good.accepted, good.messages[1]["text"]) == (True, "of alice")
    found: Any = app.router.routes[-1]
    found.app = raw
    shut = await knock(app, "/notes/1", token="alice")
    assert (shut.accepted, shut.code) == (False, 1008)
    assert not [each for each in shut.messages if "text" in each]


async def test_what_says_no_before_keeps_its_words(database: Database) -> None:
    """Another dependency, a value that does not fit, and what is missing."""
    app = FastAPI()

    async def full() -> None:
        raise HTTPException(409, "not now")

    @app.get("/full/{note}", dependencies=[Depends(full), notes_of()])
    @app.get("/notes/{note}", dependencies=[notes_of()])
    async def read(limit: int = 1) -> int:
        return limit

    protect(app, database.async_session)
    assert (await ask(app, "GET", "/full/1", token="alice")).status == 409
    assert (await ask(app, "GET", "/notes/1?limit=x", token="alice")).status == 422
    assert (await ask(app, "GET", "/notes/1", token="bob")).status == 404
    assert (await ask(app, "GET", "/notes/1", token="alice")).body == b"1"


def test_a_route_without_objects_pays_nothing() -> None:
    """Nothing stands between its guard and its handler."""
    app = FastAPI()
    route(app, "/notes/{note}", notes_of(session=lambda: None))
    app.get("/plain", dependencies=[])(lambda: 1)
    from buckler import Public

    protect(app, default=Public("a test")).policy()
    held, plain = (getattr(each, "handle") for each in app.router.routes[-2:])  # noqa: B009
    assert "holding" in held._let_in.__qualname__
    assert plain._let_in is plain._handle


@pytest.mark.parametrize("place", [0, 1], ids=["inside", "outside"])
async def test_an_override_around_the_declaration_changes_nothing(database: Database, place: int) -> None:
    """A fault at the start; taken out, and told, where it came later."""
    notes = notes_of()

    async def inside(note: Annotated[Note, notes]) -> Note:
        return note

    async def outside(note: Annotated[Note, Depends(inside)]) -> Note:
        return note

    async def forged() -> Note:
        return Note(text="forged")

    app = FastAPI()

    @app.get("/notes/{note}")
    async def read(found: Annotated[Note, Depends(outside)]) -> str:
        return found.text

    replaced = (inside, outside)[place]
    buckler = protect(app, database.async_session)
    await buckler.start()
    app.dependency_overrides[Project] = app.dependency_overrides[replaced] = forged
    assert (await ask(app, "GET", "/notes/1", token="bob")).status == 404
    assert (await ask(app, "GET", "/notes/1", token="alice")).body == b'"of alice"'
    assert list(app.dependency_overrides) == [Project]
    app.dependency_overrides[replaced] = forged
    with pytest.raises(StartRefused, match=f"replaces {replaced.__name__} .*with it the Owned"):
        await buckler.start()
