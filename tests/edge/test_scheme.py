"""Plain HTTP is refused unread; a browser that navigates is sent to the configured origin."""

from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Authenticator, Principal, Public, Requires
from buckler.edge.scheme import HTTPS_REQUIRED, TOKEN_ENDED
from tests.stage import ORIGIN, Directory, development, people, production, protect
from tests.twins.twin import Twin
from tests.wire import Fields, ask, knock

HTML = ("accept", "text/html,application/xhtml+xml")
NAVIGATES = ("sec-fetch-mode", "navigate")


def make_app(**given: object) -> FastAPI:
    app = FastAPI()

    @app.api_route("/", methods=["GET", "HEAD", "POST"], dependencies=[Public("a test")])
    async def root() -> str:
        return "ok"

    @app.get("/me", dependencies=[Requires()])
    async def me() -> str:
        return "me"

    return protect(app, **given)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("field", [HTML, NAVIGATES])
@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/", "/"),
        ("/a/b?x=1&y=%20", "/a/b?x=1&y=%20"),
        ("/%2e%2e/x", "/%2e%2e/x"),
        ("//evil.test/x", "//evil.test/x"),
        ("/\\evil.test", "/\\evil.test"),
        ("/?next=//evil.test", "/?next=//evil.test"),
        ("*", "/"),
        ("http://evil.test/", "/"),
        ("@evil.test", "/"),
        (".evil.test", "/"),
    ],
)
async def test_a_navigation_goes_to_the_same_target_at_our_origin(
    method: str, field: tuple[str, str], target: str, location: str
) -> None:
    """The host of the answer is always the configured one, even for a target that is else refused before."""
    app = make_app(kind=Twin, without="paths")
    answer = await ask(app, method, target, scheme="http", headers=[field])
    assert (answer.status, answer.header("location")) == (308, ORIGIN + location)


@pytest.mark.parametrize("target", ["/a\r\nset-cookie: x=1", "/a?b\r\nx: y", "/a\x00", "/a b", "/\x7f", "/\xff"])
async def test_a_target_that_no_server_lets_through_adds_no_header(target: str) -> None:
    """Should a server and the edge hand it on, the redirect leads to the front door."""
    assert (await ask(make_app(), "GET", target, scheme="http", headers=[HTML])).header("location") is None
    answer = await ask(make_app(kind=Twin, without="paths"), "GET", target, scheme="http", headers=[HTML])
    assert answer.header("location") == ORIGIN + "/"


async def test_the_origins_port_is_kept() -> None:
    app = make_app(settings=production(origin="https://localhost:8443"))
    answer = await ask(app, "GET", "/x", scheme="http", headers=[HTML], host="localhost:8080")
    assert answer.header("location") == "https://localhost:8443/x"


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65536


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", []),
        ("GET", [("accept", "application/json")]),
        ("GET", [("accept", "*/*")]),
        ("GET", [HTML, ("sec-fetch-mode", "cors")]),
        ("GET", [HTML, ("authorization", "Bearer alice")]),
        ("GET", [HTML, NAVIGATES, ("authorization", "Basic eDp5")]),
        ("GET", [HTML, ("content-length", "3")]),
        ("GET", [HTML, ("transfer-encoding", "chunked")]),
        ("POST", [HTML]),
        ("PUT", [HTML, NAVIGATES]),
        ("OPTIONS", [HTML]),
        ("LINK", [HTML]),
    ],
)
async def test_everything_else_is_refused_unread(method: str, headers: Fields) -> None:
    """A redirect would hide that the request has already crossed the network in clear."""
    answer = await ask(make_app(), method, "/", scheme="http", headers=headers, body=endless())
    assert (answer.status, answer.received) == (403, 0)
    assert any(each.detail in unescape(answer.body.decode()) for each in (HTTPS_REQUIRED, TOKEN_ENDED))
    assert answer.header("location") is None


@pytest.mark.parametrize("headers", [[], [HTML], [HTML, NAVIGATES]])
async def test_a_token_seen_in_clear_is_ended(headers: list[tuple[str, str]]) -> None:
    """On HTTPS it is dead afterwards."""
    directory = people()
    app = make_app(authenticator=directory)
    assert (await ask(app, "GET", "/me", token="alice")).status == 200
    await ask(app, "GET", "/me", token="alice", scheme="http", headers=headers)
    assert directory.withdrawn == [b"alice"]
    assert (await ask(app, "GET", "/me", token="alice")).status == 401
    assert (await ask(app, "GET", "/me", token="bob")).status == 200


@pytest.mark.parametrize(
    "field", ["x-forwarded-proto", "x-forwarded-scheme", "x-url-scheme", "forwarded", "front-end-https"]
)
async def test_a_client_cannot_say_that_it_came_over_https(field: str) -> None:
    """Only the server knows."""
    answer = await ask(make_app(), "GET", "/", scheme="http", headers=[(field, "https")])
    assert answer.status == 403


async def test_a_plain_websocket_is_not_accepted() -> None:
    assert (await knock(make_app(), "/", scheme="ws")).code == 1008


async def test_a_foreign_host_is_refused_before_a_redirect() -> None:
    answer = await ask(make_app(), "GET", "/", scheme="http", headers=[HTML], host="evil.test")
    assert (answer.status, answer.header("location")) == (400, None)


async def test_development_on_plain_http_is_answered() -> None:
    app = make_app(settings=development())
    assert (await ask(app, "GET", "/", scheme="http", host="localhost:8000")).status == 200


async def test_an_exposed_token_is_ended_before_the_refusal_is_sent() -> None:
    """Whoever reads the refusal finds the token dead; a store that breaks does not keep the refusal back."""
    order: list[str] = []

    class Slow(Directory):
        async def withdraw(self, token: bytes) -> None:
            order.append("ended")
            raise ConnectionError("the store is gone")

    async def send(message: Any) -> None:
        order.append(message["type"])

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    app = protect(FastAPI(), authenticator=Slow(alice=()))
    headers = [(b"host", b"api.example.test"), (b"authorization", b"Bearer alice")]
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "raw_path": b"/", "query_string": b""}
    await app({**scope, "headers": headers, "client": ("203.0.113.9", 1)}, receive, send)
    assert order == ["ended", "http.response.start", "http.response.body"]


class Unending(Authenticator):
    """Knows nobody, and can end no token."""

    async def authenticate(self, token: bytes) -> Principal | None:
        raise AssertionError("nothing is to be checked: nobody could end it")


@pytest.mark.parametrize(
    ("authenticator", "headers", "said"),
    [
        (people(), [("authorization", "Bearer alice")], True),
        (people(), [], False),
        (Unending(), [("authorization", "Bearer alice")], False),
        (None, [("authorization", "Bearer alice")], False),
    ],
)
async def test_it_speaks_of_a_token_where_one_came_and_can_be_ended(
    authenticator: Authenticator | None, headers: list[tuple[str, str]], said: bool
) -> None:
    app = FastAPI()
    app.add_api_route("/", lambda: 1, dependencies=[Public("a test")])
    answer = await ask(protect(app, authenticator=authenticator), "GET", "/", scheme="http", headers=headers)
    assert (answer.status, answer.code) == (403, "https-required")
    assert (answer.problem["detail"] == "Use HTTPS.") is not said
    assert ("has been ended" in answer.problem["detail"]) is said
