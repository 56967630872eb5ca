"""A front end of another origin can read our refusals where the app's CORS middleware lets it read the app."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from buckler import Limit, Public, Requires
from tests.stage import production, protect
from tests.wire import Answer, ask

FRONT = "https://front.example.test"


def make_app(**cors: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/mine", dependencies=[Requires("a:x")])
    async def mine() -> str:
        return "mine"

    @app.get("/once", dependencies=[Public("a test"), Limit("1/minute")])
    async def once() -> str:
        return "once"

    @app.post("/body", dependencies=[Public("a test")])
    async def body(number: dict[str, int]) -> int:
        return len(number)

    app.add_middleware(CORSMiddleware, **{"allow_origins": [FRONT], "expose_headers": ["Retry-After"], **cors})
    return protect(app, settings=production(max_body_bytes=100))


async def get(app: FastAPI, path: str, origin: str = FRONT, **given: Any) -> Answer:
    return await ask(app, "GET", path, headers=[("origin", origin)], **given)


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("/mine", {}, 401),
        ("/mine", {"token": "nobody"}, 401),
        ("/mine", {"token": "carol"}, 403),
        ("/once", {}, 429),
        ("/none", {}, 404),
        ("/body", {}, 405),
    ],
)
async def test_an_allowed_origin_reads_the_refusal(path: str, given: dict[str, Any], status: int) -> None:
    """With its status, its words and the time to wait."""
    app = make_app(allow_credentials=True)
    await get(app, "/once")
    answer = await get(app, path, **given)
    assert answer.status == status
    assert answer.header("access-control-allow-origin") == FRONT
    assert answer.header("access-control-allow-credentials") == "true"
    assert answer.header("access-control-expose-headers") == "Retry-After"
    assert answer.header("vary") == "origin"


@pytest.mark.parametrize("path", ["/mine", "/none", "/once"])
@pytest.mark.parametrize("origin", ["https://evil.test", "null", f"{FRONT}.evil.test", ""])
async def test_another_origin_reads_nothing(path: str, origin: str) -> None:
    app = make_app()
    await ask(app, "GET", "/once")
    answer = await get(app, path, origin)
    assert answer.header("access-control-allow-origin") is None
    assert answer.header("access-control-allow-credentials") is None


async def test_a_star_stays_a_star_and_brings_no_credentials() -> None:
    app = make_app(allow_origins=["*"])
    answer = await get(app, "/mine", "https://anywhere.test")
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("access-control-allow-credentials") is None


async def test_who_names_no_origin_gets_none_of_it() -> None:
    answer = await ask(make_app(allow_origins=["*"]), "GET", "/mine")
    assert answer.header("access-control-allow-origin") is None
    assert answer.header("vary") is None


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"access-control-allow-origin": "https://evil.test"}, set()),
        ({"access-control-allow-origin": FRONT, "access-control-allow-credentials": "CANARY"}, {"origin"}),
        ({"access-control-allow-origin": FRONT, "access-control-expose-headers": "CANARY=1; x"}, {"origin"}),
        (
            {"access-control-allow-origin": FRONT, "access-control-CANARY": "CANARY", "set-cookie": "CANARY=1"},
            {"origin"},
        ),
        ({"access-control-allow-credentials": "true", "access-control-expose-headers": "x"}, set()),
    ],
)
async def test_nothing_else_of_the_answer_gets_out_that_way(fields: dict[str, str], kept: set[str]) -> None:
    """Neither in the values of these fields nor beside them."""

    class Answers:
        def __init__(self, app: Any) -> None:
            pass

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await Response("CANARY", 200, fields)(scope, receive, send)

    app = FastAPI()
    app.add_middleware(Answers)
    answer = await get(protect(app), "/")
    assert answer.code == "undecided"
    assert "CANARY" not in repr(answer.headers) + answer.body.decode()
    found = {name.decode().removeprefix("access-control-allow-") for name, _ in answer.headers if b"access" in name}
    assert found == kept


EDGE = [
    ("/body", {"method": "POST", "headers": [("content-length", "101")]}, 413),
    ("/a/../mine", {}, 400),
    ("/mine", {"headers": [("x", "y" * 9000)]}, 431),
    ("/mine", {"host": "evil.test"}, 400),
    ("/mine", {"scheme": "http"}, 403),
]
"""Refused before the app, and with it its middleware, is asked."""


async def ask_edge(app: FastAPI, path: str, given: dict[str, Any], origin: str = FRONT) -> Answer:
    given = dict(given)
    headers = [("origin", origin), *given.pop("headers", [])]
    return await ask(app, given.pop("method", "GET"), path, headers=headers, **given)


@pytest.mark.parametrize(("path", "given", "status"), EDGE)
@pytest.mark.parametrize("cors", [{}, {"allow_origins": (), "allow_origin_regex": r"https://front\..*"}])
async def test_an_allowed_origin_reads_what_the_edge_refused(
    path: str, given: dict[str, Any], status: int, cors: dict[str, Any]
) -> None:
    answer = await ask_edge(make_app(allow_credentials=True, **cors), path, given)
    assert answer.status == status
    assert answer.header("access-control-allow-origin") == FRONT
    assert answer.header("access-control-allow-credentials") == "true"
    assert answer.header("access-control-expose-headers") == "Retry-After"
    assert answer.header("vary") == "origin"


@pytest.mark.parametrize(("path", "given", "status"), EDGE)
@pytest.mark.parametrize("origin", ["https://evil.test", "null", "", FRONT + "." + "a" * 300])
async def test_another_origin_reads_nothing_of_it(path: str, given: dict[str, Any], status: int, origin: str) -> None:
    """Nor does one that is longer than any: a pattern of the app's own never gets it."""
    answer = await ask_edge(make_app(allow_origin_regex=f"{FRONT}.a*"), path, given, origin)
    assert answer.status == status
    assert answer.header("access-control-allow-origin") is None
    assert answer.header("vary") == "origin"


async def test_a_star_is_told_as_the_middleware_tells_it() -> None:
    """With credentials such an app does not start (`test_cors_policy.py`)."""
    app = make_app(allow_origins=["*"])
    for path, given in (("/mine", {}), ("/mine", {"scheme": "http"})):
        answer = await ask_edge(app, path, given, "https://anywhere.test")
        assert answer.header("access-control-allow-origin") == "*"


async def test_an_app_without_such_middleware_says_nothing_of_it() -> None:
    answer = await ask_edge(protect(FastAPI()), "/", {"scheme": "http"})
    assert not [name for name, _ in answer.headers if name.startswith(b"access-control")]


async def test_middleware_that_is_added_after_buckler_counts() -> None:
    """Until the app starts; and only what is CORS middleware is made a second time."""

    class Other:
        def __init__(self, app: Any) -> None:
            made.append(self)
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await self.app(scope, receive, send)

    made: list[Other] = []
    app = protect(FastAPI())
    app.add_middleware(CORSMiddleware, allow_origins=[FRONT])
    app.add_middleware(Other)
    answer = await ask_edge(app, "/nowhere", {})
    assert (answer.status, answer.header("access-control-allow-origin")) == (404, FRONT)
    assert (await ask_edge(app, "/", {"scheme": "http"})).header("access-control-allow-origin") == FRONT
    assert len(made) == 1


async def test_an_allowed_origin_reads_that_the_app_broke() -> None:
    """Starlette answers a crash outside the app's own middleware."""
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> None:
        raise RuntimeError

    app.add_middleware(CORSMiddleware, allow_origins=[FRONT])
    answer = await get(protect(app), "/")
    assert (answer.status, answer.header("access-control-allow-origin")) == (500, FRONT)
