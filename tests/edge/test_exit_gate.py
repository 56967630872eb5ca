"""What nothing allowed does not leave: neither a byte nor a header of it."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from buckler import Public, Requires, Trial
from tests.edge.on_trial import lines
from tests.stage import protect
from tests.wire import ask, knock

ORIGIN = "https://front.example.test"


class Answers:
    """A middleware that answers by itself, before any routing."""

    def __init__(self, app: Any, status: int) -> None:
        self._status = status

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept", "headers": [(b"x-canary", b"CANARY")]})
            await send({"type": "websocket.send", "text": "CANARY"})
            return
        headers = {"x-canary": "CANARY", "location": "/CANARY", "set-cookie": "CANARY=1"}
        await Response("CANARY", self._status, headers)(scope, receive, send)


def make_app(status: int = 200) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/", lambda: "ok", dependencies=[Public("a test")])
    app.add_middleware(Answers, status=status)
    return protect(app)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        *((status, 403) for status in (200, 201, 204, 206, 226)),
        *((status, 404) for status in (300, 301, 302, 303, 304, 307, 308)),
        *((status, status) for status in (400, 401, 402, 403, 404, 405, 406, 409, 410, 413, 418, 422, 429, 451, 499)),
        *((status, status) for status in (500, 501, 502, 503, 504, 599)),
    ],
)
async def test_an_undecided_answer_becomes_ours(status: int, told: int) -> None:
    """Errors keep their status; a redirect that no route made is 404; anything else is 403."""
    answer = await ask(make_app(status), "GET", "/")
    assert answer.status == told
    assert "CANARY" not in repr(answer.headers) + answer.body.decode()
    assert answer.problem["status"] == told


def with_slashes() -> FastAPI:
    app = FastAPI()
    for path in ("/users", "/things/", "/stück"):
        app.add_api_route(path, lambda: "ok", methods=["GET", "POST"], dependencies=[Public("a test")])
    inner = FastAPI()
    inner.add_api_route("/deep", lambda: "ok", dependencies=[Public("a test")])
    app.mount("/sub", inner)
    return app


@pytest.mark.parametrize("path", ["/users/", "/users/?a=/b", "/things", "/st%C3%BCck/", "/sub/deep/"])
async def test_a_slash_more_or_less_is_told_in_the_log(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """The app redirected before; on trial too nothing of that leaves, so somebody must be told."""
    assert (await ask(with_slashes(), "GET", path)).status == 307
    trial = Trial(until="2027-01-20", reason="a test")
    for app in (protect(with_slashes()), protect(with_slashes(), trial=trial)):
        caplog.clear()
        answer = await ask(app, "GET", path)
        assert (answer.status, answer.code, answer.header("location")) == (404, "slash-redirect", None)
        (line,) = lines(caplog, "malicious_direct_reference")
        assert (line["refusal"], line["by"]) == ("slash-redirect", "exit-gate")


async def test_what_is_not_there_with_another_slash_either_leaves_no_line(caplog: pytest.LogCaptureFixture) -> None:
    """Nor does a redirect to somewhere else."""
    app = protect(with_slashes())
    for path in ("/nobody", "/nobody/", "/", "/users"):
        assert (await ask(app, "GET", path)).status == (200 if path == "/users" else 404)
    assert (await ask(make_app(307), "GET", "/users")).code == "http-404"
    assert lines(caplog, "malicious_direct_reference") == []


async def test_many_of_them_are_one_line_and_a_number(caplog: pytest.LogCaptureFixture) -> None:
    app = protect(with_slashes())
    for _ in range(50):
        await ask(app, "GET", "/users/")
    assert len(lines(caplog, "malicious_direct_reference")) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "LINK", "PROPFIND"])
async def test_whatever_the_method(method: str) -> None:
    answer = await ask(make_app(), method, "/")
    assert answer.status == 403
    assert "CANARY" not in repr(answer.headers) + answer.body.decode()


async def test_an_undecided_websocket_is_closed_before_it_opens() -> None:
    knocked = await knock(make_app(), "/")
    assert (knocked.accepted, knocked.code) == (False, 1008)
    assert "CANARY" not in json.dumps(knocked.messages, default=str)


def preflight(**more: str) -> list[tuple[str, str]]:
    return [("origin", ORIGIN), ("access-control-request-method", "POST"), *more.items()]


def with_cors() -> FastAPI:
    app = FastAPI()

    @app.post("/", dependencies=[Requires()])
    async def root() -> str:
        return "ok"

    app.add_middleware(CORSMiddleware, allow_origins=[ORIGIN], allow_methods=["POST"], allow_headers=["authorization"])
    return protect(app)


async def test_a_preflight_leaves_with_its_cors_fields_and_nothing_else() -> None:
    answer = await ask(with_cors(), "OPTIONS", "/", headers=preflight())
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("access-control-allow-origin") == ORIGIN
    assert answer.header("vary") == "origin"
    assert (await ask(make_app(), "OPTIONS", "/", headers=preflight())).header("x-canary") is None


async def test_a_preflight_from_elsewhere_is_an_error() -> None:
    headers = [("origin", "https://evil.test"), ("access-control-request-method", "POST")]
    answer = await ask(with_cors(), "OPTIONS", "/", headers=headers)
    assert answer.status == 400
    assert answer.header("access-control-allow-origin") is None


async def test_a_preflight_that_is_answered_without_any_header_leaves_bare() -> None:
    """ASGI lets an app say nothing at all of headers."""

    class Terse:
        def __init__(self, app: Any) -> None:
            pass

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"CANARY"})

    app = FastAPI()
    app.add_middleware(Terse)
    answer = await ask(protect(app), "OPTIONS", "/", headers=preflight())
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("access-control-allow-origin") is None


@pytest.mark.parametrize("missing", ["origin", "access-control-request-method"])
async def test_half_a_preflight_is_none(missing: str) -> None:
    headers = [pair for pair in preflight() if pair[0] != missing]
    assert (await ask(make_app(), "OPTIONS", "/", headers=headers)).status == 403


async def test_a_405_tells_the_methods_of_the_route() -> None:
    """RFC 9110 section 15.5.6."""
    answer = await ask(with_cors(), "PUT", "/")
    assert (answer.status, answer.header("allow")) == (405, "POST")


async def test_an_app_that_never_answers_is_a_500() -> None:
    class Silent:
        def __init__(self, app: Any) -> None:
            pass

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            raise RuntimeError("CANARY")

    app = FastAPI()
    app.add_middleware(Silent)
    answer = await ask(protect(app), "GET", "/")
    assert answer.status == 500
    assert b"CANARY" not in answer.body
