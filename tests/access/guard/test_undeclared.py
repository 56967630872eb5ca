"""Routes that say nothing, on trial: of every kind they answer until its day, and are shut after it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from buckler import Buckler, Limit, Public, Requires, Trial
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import people, production, protect
from tests.wire import Lifespan, ask, knock

LATER = 10 * 86_400.0
TRIAL = Trial(until="2027-01-20", reason="moving to Buckler", only={"undeclared"})


async def inside() -> PlainTextResponse:
    return PlainTextResponse("inside")


async def plain(_: Any) -> PlainTextResponse:
    return PlainTextResponse("inside")


def direct(app: FastAPI, _: Path) -> None:
    app.get("/in")(inside)


def included(app: FastAPI, _: Path) -> None:
    router = APIRouter()
    router.get("/in")(inside)
    app.include_router(router)


def sub_app(app: FastAPI, _: Path) -> None:
    inner = FastAPI()
    inner.get("/")(inside)
    app.mount("/in", inner)


def sub_app_with_its_own_buckler(app: FastAPI, _: Path) -> None:
    """The app around it judges, and both trials have to let it answer."""
    inner = FastAPI()
    inner.get("/")(inside)
    Buckler(inner, settings=production(), clock=FakeClock(), trial=TRIAL)
    app.mount("/in", inner)


def starlette(app: FastAPI, _: Path) -> None:
    app.mount("/in", Starlette(routes=[Route("/", plain)]))


def plain_route(app: FastAPI, _: Path) -> None:
    app.router.routes.append(Route("/in", plain))


def files(app: FastAPI, folder: Path) -> None:
    (folder / "index.html").write_text("inside")
    app.mount("/in", StaticFiles(directory=folder, html=True))


BUILDS = [direct, included, sub_app, sub_app_with_its_own_buckler, starlette, plain_route, files]


@pytest.mark.parametrize("build", BUILDS)
async def test_it_answers_on_trial_and_is_shut_after_it(build: Callable[[FastAPI, Path], None], tmp_path: Path) -> None:
    """Without a trial the app does not even start."""
    clock, over = FakeClock(), FakeClock()
    apps: list[FastAPI] = []
    for each in (clock, over):
        app = FastAPI()
        build(app, tmp_path)
        apps.append(protect(app, trial=TRIAL, clock=each))
    target = "/in" if build in (direct, included, plain_route) else "/in/"

    async def reached(app: FastAPI) -> bool:
        return b"inside" in (await ask(app, "GET", target)).body

    on_trial, ended = apps
    async with Lifespan(on_trial), Lifespan(ended):
        over.advance(LATER)
        await two_sided_async(reached, whole=ended, twin=on_trial)
        assert (await ask(ended, "GET", target)).code == "undeclared"
    bare = FastAPI()
    build(bare, tmp_path)
    assert not await Lifespan(protect(bare)).start()


async def test_a_socket_is_opened_on_trial_and_shut_after_it() -> None:
    clock = FakeClock()
    app = FastAPI()

    @app.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("inside")

    protect(app, trial=TRIAL, clock=clock)
    assert (await knock(app, "/talk")).accepted
    clock.advance(LATER)
    assert not (await knock(app, "/talk")).accepted


async def test_a_route_that_is_declared_is_held_to_it() -> None:
    """Also beside one that is not: the trial is of a route, not of a path."""
    app = FastAPI()
    app.get("/in", dependencies=[Requires("a:x")])(inside)
    app.post("/in")(inside)
    protect(app, trial=TRIAL)
    assert (await ask(app, "GET", "/in")).status == 401
    assert (await ask(app, "GET", "/in", token="carol")).status == 403
    assert (await ask(app, "POST", "/in")).status == 200


async def test_a_default_leaves_nothing_undeclared() -> None:
    """It says who may, also for what a trial would have let anybody call."""
    app = FastAPI()
    app.get("/in")(inside)
    protect(app, trial=TRIAL, default=Requires())
    assert (await ask(app, "GET", "/in")).status == 401


async def test_what_it_does_declare_holds() -> None:
    """A limit is no leave, and stands all the same: this trial lifts nothing but the missing declaration."""
    app = FastAPI()
    app.get("/in", dependencies=[Limit("1/minute")])(inside)
    protect(app, trial=TRIAL)
    assert [(await ask(app, "GET", "/in")).status for _ in range(2)] == [200, 429]


async def test_two_credentials_are_one_too_many_there_too() -> None:
    app = FastAPI()
    app.get("/in")(inside)
    protect(app, trial=TRIAL)
    twice = [("authorization", "Bearer alice"), ("authorization", "Bearer bob")]
    assert (await ask(app, "GET", "/in", headers=twice)).status == 400


async def test_other_faults_stop_the_start_as_ever() -> None:
    """Only what says nothing is let off; what says something wrong is not."""
    app = FastAPI()
    app.get("/in", dependencies=[Public("a test"), Requires()])(inside)
    assert not await Lifespan(protect(app, trial=TRIAL)).start()


async def test_one_route_in_two_places_is_declared_at_both_or_none() -> None:
    """It has one guard, which cannot tell them apart: what stands undeclared in one of them is no leave."""
    app, shared = FastAPI(), Starlette(routes=[Route("/", plain)])
    around = FastAPI(dependencies=[Public("a test")])
    around.mount("/in", shared)
    app.mount("/declared", around)
    app.mount("/in", shared)
    assert not await Lifespan(protect(app, trial=TRIAL)).start()


async def test_a_document_of_the_api_names_it() -> None:
    """As one that anybody may call, which on trial it is."""
    app = FastAPI()
    app.get("/in")(inside)
    Buckler(app, settings=production(), authenticator=people(), clock=FakeClock(), trial=TRIAL)
    async with Lifespan(app):
        assert "/in" in app.openapi()["paths"]
