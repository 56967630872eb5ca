"""Pages of listed origins may read; what looks like one may not; and nobody but the edge answers what browsers ask."""

import json
import logging
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response, WebSocket
from starlette.middleware.cors import CORSMiddleware

from buckler import Cors, Limit, Public, Requires
from tests.proof import two_sided_async
from tests.stage import development, production, protect
from tests.twins.twin import Twin
from tests.wire import Answer, ask, knock

FRONT = "https://front.example.test"
PORTED = "https://front.example.test:8443"
LISTED = Cors([FRONT, PORTED], credentials=True, headers=["Content-Type", "X-Note"], expose=["X-Total"])


def make_app() -> FastAPI:
    app = FastAPI()
    reached: list[str] = []
    app.state.reached = reached

    @app.api_route("/open", methods=["GET", "PUT", "OPTIONS"], dependencies=[Public("a test")])
    async def open_(request: Request) -> Response:
        """As an app that lets everybody in by hand: whoever asks is told that it may."""
        reached.append(request.method)
        mirrored = request.headers.get("origin", "*")
        fields = {"access-control-allow-origin": mirrored, "access-control-allow-credentials": "true"}
        return Response("secret", headers={**fields, "vary": "accept"})

    @app.get("/plain", dependencies=[Public("a test")])
    async def plain() -> str:
        return "plain"

    @app.put("/mine", dependencies=[Requires("a:x")])
    async def mine() -> str:
        return "mine"

    @app.get("/once", dependencies=[Public("a test"), Limit("1/day")])
    async def once() -> str:
        return "once"

    @app.websocket("/socket", dependencies=[Public("a test")])
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    return app


def whole(cors: Cors | None = LISTED, **given: Any) -> FastAPI:
    return protect(make_app(), cors=cors, **given)


def twin() -> FastAPI:
    return protect(make_app(), kind=Twin, without="cors", cors=LISTED)


async def read(app: FastAPI, origin: str | bytes, path: str = "/open", **given: Any) -> Answer:
    return await ask(app, "GET", path, headers=[("origin", origin)], **given)


async def may_read(app: FastAPI, origin: str, path: str = "/open", *, with_cookies: bool = True) -> bool:
    """Whether a browser hands the answer to a page of this origin (Fetch, section 4.10)."""
    answer = await read(app, origin.encode(), path)
    allowed = answer.header("access-control-allow-origin")
    if allowed == "*" and not with_cookies:
        return True
    has_credentials = answer.header("access-control-allow-credentials") == "true"
    return (
        allowed is not None and allowed.encode("latin-1") == origin.encode() and (has_credentials or not with_cookies)
    )


async def preflight(
    app: FastAPI, origin: str = FRONT, method: str = "PUT", fields: str | None = None, path: str = "/mine", **given: Any
) -> Answer:
    headers = [("origin", origin), ("access-control-request-method", method)]
    headers += [] if fields is None else [("access-control-request-headers", fields)]
    return await ask(app, "OPTIONS", path, headers=headers + given.pop("headers", []), **given)


LOOK_ALIKES = [
    "null",
    "",
    " ",
    "*",
    "https://",
    "https://evil.test",
    "http://front.example.test",
    "HTTPS://front.example.test",
    "https://FRONT.example.test",
    "https://Front.Example.Test",
    "https://front.example.test:443",
    "https://front.example.test:444",
    "https://front.example.test:08443",
    "https://front.example.test:",
    "https://front.example.test/",
    "https://front.example.test/x",
    "https://front.example.test?",
    "https://front.example.test#",
    "https://front.example.test.",
    "https://front.example.test..",
    "https://front.example.test.evil.test",
    "https://front.example.test%2eevil.test",
    "https://front.example.testevil.test",
    "https://evilfront.example.test",
    "https://evil.front.example.test",
    "https://evil.test/https://front.example.test",
    "https://evil.test#https://front.example.test",
    "https://evil.test?https://front.example.test",
    "https://front.example.test@evil.test",
    "https://evil.test@front.example.test",
    "https://user:word@front.example.test",
    "https://frontxexample.test",
    "https://front.example.tes",
    "https://ront.example.test",
    "https://example.test",
    "https://fr\u043ent.example.test",
    "https://xn--frnt-rqa.example.test",
    "https://front\u3002example\u3002test",
    "https://front.example.test\u200b",
    "https://front_.example.test",
    "https:/front.example.test",
    "https:front.example.test",
    "//front.example.test",
    "front.example.test",
    "file://front.example.test",
    "chrome-extension://front.example.test",
    "https://[::1]",
    "https://127.0.0.1",
    "https://front.example.test https://evil.test",
    "https://front.example.test,https://evil.test",
    "https://" + "a" * 400 + ".test",
]


@pytest.mark.asvs("3.4.2")
@pytest.mark.parametrize("origin", LOOK_ALIKES)
async def test_what_looks_like_a_listed_origin_is_none(origin: str) -> None:
    """The route mirrors whoever asks; with `cors` nobody hears of it. Nor is it told that it may send anything."""

    async def attack(app: FastAPI) -> bool:
        return await may_read(app, origin)

    await two_sided_async(attack, whole=whole(), twin=twin())
    answer = await preflight(whole(), origin.encode())  # type: ignore[arg-type]
    assert (answer.status, answer.header("access-control-allow-origin")) == (403, None)
    assert answer.header("access-control-allow-methods") is None


@pytest.mark.asvs("3.4.2")
async def test_a_pattern_that_ends_too_soon_is_the_usual_hole() -> None:
    """As it is written every day, in Starlette's middleware; a list has nothing to get wrong."""
    from starlette.types import ASGIApp

    def middled() -> ASGIApp:
        app = FastAPI()
        app.add_api_route("/open", lambda: "secret", methods=["GET"])
        options: dict[str, Any] = {"allow_origin_regex": r"https://front.example.test.*", "allow_credentials": True}
        app.add_middleware(CORSMiddleware, **options)
        return app

    async def attack(app: Any) -> bool:
        return await may_read(app, "https://front.example.test.evil.test")

    await two_sided_async(attack, whole=whole(), twin=middled())


@pytest.mark.parametrize("origin", [FRONT, PORTED])
@pytest.mark.parametrize("path", ["/open", "/plain"])
async def test_a_listed_origin_reads(origin: str, path: str) -> None:
    """With the cookies of its visitor, and the fields that are named; once each, whatever the app said."""
    answer = await read(whole(), origin, path)
    assert answer.header("access-control-allow-origin") == origin
    assert answer.header("access-control-allow-credentials") == "true"
    assert answer.header("access-control-expose-headers") == "x-total"
    assert "origin" in answer.values("vary")


async def test_a_cache_hands_no_answer_to_another_page() -> None:
    """`Vary` whoever asked: a listed origin, another one, nobody. What the app varies by stays."""
    app = whole()
    for headers in ([("origin", FRONT)], [("origin", "https://evil.test")], []):
        answer = await ask(app, "GET", "/open", headers=headers)
        assert sorted(answer.values("vary")) == ["accept", "origin"]
    assert (await ask(app, "GET", "/open")).header("access-control-allow-origin") is None
    twice = await ask(app, "GET", "/open", headers=[("origin", FRONT), ("origin", FRONT)])
    assert twice.header("access-control-allow-origin") is None


async def test_a_preflight_is_answered_without_the_app() -> None:
    """For a route that is there, one that is not, and one that has OPTIONS of its own."""
    app = whole()
    for path in ("/mine", "/nowhere", "/open"):
        answer = await preflight(app, path=path, fields="x-note, Content-Type,accept")
        assert (answer.status, answer.body) == (204, b"")
        assert answer.header("access-control-allow-origin") == FRONT
        assert answer.header("access-control-allow-credentials") == "true"
        assert answer.header("access-control-allow-methods") == "GET, HEAD, POST, PUT, PATCH, DELETE"
        assert answer.header("access-control-allow-headers") == "content-type, x-note, x-csrf-token"
        assert answer.header("access-control-max-age") == "600"
        assert "access-control-request-method" in str(answer.header("vary"))
        assert answer.received == 0
    assert app.state.reached == []


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"method": "PUT"}, 204),
        ({"method": "GET"}, 204),
        ({"method": "put"}, 403),
        ({"method": "PURGE"}, 403),
        ({"method": "*"}, 403),
        ({"method": ""}, 403),
        ({"fields": ""}, 204),
        ({"fields": "X-NOTE"}, 204),
        ({"fields": "x-csrf-token"}, 204),
        ({"fields": "authorization"}, 403),
        ({"fields": "x-note, authorization"}, 403),
        ({"fields": "*"}, 403),
        ({"fields": "x-note x"}, 403),
        ({"fields": "x-note," * 200}, 403),
        ({"headers": [("origin", FRONT)]}, 403),
        ({"headers": [("access-control-request-method", "PUT")]}, 403),
        ({"fields": "x-note", "headers": [("access-control-request-headers", "authorization")]}, 403),
        ({"headers": [("authorization", "Bearer nobody")]}, 204),
    ],
)
async def test_a_preflight_is_asked_for_what_is_listed(given: dict[str, Any], status: int) -> None:
    answer = await preflight(whole(), **given)
    assert answer.status == status
    assert status == 204 or answer.code == "preflight-refused"


async def test_what_is_no_preflight_goes_on() -> None:
    app = whole()
    answer = await ask(app, "OPTIONS", "/open", headers=[("origin", FRONT)])
    assert (answer.status, answer.header("access-control-allow-origin")) == (200, FRONT)
    assert (await ask(app, "OPTIONS", "/open", headers=[("access-control-request-method", "PUT")])).status == 200
    assert (await ask(app, "GET", "/plain", headers=[("access-control-request-method", "PUT")])).status == 200
    assert (await knock(app, "/socket", headers=[("origin", FRONT)])).accepted


async def test_a_no_is_in_the_log_with_what_to_write(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "buckler.events")
    app = whole()
    await preflight(app, "https://other.example.test")
    told = [json.loads(each) for each in caplog.messages if "preflight-refused" in each]
    assert [(each["event"], each["by"]) for each in told] == [("sys_request_refused", "cors")]
    assert told[0]["remedy"].endswith("BUCKLER_CORS_ORIGINS=https://other.example.test")
    await preflight(app)
    assert len([each for each in caplog.messages if "preflight" in each]) == 1


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("/mine", {"token": "alice"}, 405),
        ("/nowhere", {}, 404),
        ("/once", {}, 429),
        ("/plain", {"host": "evil.test"}, 400),
        ("/plain", {"scheme": "http"}, 403),
    ],
)
async def test_a_refusal_is_read_by_those_who_may_read(path: str, given: dict[str, Any], status: int) -> None:
    app = whole()
    await ask(app, "GET", "/once")
    for origin, allowed in ((FRONT, FRONT), ("https://evil.test", None)):
        answer = await read(app, origin, path, **given)
        assert (answer.status, answer.header("access-control-allow-origin")) == (status, allowed)
        assert "origin" in answer.values("vary")


async def test_nobody_is_told_where_nobody_is_listed() -> None:
    """And the operator's origins count as those in the code do."""
    plain = await read(whole(None), FRONT, "/plain")
    assert not [name for name, _ in plain.headers if name.startswith(b"access-control") or name == b"vary"]
    assert (await preflight(whole(None))).status == 405
    told = production(cors_origins=f"{FRONT}, https://more.example.test")
    assert await may_read(whole(None, settings=told), FRONT, "/plain", with_cookies=False)
    assert not await may_read(whole(None, settings=told), FRONT, "/plain")
    both = whole(Cors([PORTED], credentials=True), settings=told)
    assert [await may_read(both, each, "/plain") for each in (FRONT, PORTED, "https://evil.test")] == [
        True,
        True,
        False,
    ]


async def test_a_star_is_for_all_and_without_cookies() -> None:
    app = whole(Cors(["*"]))
    answer = await read(app, "https://anywhere.test", "/plain")
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("access-control-allow-credentials") is None
    assert answer.header("vary") is None
    assert (await preflight(app, "null")).header("access-control-allow-origin") == "*"


async def test_plain_http_is_listed_in_development_alone() -> None:
    local = Cors(["http://localhost:5173"])
    app = whole(local, settings=development())
    answer = await read(app, "http://localhost:5173", "/plain", host="localhost", scheme="http")
    assert answer.header("access-control-allow-origin") == "http://localhost:5173"
