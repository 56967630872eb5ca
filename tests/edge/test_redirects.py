"""A redirect leads to ourselves or to a listed origin, however a browser would read it."""

from typing import Any

import pytest
from fastapi import FastAPI, Response
from starlette.responses import RedirectResponse

from buckler import Public
from tests.proof import two_sided_async
from tests.stage import development, production, protect
from tests.twins.twin import Twin
from tests.wire import HOST, ask

PAY = "https://pay.example.com"
PORTED = "https://id.example.com:8443"
SETTINGS = {"redirect_origins": f"{PAY}, {PORTED}", "hosts": "www.example.test"}

ELSEWHERE = [
    "https://evil.test",
    "https://evil.test/",
    "HTTPS://EVIL.TEST/",
    "http://evil.test",
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "\t//evil.test",
    " //evil.test",
    "  https://evil.test",
    "\x00//evil.test",
    "https:evil.test",
    "https:/evil.test",
    "https:///evil.test",
    "https:\\\\evil.test",
    "https:/\\evil.test",
    "ht\ttps://evil.test",
    f"https://{HOST}@evil.test",
    f"https://{HOST}:443@evil.test",
    f"https://evil.test\\@{HOST}",
    f"https://evil.test#@{HOST}",
    f"https://evil.test?@{HOST}",
    f"https://user@{HOST}/",
    f"https://:@{HOST}/",
    f"https://{HOST}.evil.test",
    f"https://{HOST}evil.test",
    f"https://evil{HOST}",
    f"https://{HOST}.",
    f"https://{HOST}:8443",
    f"https://{HOST}:",
    f"https://{HOST}:0443",
    f"https://{HOST}%2eevil.test",
    f"https://{HOST}%00.evil.test",
    f"https://{HOST}\\.evil.test",
    f"https://{HOST}\t.evil.test",
    f"http://{HOST}/",
    f"ftp://{HOST}/",
    f"//{HOST}/",
    "https://pay.example.com:444/",
    "https://id.example.com/",
    "http://pay.example.com/",
    "https://api.ex\u00e4mple.test",
    "https://\uff45vil.test".encode().decode("latin-1"),
    "https://xn--80ak6aa92e.test",
    "https://0x7f.1",
    "https://2130706433",
    "https://[::1]/",
    "https://[::ffff:7f00:1]/",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://api.example.test/1",
    "x-app:open",
    "a:b",
    "/a\\b",
    "/a\tb",
    "/a\x7fb",
    "?a\rb",
    "x" * 8193,
]
OURS = [
    "",
    "/",
    "/a",
    "/a/b?c=d#e",
    "/a//b",
    "/a:b",
    "/login?next=https://evil.test/",
    "/login?next=//evil.test",
    "/a%5Cb",
    "/%09/a",
    "/caf\u00c3\u00a9",
    "/with a space",
    "/'\"<>{{7*7}}",
    "?page=2",
    "?next=//evil.test",
    "#top",
    "page",
    "page/2",
    "page?x=1:2",
    "./page",
    "../page",
    "..",
    ".",
    "-/x",
    f"https://{HOST}",
    f"https://{HOST}/",
    f"https://{HOST}:443/a",
    f"HTTPS://{HOST.upper()}/a",
    f"https://{HOST}?a=b",
    f"https://{HOST}#//evil.test",
    "https://www.example.test/welcome",
    f"{PAY}/checkout?order=1",
    f"{PORTED}/authorize?redirect_uri=https%3A%2F%2F{HOST}",
]


def make_app() -> FastAPI:
    app = FastAPI(dependencies=[Public("a test")])

    @app.get("/go")
    async def go(status: int = 302) -> Response:
        return Response(status_code=status, headers=app.state.headers)

    @app.get("/next")
    async def lead(to: str) -> Response:
        return RedirectResponse(to)

    @app.get("/things/")
    async def things() -> str:
        return "things"

    @app.get("/twice")
    async def twice() -> Response:
        answer = Response(status_code=302)
        answer.raw_headers += [(b"location", b"/a"), (b"location", b"/b")]
        return answer

    @app.get("/capitals")
    async def capitals() -> Response:
        answer = Response(status_code=302)
        answer.raw_headers.append((b"Location", b"//evil.test"))
        return answer

    app.state.headers = {}
    return app


def whole(**given: Any) -> FastAPI:
    return protect(make_app(), settings=production(**SETTINGS | given))


def twin() -> FastAPI:
    app = make_app()
    Twin(app, without="redirects", settings=production(**SETTINGS), authenticator=None)
    return app


async def leads(app: FastAPI, name: str, value: str, status: int = 302) -> bool:
    """Whether an answer of the app with this header leaves as the app made it."""
    app.state.headers = {name: value}
    answer = await ask(app, "GET", f"/go?status={status}")
    kept = answer.header(name) == value
    assert kept or (answer.status, answer.code) in ((403, "redirect-refused"), (500, "http-500")), answer
    assert kept == (answer.status == status)
    return kept


@pytest.mark.asvs("3.7.2")
@pytest.mark.parametrize("value", ELSEWHERE)
async def test_elsewhere_nobody_is_led(value: str) -> None:
    """Whatever a browser would repair, and every scheme that is not the web's."""

    async def attack(app: FastAPI) -> bool:
        return await leads(app, "location", value)

    if any(character in value for character in "\x00\n\r\x7f"):
        assert not await attack(whole())  # `headers` would hold it as well
    else:
        await two_sided_async(attack, whole=whole(), twin=twin())


@pytest.mark.parametrize("value", OURS)
async def test_here_and_to_listed_origins_it_leads_as_the_app_said(value: str) -> None:
    """Byte for byte; a text that only looks dangerous is harmless in a path or a query."""
    app = whole()
    assert await leads(app, "location", value)
    assert await leads(app, "location", value, 308)


@pytest.mark.asvs("3.7.2")
async def test_an_open_redirect_leads_nowhere_else() -> None:
    """The endpoint takes where to go from the caller, as many do; what is said instead is 403."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/next?to=https://evil.test/fake-sign-in")
        return answer.header("location") == "https://evil.test/fake-sign-in"

    await two_sided_async(attack, whole=whole(), twin=twin())
    answer = await ask(whole(), "GET", "/next?to=https://evil.test/")
    assert (answer.status, answer.code, answer.header("location")) == (403, "redirect-refused", None)
    assert b"evil" not in answer.body
    assert (await ask(whole(), "GET", "/next?to=/home")).header("location") == "/home"


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("5", True),
        ("0; url=/a", True),
        ("0;URL='/a'", True),
        ('0, url="/a"', True),
        (f"0; url={PAY}/x", True),
        ("0; url=", False),
        ("0; url=https://evil.test", False),
        ("0;url='https://evil.test'", False),
        ("0; url=//evil.test", False),
        ("0 url=https://evil.test", False),
        ("0; https://evil.test", False),
        ("0; url=/a'https://evil.test", False),
        ("0; url='/a", False),
        ("x", False),
        (";url=//evil.test", False),
        ("0; url=javascript:alert(1)", False),
    ],
)
async def test_refresh_is_a_redirect_whatever_the_status(value: str, taken: bool) -> None:
    app = whole()
    for status in (200, 302, 404):
        assert await leads(app, "refresh", value, status) is taken


async def test_two_places_to_go_are_one_too_many() -> None:
    app = whole()
    assert (await ask(app, "GET", "/twice")).code == "redirect-refused"
    app.state.headers = {"location": "/a", "refresh": "0; url=/b"}
    assert (await ask(app, "GET", "/go")).code == "redirect-refused"


async def test_a_name_in_capitals_hides_nothing() -> None:
    assert (await ask(whole(), "GET", "/capitals")).code == "redirect-refused"


@pytest.mark.parametrize("status", [200, 201, 202, 404])
async def test_what_no_browser_follows_is_left_alone(status: int) -> None:
    """`Location` with 201 says where the new thing is."""
    assert await leads(whole(), "location", "https://elsewhere.test/thing/1", status)
    assert await leads(whole(), "content-location", "https://elsewhere.test/thing/1", 302)


async def test_starlettes_own_redirect_to_a_slash_works_where_a_route_decided_and_is_404_elsewhere() -> None:
    """It is made by the router, before any guard: the exit gate holds it."""
    assert (await ask(whole(), "GET", "/things")).status == 404
    assert (await ask(whole(), "GET", "/things/")).status == 200


async def test_a_redirect_to_the_address_that_was_asked_works_in_development_too() -> None:
    """Where no origin is configured: the same scheme, host and port."""
    app = protect(make_app(), settings=development())
    for location, status in (
        ("http://localhost:8000/a", 302),
        ("http://localhost:9000/a", 403),
        ("http://evil.test/", 403),
    ):
        app.state.headers = {"location": location}
        assert (await ask(app, "GET", "/go", scheme="http", host="localhost:8000")).status == status
