"""Every answer carries the full set, whatever its status and whoever made it."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.staticfiles import StaticFiles

from buckler import ConfigurationError, Limit, Public, Requires, guarded
from buckler.edge.headers import NO_FEATURES, Hsts
from tests.stage import development, production, protect
from tests.wire import Answer, ask

WANTED = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": NO_FEATURES.decode(),
}


class Item(BaseModel):
    size: int


def make_app(folder: Path, *, debug: bool = False) -> FastAPI:
    app = FastAPI(debug=debug)
    add_answers(app)
    add_guarded(app)
    inner = FastAPI()
    inner.add_api_route("/ok", lambda: "inner", dependencies=[Public("a test")])
    app.mount("/sub", inner)
    app.mount("/silent", guarded(silent, Public("a test")))
    (folder / "a.css").write_text("a{}")
    app.mount("/static", guarded(StaticFiles(directory=folder), Public("style")))
    return protect(app, settings=production(max_body_bytes=1000))


async def silent(scope: Any, receive: Any, send: Any) -> None:
    """An app that goes without a word."""


def add_answers(app: FastAPI) -> None:
    public = [Public("a test")]

    @app.get("/ok", dependencies=public)
    async def ok() -> str:
        return "ok"

    @app.get("/status/{code}", dependencies=public)
    async def status(code: int) -> Response:
        return Response(status_code=code)

    @app.get("/raises/{code}", dependencies=public)
    async def raises(code: int) -> None:
        raise HTTPException(code)

    @app.get("/crash", dependencies=public)
    async def crash() -> None:
        raise RuntimeError("CANARY")

    @app.get("/stream", dependencies=public)
    async def stream() -> StreamingResponse:
        return StreamingResponse(iter(["a", "b"]), media_type="text/plain")

    @app.get("/late-crash", dependencies=public)
    async def late_crash() -> StreamingResponse:
        async def chunks() -> Any:
            yield "a"
            raise RuntimeError("CANARY")

        return StreamingResponse(chunks(), media_type="text/plain")


def add_guarded(app: FastAPI) -> None:
    public = [Public("a test")]

    @app.post("/items", dependencies=public)
    async def items(item: Item) -> int:
        return item.size

    @app.get("/mine", dependencies=[Requires("a:x")])
    async def mine() -> str:
        return "mine"

    @app.get("/once", dependencies=[Public("a test"), Limit("1/minute")])
    async def once() -> str:
        return "once"

    @app.get("/own", dependencies=public)
    async def own(response: Response) -> str:
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        response.headers["Cache-Control"] = "public, max-age=60"
        response.headers["X-Request-Id"] = "forged"
        return "own"


def check(answer: Answer) -> None:
    assert {name: answer.header(name) for name in WANTED} == WANTED
    assert answer.header("x-request-id")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ok", 200),
        ("GET", "/stream", 200),
        ("GET", "/sub/ok", 200),
        ("GET", "/sub/none", 404),
        ("GET", "/static/a.css", 200),
        ("HEAD", "/static/a.css", 200),
        ("GET", "/static/none", 404),
        ("GET", "/none", 404),
        ("HEAD", "/none", 404),
        ("GET", "/ok/", 404),
        ("POST", "/ok", 405),
        ("TRACE", "/ok", 405),
        ("OPTIONS", "/ok", 405),
        ("GET", "/mine", 401),
        ("GET", "/crash", 500),
        ("GET", "/status/201", 201),
        ("GET", "/status/204", 204),
        ("GET", "/status/302", 302),
        ("GET", "/status/503", 503),
        ("GET", "/raises/400", 400),
        ("GET", "/raises/404", 404),
        ("GET", "/raises/409", 409),
        ("GET", "/raises/418", 418),
        ("GET", "/raises/500", 500),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/silent/x", 500),
        ("GET", "/status/205", 205),
        ("GET", "/status/206", 206),
        ("GET", "/status/413", 413),
        ("PROPFIND", "/ok", 405),
    ],
)
async def test_every_status_has_them(tmp_path: Path, method: str, path: str, status: int) -> None:
    answer = await ask(make_app(tmp_path), method, path)
    assert answer.status == status
    check(answer)


async def test_refusals_have_them_too(tmp_path: Path) -> None:
    """403, 413, 422, 429, and 400 from the door; none is stored by a cache."""
    app = make_app(tmp_path)
    await ask(app, "GET", "/once")
    answers = [
        await ask(app, "GET", "/mine", token="carol"),
        await ask(app, "GET", "/mine", token="nobody"),
        await ask(app, "POST", "/items", body=b"x" * 2000),
        await ask(app, "GET", "/once"),
        await ask(app, "GET", "/ok", host="evil.test"),
    ]
    assert [answer.status for answer in answers] == [403, 401, 413, 429, 400]
    for answer in answers:
        check(answer)
        assert answer.header("cache-control") == "no-store"
    check(await ask(app, "POST", "/items", json_body={}))


async def test_a_crash_after_the_start_leaves_a_short_answer_with_headers(tmp_path: Path) -> None:
    answer = await ask(make_app(tmp_path), "GET", "/late-crash")
    check(answer)
    assert answer.body == b"a"


async def test_debug_mode_changes_none(tmp_path: Path) -> None:
    app = make_app(tmp_path, debug=True)
    for path in ("/ok", "/crash", "/none"):
        check(await ask(app, "GET", path))


async def test_the_apps_own_policy_stays_and_its_request_id_does_not(tmp_path: Path) -> None:
    """The log knows the request by our id alone."""
    app = make_app(tmp_path)
    answer = await ask(app, "GET", "/own", headers=[("x-request-id", "also forged")])
    assert answer.header("content-security-policy") == "default-src 'self'"
    assert answer.header("cache-control") == "public, max-age=60"
    assert answer.header("x-content-type-options") == "nosniff"
    assert "forged" not in str(answer.header("x-request-id"))


async def test_a_signed_in_callers_answer_is_not_stored(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    assert (await ask(app, "GET", "/mine", token="alice")).header("cache-control") == "no-store"
    assert (await ask(app, "GET", "/ok")).header("cache-control") is None


async def test_ids_are_new_for_each_request(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    ids = {(await ask(app, "GET", "/ok")).header("x-request-id") for _ in range(50)}
    assert len(ids) == 50


async def test_nothing_tells_what_runs_here(tmp_path: Path) -> None:
    answer = await ask(make_app(tmp_path), "GET", "/ok")
    assert answer.values("server") == answer.values("x-powered-by") == []


async def test_hsts_is_short_on_loopback_and_absent_on_plain_http() -> None:
    app = FastAPI()
    app.add_api_route("/", lambda: "ok", dependencies=[Public("a test")])
    local = protect(app, settings=development(origin="https://localhost:8443"))
    answer = await ask(local, "GET", "/", host="localhost:8443")
    assert answer.header("strict-transport-security") == "max-age=300"
    other = FastAPI()
    other.add_api_route("/", lambda: "ok", dependencies=[Public("a test")])
    answer = await ask(protect(other, settings=development()), "GET", "/", host="localhost", scheme="http")
    assert answer.header("strict-transport-security") is None


def test_a_negative_promise_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="HSTS"):
        Hsts(-1, subdomains=False)
