"""A person who navigates reads a page; every client reads the problem document as before."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse

from buckler import Limit, Public, Requires
from buckler.asgi import Exchange
from buckler.console.navigation import HOME, SIGN_IN
from buckler.edge.error_pages import STYLE, ErrorPages
from buckler.errors import Refusal
from tests.events.test_log import events_of
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import Answer, Fields, ask, knock

MARKUP = "<img src=x onerror=alert(1)>"
BROWSER = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
NAVIGATES = ("sec-fetch-mode", "navigate")


def make_app() -> FastAPI:
    app = FastAPI()
    public = [Public("a test")]

    @app.get("/crash", dependencies=public)
    async def crash() -> None:
        raise RuntimeError("CANARY")

    @app.get("/says/{status}", dependencies=public)
    async def says(status: int) -> None:
        raise HTTPException(status, MARKUP, headers={"x-own": "1"})

    @app.get("/mine", dependencies=[Requires("a:x")])
    async def mine() -> None: ...

    @app.post("/form", dependencies=public)
    async def form(number: int) -> int:
        return number

    @app.get("/own", dependencies=public)
    async def own() -> Response:
        return HTMLResponse("<p>own</p>", 404)

    @app.get("/once", dependencies=[*public, Limit("1/hour")])
    async def once() -> None: ...

    @app.websocket("/socket", dependencies=[Requires("a:x")])
    async def socket() -> None: ...

    return app


@pytest.fixture
def app() -> FastAPI:
    return protect(make_app())


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data


async def navigate(app: FastAPI, target: str, method: str = "GET", *further: tuple[str, str], **given: Any) -> Answer:
    return await ask(app, method, target, headers=[BROWSER, NAVIGATES, *further], **given)


@pytest.mark.parametrize(
    ("method", "target", "status", "words"),
    [
        ("GET", "/none", 404, "There is nothing here"),
        ("GET", "/crash", 500, "Something went wrong here"),
        ("GET", "/mine", 401, "Please sign in"),
        ("GET", "/says/503", 503, "Not available just now"),
        ("GET", "/says/403", 403, MARKUP),
        ("GET", "/says/418", 418, "I'm a Teapot"),
        ("POST", "/own", 405, "This is not done here"),
        ("POST", "/form", 422, "Something in this does not fit"),
        ("GET", "/a%2fb", 400, "This request could not be read"),
    ],
)
async def test_a_person_reads_a_page(app: FastAPI, method: str, target: str, status: int, words: str) -> None:
    """Whoever refused: the edge, the guard, the router or the app."""
    answer = await navigate(app, target, method)
    assert (answer.status, answer.header("content-type")) == (status, "text/html; charset=utf-8")
    assert answer.header("content-length") == str(len(answer.body))
    assert answer.header("cache-control") == "no-store"
    page = Page(answer)
    assert words in page.words
    assert str(answer.header("x-request-id")) in page.words
    assert "CANARY" not in page.words
    assert ("lang", "en") in page.attributes
    assert [page.tags.count(each) for each in ("title", "main", "h1", "nav", "footer")] == [1] * 5
    assert not {"script", "img", "link", "form", "iframe"} & set(page.tags)
    assert all(name != "style" and not name.startswith("on") for name, _ in page.attributes)


async def test_its_policy_allows_its_one_style_and_nothing_else(app: FastAPI) -> None:
    """By the hash of what stands on the page."""
    for target in ("/none", "/crash", "/mine"):
        answer = await navigate(app, target)
        style = re.findall("<style>(.*?)</style>", answer.body.decode())
        assert style == [STYLE]
        digest = b64encode(sha256(style[0].encode()).digest()).decode()
        assert answer.header("content-security-policy") == (
            f"default-src 'none'; style-src 'sha256-{digest}'; object-src 'none'; base-uri 'none'; form-action 'none';"
            " frame-ancestors 'none'"
        )


CLIENTS: list[Fields] = [
    [],
    [("accept", "*/*")],
    [("accept", "application/json")],
    [("accept", "application/json, text/html;q=0.9")],
    [("accept", "text/html;q=0.5, application/problem+json;q=0.6")],
    [("accept", "text/html;q=0")],
    [("accept", "text/html;q=nothing")],
    [("accept", "application/xhtml+xml")],
    [BROWSER, ("sec-fetch-mode", "cors")],
    [BROWSER, ("sec-fetch-mode", "no-cors")],
    [BROWSER, ("authorization", "Basic eDp5")],
    [BROWSER, NAVIGATES, NAVIGATES],
]


@pytest.mark.parametrize("headers", CLIENTS)
async def test_a_client_reads_a_problem_document(app: FastAPI, headers: Fields) -> None:
    for target in ("/none", "/crash", "/says/403"):
        answer = await ask(app, "GET", target, headers=headers)
        assert answer.problem["status"] == answer.status
        assert answer.header("vary") is None


@pytest.mark.parametrize("accept", ["text/html", "text/html;q=0.8, application/json;q=0.8", "text/html;level=1,*/*"])
async def test_an_older_browser_reads_a_page_too(app: FastAPI, accept: str) -> None:
    answer = await ask(app, "GET", "/says/404", headers=[("accept", accept)])
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("vary") == "accept, sec-fetch-mode"


async def test_what_the_app_said_with_its_error_stays_on_the_answer(app: FastAPI) -> None:
    """And its own pages are its own."""
    answer = await navigate(app, "/says/403")
    assert answer.header("x-own") == "1"
    assert MARKUP.encode() not in answer.body
    assert (await navigate(app, "/own")).body == b"<p>own</p>"


async def test_when_to_come_again_is_told_and_offered(app: FastAPI) -> None:
    await navigate(app, "/once")
    answer = await navigate(app, "/once")
    page = Page(answer)
    assert answer.status == 429
    assert answer.header("retry-after") == "3600"
    assert "Try again in 60 minutes." in page.words
    assert ("href", "") in page.attributes
    assert ("href", "") not in Page(await navigate(app, "/none")).attributes


async def test_the_way_on_leads_to_this_app(app: FastAPI) -> None:
    """Also below a path of a proxy, whatever that is called."""
    answer = await navigate(app, "/none", scope={"root_path": '/a"b'})
    assert ("href", "/a%22b/") in Page(answer).attributes


async def test_a_head_has_the_fields_and_no_body_and_a_socket_no_page(app: FastAPI) -> None:
    answer = await navigate(app, "/none", "HEAD")
    assert (answer.status, answer.body) == (404, b"")
    knocked = await knock(app, "/socket", headers=[BROWSER, NAVIGATES])
    assert not knocked.accepted


async def test_before_the_start_and_where_it_failed_there_is_a_page() -> None:
    """Of whatever the edge itself refuses."""
    app = FastAPI()
    app.add_api_route("/undeclared", lambda: None)
    answer = await navigate(protect(app), "/undeclared")
    assert (answer.status, answer.header("content-type")) == (503, "text/html; charset=utf-8")


class WithConsole:
    """Where a refusal leads in an app with a console."""

    pages = ErrorPages(HOME, SIGN_IN)
    refusal = Refusal(401, "sign-in-required", "Sign in.", ((b"www-authenticate", b"Bearer"), (b"set-cookie", b"a=")))

    def asked(self, path: str, query: str = "", method: str = "GET", root: str = "", mode: str = "navigate") -> Any:
        return self.pages.told(self.refusal, self.exchange(path, query, method, root, mode))

    def exchange(
        self, path: str, query: str = "", method: str = "GET", root: str = "", mode: str = "navigate"
    ) -> Exchange:
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "root_path": root}
        return Exchange({**scope, "headers": [(b"sec-fetch-mode", mode.encode())]}, None)

    def way(self, *given: str, **named: str) -> str:
        told = self.asked(*given, **named)
        assert (told.status, told.body, told.fields[0]) == (303, b"", (b"set-cookie", b"a="))
        return dict(told.fields)[b"location"].decode()


@pytest.mark.parametrize(
    ("path", "query", "way"),
    [
        ("/console", "", "/console/sign-in?to=%2Fconsole"),
        (
            "/console/log",
            "page=2&of=//evil.test",
            "/console/sign-in?to=%2Fconsole%2Flog%3Fpage%3D2%26of%3D%2F%2Fevil.test",
        ),
        ("/console/a b\r\n", "", "/console/sign-in?to=%2Fconsole%2Fa%2520b%250D%250A"),
        ("/console/\\evil", "x=\r\ny", "/console/sign-in?to=%2Fconsole%2F%255Cevil%3Fx%3D%0D%0Ay"),
        ("/console/" + "x" * 2000, "", "/console/sign-in"),
    ],
)
def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(path: str, query: str, way: str) -> None:
    """By a path of our own, spelled so that no line ends in it."""
    assert WithConsole().way(path, query) == way


def test_a_form_that_was_not_sent_in_time_leads_back_to_its_page() -> None:
    """What was typed into its address does not come along."""
    assert (
        WithConsole().way("/console/profile", "secret=1", method="POST") == "/console/sign-in?to=%2Fconsole%2Fprofile"
    )
    assert WithConsole().way("/api/console", root="/api") == "/api/console/sign-in?to=%2Fapi%2Fconsole"


@pytest.mark.parametrize("path", ["/", "/consoles", "/notes/console", "/album"])
def test_a_page_of_the_app_leads_there_where_the_guard_wants_somebody_signed_in(path: str) -> None:
    """And back to it; a form that was sent has no way back by its address, and what the app itself says stays."""
    console = WithConsole()
    assert console.way(path) == f"/console/sign-in?to={quote(path, safe='')}"
    assert console.way(path, method="POST") == "/console/sign-in"
    assert console.asked(path, mode="cors") is None
    console.refusal = replace(console.refusal, code="http-401")
    assert console.asked(path).status == 401


def test_a_path_that_would_lead_elsewhere_leads_nowhere() -> None:
    assert WithConsole().asked("//evil.test").status == 401
    assert ErrorPages().told(WithConsole.refusal, WithConsole().exchange("/")).status == 401  # type: ignore[union-attr]


def test_the_start_page_is_not_offered_on_itself() -> None:
    refusal = Refusal(404, "http-404", "Not Found.")
    told = [ErrorPages().told(refusal, WithConsole().exchange(path)) for path in ("/", "/else")]
    assert [b"Go to the start page" in each.body for each in told if each is not None] == [False, True]


@pytest.mark.parametrize("root", ["/con", "/consol", "/console"])
def test_a_path_is_no_other_one_because_the_app_is_served_below_its_beginning(root: str) -> None:
    """`/console` behind `/con` is still the console, and `/consoles` behind `/console` none."""
    console = WithConsole()
    console.refusal = replace(console.refusal, code="http-401")
    assert console.way("/console/x", root=root if root != "/console" else "").endswith("console%2Fx")
    assert console.asked("/consoles", root=root).status == 401


async def test_the_log_tells_the_refusal_that_it_was(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    app.add_api_route("/console/x", lambda: None, dependencies=[Requires("a:x")])
    protect(app)
    app.installed_on_app.running.edge.pages = ErrorPages(HOME, SIGN_IN)  # type: ignore[attr-defined]
    answer = await navigate(app, "/console/x")
    assert (answer.status, answer.header("location")) == (303, "/console/sign-in?to=%2Fconsole%2Fx")
    assert answer.header("cache-control") == "no-store"
    told = events_of(caplog)[-1]
    assert (told["event"], told["status"]) == ("authn_token_missing", 401)


@pytest.mark.asvs("16.5.1")
async def test_a_page_tells_nothing_of_the_inside() -> None:
    """Without safe errors a person reads what the app makes of a crash, with its words."""

    async def attack(app: FastAPI) -> bool:
        answer = await navigate(app, "/broken")
        assert str(answer.header("content-type")).startswith("text/html")
        return b"CANARY" in answer.body

    def with_words(**given: Any) -> FastAPI:
        app = FastAPI()

        @app.get("/broken", dependencies=[Public("a test")])
        async def broken() -> Response:
            return HTMLResponse("<pre>RuntimeError: CANARY</pre>", 500)

        return protect(app, settings=production(), **given)

    await two_sided_async(attack, whole=with_words(), twin=with_words(kind=Twin, without="safe-errors"))
