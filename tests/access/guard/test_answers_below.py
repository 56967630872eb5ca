"""Middleware that answers by itself below a place of callers, inside other wrappers, and around itself."""

import json
import logging
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import PlainTextResponse
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount, Route, Router

from buckler import ConfigurationError, Public, Requires, StartRefused, answers, guarded
from buckler.install import buckler_of
from tests.proof import two_sided_async
from tests.stage import protect
from tests.wire import Lifespan, ask


class Dump:
    """Answers at one path below wherever it stands."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/dump"):
            await PlainTextResponse("ALL ROWS")(scope, receive, send)
        else:
            await self.app(scope, receive, send)


Dumping = answers(Dump, "dump of the area")
OURS = [Requires("a:x")]


def page() -> FastAPI:
    inner = FastAPI()
    inner.add_api_route("/page", lambda: "page", dependencies=[Public("a test")])
    return inner


def answer(_: Request) -> PlainTextResponse:
    return PlainTextResponse("p")


def plain_page(**given: Any) -> Starlette:
    endpoint = guarded(answer, Public("a test"))
    return Starlette(routes=[Route("/page", endpoint)], **given)


def around(app: FastAPI, who: Any) -> None:
    app.mount("/area", guarded(Dumping(page()), who))


def inside(app: FastAPI, who: Any) -> None:
    inner = page()
    inner.add_middleware(Dumping)
    app.mount("/area", guarded(inner, who))


def of_starlette(app: FastAPI, who: Any) -> None:
    app.mount("/area", guarded(plain_page(middleware=[Middleware(Dumping)]), who))


def deeper(app: FastAPI, who: Any) -> None:
    app.mount("/area", guarded(Starlette(routes=[Mount("/more", Dumping(plain_page()))]), who))


def of_router(app: FastAPI, who: Any) -> None:
    endpoint = guarded(answer, Public("a test"))
    app.mount("/area", guarded(Router([Route("/page", endpoint)], middleware=[Middleware(Dumping)]), who))


def below_a_router(app: FastAPI, who: Any) -> None:
    router = APIRouter(dependencies=[who])
    router.mount("/area", Dumping(page()))
    app.include_router(router)


WAYS = [around, inside, of_starlette, deeper, of_router, below_a_router]


@pytest.mark.parametrize("way", WAYS)
async def test_below_a_place_of_callers_it_stops_the_start(way: Any) -> None:
    """Where anybody may enter it answers; where not anybody may, it would answer anybody."""
    path = "/area/more/dump" if way is deeper else "/area/dump"

    async def dumped(app: FastAPI) -> bool:
        return (await ask(app, "GET", path)).body == b"ALL ROWS"

    opened, closed = FastAPI(), FastAPI()
    way(opened, Public("a test"))
    opened = protect(opened)
    standing = buckler_of(opened)
    assert standing is not None
    assert [each.reason for each in standing.policy().answering] == ["dump of the area"]
    told = standing.explain("GET", path)
    assert (told.decision, [step.why for step in told.steps]) == ("allowed", ["dump of the area"])
    way(closed, Requires("a:x"))
    await two_sided_async(dumped, twin=opened, whole=protect(closed))
    standing = buckler_of(closed)
    assert standing is not None
    with pytest.raises(StartRefused, match=r"answers\(Dump\) stands below /area.*says Requires\('a:x'\)"):
        standing.policy()


async def test_dependencies_of_the_app_count_for_what_is_mounted_in_it() -> None:
    app = FastAPI(dependencies=OURS)
    inner = FastAPI()
    inner.add_api_route("/page", lambda: "page")
    app.mount("/area", Dumping(inner))
    assert not await Lifespan(protect(app)).start()


async def test_outside_of_what_asks_who_is_calling_it_may_stand(caplog: pytest.LogCaptureFixture) -> None:
    """Around `guarded`, and on the app itself; each is told at the start, however deep it stands."""
    caplog.set_level(logging.INFO, "buckler.events")
    app, inner = FastAPI(dependencies=OURS), FastAPI()
    inner.add_api_route("/page", lambda: "page")
    app.mount("/area", guarded(inner, Requires("a:x")))
    app.add_middleware(answers(Dump, "page of the whole"))
    open_ = FastAPI()
    open_.mount("/deep", Starlette(routes=[Mount("/more", plain_page(middleware=[Middleware(Dumping)]))]))
    open_.mount("/area", Dumping(guarded(inner, Requires("a:x"))))
    for each in (protect(app), protect(open_)):
        async with Lifespan(each):
            assert (await ask(each, "GET", "/area/page")).status == 401
            assert (await ask(each, "GET", "/area/dump")).body == b"ALL ROWS"
    said = [json.loads(each.message) for each in caplog.records if each.name == "buckler.events"]
    told = [each["reason"] for each in said if each["event"] == "sys_exemption"]
    assert told == ["page of the whole", "dump of the area"]


@pytest.mark.parametrize("way", WAYS)
async def test_one_that_comes_while_the_app_serves_is_shut(way: Any) -> None:
    """With all that is below its mount, until it is gone or rightly placed."""
    app = protect(FastAPI())
    path = "/area/more/dump" if way is deeper else "/area/dump"
    async with Lifespan(app):
        assert (await ask(app, "GET", path)).status == 404
        way(app, Requires("a:x"))
        answered = await ask(app, "GET", path)
        assert (answered.status, b"ROWS" in answered.body) == (403, False)
        app.router.routes.pop()
        app.mount("/area", Dumping(guarded(page(), Public("a test"))))
        assert (await ask(app, "GET", "/area/dump")).body == b"ALL ROWS"


class Inherits(Dumping):  # type: ignore[valid-type, misc]
    """One that is made from it, and overrides nothing."""


@pytest.mark.parametrize("kind", [Dumping, Inherits])
def test_it_is_written_once(kind: Any) -> None:
    """Twice, the inner one would hold the notes of the outer: what the app said would leave undecided."""
    with pytest.raises(ConfigurationError, match="already"):
        answers(kind, "again")


class Leaks(Dump):
    """Undeclared middleware inside."""


async def test_one_that_is_made_from_it_lets_nothing_else_out() -> None:
    for kind in (Dumping, Inherits):
        app = FastAPI()
        app.add_middleware(Leaks)
        app.add_middleware(kind)
        protect(app)
        assert (await ask(app, "GET", "/dump")).body == b"ALL ROWS"
        assert (await ask(app, "GET", "/none")).status == 404
