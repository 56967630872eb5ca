"""What `default=` may be, and where it holds: it says who may call what says nothing itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.params import Security
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from buckler import Accepts, Buckler, ConfigurationError, Limit, Public, Requires, StartRefused
from buckler.access.declarations.declaration import Declaration
from buckler.access.declarations.declaring import declaration_in
from buckler.access.routes.fastapi_tree import DEFAULT, survey
from buckler.access.routes.judgement import Rules, judge
from tests.stage import people, production, protect
from tests.wire import ask, knock

SECRET, OPEN = Requires("a:x"), Public("a test")
Build = Callable[[FastAPI, list[str], Path], str]


def route(app: FastAPI, ran: list[str], _: Path) -> str:
    app.add_api_route("/in", lambda: ran.append("route"))
    return "/in"


def socket(app: FastAPI, ran: list[str], _: Path) -> str:
    @app.websocket("/in")
    async def talk(websocket: WebSocket) -> None:
        ran.append("socket")
        await websocket.accept()

    return "/in"


def files(app: FastAPI, ran: list[str], folder: Path) -> str:
    (folder / "in").write_text("inside")
    app.mount("/files", StaticFiles(directory=folder))
    return "/files/in"


def starlette(app: FastAPI, ran: list[str], _: Path) -> str:
    async def inside(_: object) -> PlainTextResponse:
        ran.append("starlette")
        return PlainTextResponse("inside")

    app.mount("/sub", Starlette(routes=[Route("/in", inside)]))
    return "/sub/in"


def sub_app(app: FastAPI, ran: list[str], _: Path) -> str:
    inner = FastAPI()
    inner.add_api_route("/in", lambda: ran.append("sub-app"))
    app.mount("/sub", inner)
    return "/sub/in"


BUILDS: tuple[Build, ...] = (route, socket, files, starlette, sub_app)
SPEECHLESS: tuple[Security, ...] = (Limit("5/minute"), Accepts("1 MB"))


@pytest.mark.parametrize("default", [*SPEECHLESS, list(SPEECHLESS), []], ids=["limit", "accepts", "both", "none"])
def test_a_default_that_does_not_say_who_may_call_cannot_be_given(default: Any) -> None:
    """Else a route that somebody forgot would be open, and limited."""
    with pytest.raises(ConfigurationError, match=r"says nothing about who may call.*default=\[Requires\(\)"):
        Buckler(FastAPI(), settings=production(), authenticator=people(), default=default)


@pytest.mark.parametrize("default", SPEECHLESS, ids=["limit", "accepts"])
@pytest.mark.parametrize("build", BUILDS)
def test_nor_does_it_open_a_door_if_it_is_there(build: Build, default: Security, tmp_path: Path) -> None:
    """The judge asks again once the default is added: each door has a fault, and no duty."""
    app = FastAPI()
    path = build(app, [], tmp_path)
    app.openapi_url = None
    door = next(door for door in survey(app).doors if door.path in (path, "/files/{path}"))
    judged = judge(door, Rules(None, (declaration_in(default),), factors=1, max_body=1))
    assert judged.duty is None
    assert "says nothing about who may call it" in str(judged.fault)


@pytest.mark.parametrize("build", BUILDS)
async def test_an_app_that_was_given_one_anyway_serves_nothing(build: Build, tmp_path: Path) -> None:
    """Past the check of the constructor, on the router where a default is kept."""
    ran: list[str] = []
    app = FastAPI()
    path = build(app, ran, tmp_path)
    buckler = Buckler(app, settings=production(), authenticator=people())
    setattr(app.router, DEFAULT, (declaration_in(Limit("5/minute")),))
    with pytest.raises(StartRefused, match="says nothing about who may call it"):
        await buckler.start()
    assert (await ask(app, "GET", path)).status == 503
    assert not (await knock(app, path)).accepted
    assert ran == []


def inner_app(ran: list[str], **given: Any) -> FastAPI:
    inner = FastAPI()
    inner.add_api_route("/in", lambda: ran.append("inner"))
    return protect(inner, **given)


async def test_a_sub_app_with_a_limit_for_a_default_does_not_open_what_its_parent_closes() -> None:
    """Set past the check of the constructor: it takes the place of the parent's, and says nothing. Nobody gets in."""
    ran: list[str] = []
    inner, app = inner_app(ran), FastAPI()
    setattr(inner.router, DEFAULT, (declaration_in(Limit("5/minute")),))
    app.mount("/sub", inner)
    buckler = Buckler(app, settings=production(), authenticator=people(), default=SECRET)
    with pytest.raises(StartRefused, match=r"/sub/in .* says nothing about who may call it"):
        await buckler.start()
    assert (await ask(app, "GET", "/sub/in")).status == 503
    assert ran == []


@pytest.mark.parametrize(
    ("inner", "outer", "status"),
    [(OPEN, SECRET, 200), (SECRET, OPEN, 401), (None, SECRET, 401), (None, OPEN, 200)],
    ids=["inner open", "inner closed", "outer closed", "outer open"],
)
async def test_the_nearest_default_holds_alone(inner: Security | None, outer: Security, status: int) -> None:
    """An app that says in words who may call it means it wherever it is mounted; one without a default takes over
    that of the app around it.
    """
    app = FastAPI()
    app.mount("/sub", inner_app([], default=inner))
    protect(app, default=outer)
    assert (await ask(app, "GET", "/sub/in")).status == status


async def test_what_the_parent_declares_no_default_below_it_weakens() -> None:
    """A requirement on the app itself reaches every route in it, and no default is asked."""
    app = FastAPI(dependencies=[SECRET])
    app.mount("/sub", inner_app([], default=OPEN))
    protect(app)
    assert (await ask(app, "GET", "/sub/in")).status == 401


async def test_a_limit_beside_who_may_call_is_a_default() -> None:
    """Several declarations add up."""
    app = FastAPI()
    app.add_api_route("/in", lambda: "inside")
    protect(app, default=[SECRET, Limit("1/minute")])
    assert (await ask(app, "GET", "/in")).status == 401
    assert [(await ask(app, "GET", "/in", token="alice")).status for _ in range(2)] == [200, 429]


def test_a_declaration_by_itself_is_a_default_and_one_of_the_wrong_kind_is_named() -> None:
    found: Declaration = declaration_in(OPEN)
    assert str(found) == "Public('a test')"
    with pytest.raises(ConfigurationError, match=r"not a declaration: write Public\(\.\.\.\) or Requires"):
        Buckler(FastAPI(), settings=production(), default="Public")  # type: ignore[arg-type]
