"""Every cookie that leaves is held to the rules: completed where that takes nothing away, else held back."""

import json
import logging
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from buckler import Public, Requires, guarded
from buckler.install import buckler_of
from tests.edge.setting_cookies import WHOLE, lines_of, setting, whole
from tests.stage import development, protect
from tests.wire import ask, knock

ONE = "a=1; Secure; HttpOnly; SameSite=Lax"
COMPLETED = [
    ("a=1", ONE),
    ("a=1;", "a=1; Secure; HttpOnly; SameSite=Lax"),
    ("a=", "a=; Secure; HttpOnly; SameSite=Lax"),
    ("a=1" + WHOLE, "a=1" + WHOLE),
    ("a=1; path=/; secure; httponly; samesite=strict", "a=1; path=/; secure; httponly; samesite=strict"),
    ("a=1; HTTPONLY ;; SECURE", "a=1; HTTPONLY ;; SECURE; SameSite=Lax"),
    ("a=1; Max-Age=0; expires=Thu, 01 Jan 1970 00:00:00 GMT", None),
    ('a="x y\\073\\"\\351\\\\"', 'a="x y\\073\\"\\351\\\\"; Secure; HttpOnly; SameSite=Lax'),
    ('a=""', 'a=""; Secure; HttpOnly; SameSite=Lax'),
    ("a=b=c==", "a=b=c==; Secure; HttpOnly; SameSite=Lax"),
    ("a=1; Partitioned; Priority=High", None),
    ("__Host-a=1", "__Host-a=1; Secure; HttpOnly; SameSite=Lax; Path=/"),
    ("__Host-a=1; Path=/", "__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax"),
    ("__Secure-a=1; Path=/x", "__Secure-a=1; Path=/x; Secure; HttpOnly; SameSite=Lax"),
    ("__Host-Http-a=1", "__Host-Http-a=1; Secure; HttpOnly; SameSite=Lax; Path=/"),
    ("theme=dark", "theme=dark; Secure; SameSite=Lax"),
    ("theme=dark; HttpOnly", "theme=dark; HttpOnly; Secure; SameSite=Lax"),
    ("embed=1", "embed=1; Secure; HttpOnly; SameSite=None"),
    ("embed=1; SameSite=none", "embed=1; SameSite=none; Secure; HttpOnly"),
    ("embed=1; SameSite=Lax", "embed=1; SameSite=Lax; Secure; HttpOnly"),
    ("firm=1", "firm=1; Secure; HttpOnly; SameSite=Strict"),
    ("shared=1; Domain=example.test", "shared=1; Domain=example.test; Secure; HttpOnly; SameSite=Lax"),
    ("shared=1; domain=.Example.test", "shared=1; domain=.Example.test; Secure; HttpOnly; SameSite=Lax"),
    ("shared=1", "shared=1; Secure; HttpOnly; SameSite=Lax"),
    ("a=" + "x" * 4095, None),
    ("a=1; Path=/" + "x" * 1023, None),
]
"""What an app says, and what leaves; None for the same with what it lacks at the end."""


@pytest.mark.parametrize(("said", "left"), COMPLETED)
async def test_what_a_cookie_lacks_it_gets(said: str, left: str | None) -> None:
    assert await lines_of(whole(), said) == [left or said + "; Secure; HttpOnly; SameSite=Lax"]


TWO_WAYS = [
    "a=1\x00",
    "a=1\x1f; Secure",
    "a=1\t; Secure",
    "a=1\x7f",
    "a=\xe4",
    "a=1; Path=/\xe4",
    "",
    "a",
    "=1",
    "; Secure",
    "a b=1",
    "a(=1",
    'a"=1',
    "a=1,b=2",
    "a=b c",
    'a=b"',
    'a="b',
    'a="b"c"',
    'a="b;c"',
    'a="b\\',
    "a=b\\",
    "a=1; Secure=false",
    "a=1; HttpOnly=",
    "a=1; HttpOnly; httponly",
    "a=1; SameSite=Lax; SameSite=None",
    "a=1; Path=/; path=/x",
    "a=1; SameSite",
    "a=1; SameSite=Laxe",
    "a=1; =x",
    "a=1; x y=2",
    "__host-a=1; Path=/; Secure",
    "__HOST-a=1; Path=/; Secure",
    "__secure-a=1; Secure",
    "__host-http-a=1",
    "__Host-buckler-session=x" + WHOLE,
    "__host-buckler-session=x" + WHOLE,
    "__Host-Buckler-device=x" + WHOLE,
    "__Secure-buckler-session=x; Secure",
    "__Host-Http-buckler-session=x",
    "__Host-buckler-session=; Max-Age=0",
]


@pytest.mark.parametrize("line", TWO_WAYS)
async def test_what_reads_in_two_ways_does_not_leave(line: str) -> None:
    """Nor does anything else of the answer."""
    answer = await setting(whole(), "fine=1", line)
    assert (answer.status, answer.code, answer.values("set-cookie")) == (500, "cookie-malformed", [])


async def plant(_: Request) -> Response:
    return Response("ok", headers={"set-cookie": "__Host-buckler-session=x" + WHOLE})


async def planted(scope: Any, receive: Any, send: Any) -> None:
    await (await plant(Request(scope)))(scope, receive, send)


def with_planters() -> FastAPI:
    """Sets a cookie of ours from every kind of route that an app has, also where a part of ours answers there."""
    app = FastAPI()
    app.add_api_route("/function", plant, dependencies=[Public("a test")], response_model=None)
    app.router.routes.append(Route("/guarded", guarded(plant, Public("a test"))))
    app.router.routes.append(Route("/app", guarded(planted, Public("a test"))))
    app.mount("/mounted", guarded(planted, Public("a test")))
    app.mount("/router", Router([Route("/x", guarded(plant, Public("a test")))]))
    inside = APIRouter()
    inside.routes.append(Route("/included", guarded(plant, Public("a test"))))
    app.include_router(inside)
    return protect(app)


@pytest.mark.parametrize("path", ["/function", "/guarded", "/app", "/mounted/x", "/router/x", "/included"])
async def test_no_route_of_the_app_sets_a_cookie_of_ours(path: str) -> None:
    app = with_planters()
    answer = await ask(app, "GET", path)
    assert (answer.status, answer.code, answer.values("set-cookie")) == (500, "cookie-malformed", [])
    doors = buckler_of(app).policy().routes  # type: ignore[union-attr]
    assert not any(each.added_by_buckler for each in doors)


AGAINST = [
    ("a=1; Domain=example.test", "declare it: Cookie('a', domain='example.test'"),
    ("a=1; Domain=", "leave Domain out"),
    ("theme=1; Domain=example.test", "Cookie('theme', domain='example.test'"),
    ("shared=1; Domain=test", "leave Domain out"),
    ("shared=1; Domain=evil.example.test", "leave Domain out"),
    ("__Host-a=1; Domain=example.test", "leave Domain out"),
    ("__Host-a=1; Path=/x", "write Path=/"),
    ("__Host-a=1; Path=", "write Path=/"),
    ("a=1; SameSite=None; Secure", "declare it: Cookie('a', same_site='none'"),
    ("theme=1; SameSite=none", "Cookie('theme', same_site='none'"),
    ("a=" + "x" * 4096, "keep the data on the server"),
    ("a=1; Path=/" + "x" * 1024, "write at most 1024"),
]


@pytest.mark.parametrize(("line", "remedy"), AGAINST)
async def test_what_hands_it_to_others_or_is_dropped_does_not_leave(
    line: str, remedy: str, caplog: pytest.LogCaptureFixture
) -> None:
    """500, with the cookie and the remedy in the event; the client is told neither."""
    caplog.set_level(logging.INFO, "buckler.events")
    answer = await setting(whole(), line)
    assert (answer.status, answer.code, answer.values("set-cookie")) == (500, "cookie-refused", [])
    told = [json.loads(each) for each in caplog.messages if "cookie-refused" in each]
    assert [(each["event"], each["by"]) for each in told] == [("sys_answer_refused", "cookies")]
    assert remedy in told[0]["remedy"]
    assert line.partition("=")[0] in told[0]["reason"]
    assert remedy not in answer.body.decode()


async def test_no_more_cookies_than_browsers_keep_and_a_request_brings_back() -> None:
    app = whole()
    assert len(await lines_of(app, *(f"a{n}=1" for n in range(50)))) == 50
    assert (await setting(app, *(f"a{n}=1" for n in range(51)))).code == "cookie-refused"
    large = ["a=" + "x" * 4000, "b=" + "x" * 4000]
    assert len(await lines_of(app, *large, "c=" + "x" * 189)) == 3
    assert (await setting(app, *large, "c=" + "x" * 190)).code == "cookie-refused"


async def test_of_two_for_one_place_the_last_stays() -> None:
    """As in a browser: saying it again is harmless, and a name for two places is two cookies."""
    app = whole()
    assert await lines_of(app, "a=1" + WHOLE, "b=1" + WHOLE, "a=2" + WHOLE) == ["a=2" + WHOLE, "b=1" + WHOLE]
    for other in ("a=2; Path=/x", "a=2", "a=2; path=/; Domain=example.test"):
        assert (await setting(app, "a=1; Path=/", other)).code == "cookie-malformed"


@pytest.mark.parametrize("status", [200, 201, 302, 304, 404, 422])
async def test_every_status_is_looked_at(status: int) -> None:
    assert (await setting(whole(), "a=1", status=status)).values("set-cookie") == [ONE]
    assert (await setting(whole(), "a=1; Domain=evil.test", status=status)).values("set-cookie") == []


async def test_errors_of_the_app_sockets_and_capitals_are_looked_at() -> None:
    app = whole()
    raised = await ask(app, "GET", "/raises")
    assert (raised.status, raised.values("set-cookie")) == (409, [ONE])
    assert (await ask(app, "GET", "/bad-raise")).values("set-cookie") == []
    assert (await ask(app, "GET", "/capitals")).values("set-cookie") == [ONE]
    accepted = await knock(app, "/socket?line=a=1")
    assert (b"set-cookie", ONE.encode()) in accepted.messages[0]["headers"]
    assert not (await knock(app, "/socket?line=a=1;Domain=evil.test")).accepted
    assert not (await knock(app, "/socket?line=__Host-buckler-session=1")).accepted


async def test_a_refusal_of_ours_leaves_without_a_bad_cookie_of_the_app() -> None:
    """The status is that of the refusal: over it no cookie has a say."""
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> None:
        from buckler import Refused
        from buckler.errors import Refusal

        raise Refused(Refusal(402, "pay", "Pay first.", ((b"set-cookie", b"a=1; Domain=evil.test"),)))

    answer = await ask(protect(app), "GET", "/")
    assert (answer.status, answer.code, answer.values("set-cookie")) == (402, "pay", [])


async def test_plain_http_in_development_keeps_its_cookies() -> None:
    """`Secure` is added where browsers drop the cookie without it, and nowhere else."""
    app = whole(settings=development())
    given = {"host": "localhost", "scheme": "http"}
    assert await lines_of(app, "a=1", **given) == ["a=1; HttpOnly; SameSite=Lax"]
    assert await lines_of(app, "__Host-a=1", **given) == ["__Host-a=1; Secure; HttpOnly; SameSite=Lax; Path=/"]
    assert await lines_of(app, "embed=1", **given) == ["embed=1; Secure; HttpOnly; SameSite=None"]
    assert await lines_of(app, "a=1; Secure", **given) == ["a=1; Secure; HttpOnly; SameSite=Lax"]


async def test_starlettes_sessions_go_on_as_before() -> None:
    """Their cookie has no prefix and, unless told to, no Secure."""
    app = FastAPI()
    app.add_middleware(SessionMiddleware, secret_key="k" * 32)

    @app.get("/in", dependencies=[Public("a test")])
    async def come_in(request: Request) -> str:
        request.session["who"] = "ada"
        return "ok"

    @app.get("/who", dependencies=[Public("a test")])
    async def who(request: Request) -> str:
        name = str(request.session.get("who"))
        request.session.clear()
        return name

    protect(app)
    (line,) = (await ask(app, "GET", "/in")).values("set-cookie")
    assert line.startswith("session=")
    assert line.endswith("; httponly; samesite=lax; Secure")
    gone = await ask(app, "GET", "/who", headers=[("cookie", line.partition(";")[0])])
    assert gone.body == b'"ada"'
    assert gone.values("set-cookie")[0].endswith("; Secure")


async def test_the_log_names_a_cookie_once(caplog: pytest.LogCaptureFixture) -> None:
    """What it got and what its name lacks; not those that are whole, or declared and whole."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = whole()
    for _ in range(2):
        await lines_of(app, "a=1", "__Host-b=1", "__Host-c=1" + WHOLE, "legacy=1" + WHOLE, "d=1" + WHOLE)
    told = [json.loads(each) for each in caplog.messages if "sys_cookie_completed" in each]
    assert [(each["named"], each["added"], each["prefixed"]) for each in told] == [
        ("a", ["Secure", "HttpOnly", "SameSite=Lax"], False),
        ("__Host-b", ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"], True),
        ("d", [], False),
    ]
    assert "script=True" in told[0]["remedy"]
    for number in range(120):
        await lines_of(app, f"n{number}=1")
    assert len([each for each in caplog.messages if "sys_cookie_completed" in each]) == 100


async def test_who_may_not_come_in_gets_no_cookie() -> None:
    app = FastAPI()

    @app.get("/mine", dependencies=[Requires("a:x")])
    async def mine(response: Response) -> str:
        response.set_cookie("a", "1")
        return "mine"

    protect(app)
    assert (await ask(app, "GET", "/mine")).values("set-cookie") == []
    assert len((await ask(app, "GET", "/mine", token="alice")).values("set-cookie")) == 1
