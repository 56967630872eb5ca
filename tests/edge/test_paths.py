"""A path that two readers could take for different ones is refused; every other one arrives as it was sent."""

import json
import time
from urllib.parse import quote, unquote_to_bytes

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler import Public
from buckler.asgi import Exchange
from buckler.edge.paths import AMBIGUOUS, BAD_QUERY, LONG_NUMBER, Paths
from buckler.errors import Refusal
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import ask, knock


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/{rest:path}", dependencies=[Public("a test")])
    async def rest(rest: str, q: str = "") -> list[str]:
        return [rest, q]

    @app.websocket("/socket", dependencies=[Public("a test")])
    async def socket(websocket: object) -> None:
        """Never reached."""

    return protect(app)


def judge(raw: bytes | None, path: str = "/", query: bytes = b"") -> Refusal | None:
    scope = {"type": "http", "headers": [], "raw_path": raw, "path": path, "query_string": query}
    return Paths().arrive(Exchange(scope, None))


CLEAR = [
    *(
        "/",
        "/a",
        "/a/",
        "/a/b.c",
        "/a-b_c~d",
        "/.well-known/x",
        "/..a",
        "/a..",
        "/a/...",
        "/x..y/z",
        "/a;v=1",
        "/a;..",
        "/@me",
    ),
    *(
        "/a:b",
        "/a,b",
        "/(a)",
        "/a=b&c",
        "/a!$'*+",
        "/caf%C3%A9",
        "/%F0%9F%98%80",
        "/%E4%BD%A0%E5%A5%BD",
        "/%D7%A9",
        "/a%20b",
    ),
    *(
        "/100%25",
        "/%252e%252e/x",
        "/a%252fb",
        "/a%3Fb",
        "/a%23b",
        "/a%3Bb",
        "/%61dmin",
        "/{{7*7}}",
        '/"a"',
        "/a|b",
        "/<b>",
    ),
    *("/O'Brien", "/1;DROP", "/a%2B", "/%7e", "/a^b`", "/a%7Cb", "/select%20*%20from"),
]
UNCLEAR = [
    *("", "*", "a", "http://evil.test/", "//", "//a", "/a//b", "/a//", "///", "\\", "/\\a", "/a\\..\\b"),
    *(
        "/.",
        "/..",
        "/./a",
        "/../a",
        "/a/.",
        "/a/..",
        "/a/../b",
        "/a/./b",
        "/..;/a",
        "/..;x=1/a",
        "/.;/a",
        "/a/..;",
        "/a/..;b",
    ),
    *("/%2e", "/%2E%2e/a", "/.%2e/a", "/a/%2e.", "/a/%2e%2e", "/%2e%2e;x/b", "/%2e%2e%3bx/b"),
    *("/a%2fb", "/a%2Fb", "/%5ca", "/a%5Cb", "/..%2f", "/%2f%2fa"),
    *(
        "/a%00",
        "/%0a",
        "/%0D%0Aset-cookie:x",
        "/%1f",
        "/%7f",
        "/%7F",
        "/a\x00b",
        "/a\nb",
        "/a\tb",
        "/a b",
        "/\x7f",
        "/\x1b[0m",
    ),
    *("/%", "/%2", "/%g0", "/%0g", "/a%", "/%u0041", "/%%41", "/%-1", "/% 41"),
    *(
        "/%ff",
        "/%c0%af",
        "/%c0%ae%c0%ae/a",
        "/%e0%80%af",
        "/%f0%80%80%af",
        "/%ed%a0%80",
        "/%f4%90%80%80",
        "/%c3",
        "/%80",
        "/%fe%ff",
    ),
    *("/a#b", "/#", "/\xe9", "/\xff"),
]


@pytest.mark.parametrize("target", CLEAR)
async def test_a_clear_path_arrives_as_it_was_sent(target: str) -> None:
    """Undone once."""
    answer = await ask(make_app(), "GET", target)
    assert answer.status == 200
    expected = unquote_to_bytes(target[1:]).decode()
    assert expected in answer.body.decode().replace('\\"', '"')


@pytest.mark.parametrize("target", UNCLEAR)
async def test_an_ambiguous_one_is_400(target: str) -> None:
    """Before the router, the body unread."""
    answer = await ask(make_app(), "GET", "/", scope={"raw_path": target.encode("latin-1")})
    assert (answer.status, answer.code, answer.received) == (400, "path-ambiguous", 0)


async def test_where_a_server_leaves_the_query_on_the_path_alone_is_judged() -> None:
    assert judge(b"/a%20b?next=//x/../%00") is None
    assert judge(b"/a//b?c") is AMBIGUOUS


@pytest.mark.parametrize("path", ["", "a", "*", "//a", "/a//", "/../a", "/a/.", "/a\\b", "/a\x00", "/a\n", "/..;x/a"])
async def test_where_a_server_keeps_only_what_it_decoded_that_is_judged(path: str) -> None:
    assert judge(None, path) is AMBIGUOUS
    assert judge(None, "/caf\u00e9/x..y/ \u4f60") is None
    answer = await ask(make_app(), "GET", "/", scope={"raw_path": None, "path": path})
    assert answer.status == 400


def numbered() -> FastAPI:
    app = FastAPI()

    @app.get("/n/{number:int}", dependencies=[Public("a test")])
    async def number(number: int) -> str:
        return str(number)

    return app


@pytest.mark.parametrize(
    "target", ["/n/" + "1" * 5000, "/n/" + "%31" * 401, "/n/" + "1" * 4301 + "/", "/x" + "0" * 401]
)
async def test_a_number_without_end_is_400(target: str) -> None:
    """The router's own reading of one raises, and the crash would be a stranger's to cause."""
    answer = await ask(protect(numbered()), "GET", target)
    assert (answer.status, answer.code, answer.error) == (400, "path-number-too-long", None)
    assert judge(None, unquote_to_bytes(target).decode()) is LONG_NUMBER


async def test_a_number_without_end_breaks_the_router_of_an_app_without_paths() -> None:
    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "GET", "/n/" + "1" * 5000)).status == 500

    twin = numbered()
    Twin(twin, without="paths", settings=production())
    await two_sided_async(attack, whole=protect(numbered()), twin=twin)


@pytest.mark.parametrize("rest", ["1" * 400, "1" * 400 + "a" + "2" * 400, "a" * 3000, "/".join(["1" * 400] * 5)])
async def test_long_paths_and_numbers_of_a_length_that_is_used_pass(rest: str) -> None:
    assert (await ask(make_app(), "GET", f"/{rest}")).status == 200


@pytest.mark.parametrize(
    "query", ["q=a\x00", "q=\n", "q=\r\nx: y", "q=a b", "q=\x7f", "\t", "q=\xff", "q=\x80", "q=caf\xc3\xa9"]
)
async def test_a_query_with_raw_bytes_that_no_address_has_is_400(query: str) -> None:
    """No server should let one through. What is no UTF-8 breaks the app's own reading of its address."""
    answer = await ask(make_app(), "GET", "/a", scope={"query_string": query.encode("latin-1")})
    assert (answer.status, answer.code) == (400, BAD_QUERY.code)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "O'Brien",
            "' OR 1=1 --",
            "<script>alert(1)</script>",
            "{{7*7}}",
            "../../etc/passwd",
            "C:\\x",
            "a//b",
            "%00",
            "%252e",
        ),
        *(
            "\u05e9\u05dc\u05d5\u05dd",
            "\u0645\u0631\u062d\u0628\u0627",
            "\u4f60\u597d",
            "\U0001f600",
            "a;b&c=d#e",
            "\x00\n",
        ),
    ],
)
async def test_harmless_text_in_a_query_passes_unchanged(text: str) -> None:
    """The query is data: what it may say is the route's own matter."""
    answer = await ask(make_app(), "GET", f"/a?q={quote(text, safe='')}")
    assert answer.status == 200
    assert json.loads(answer.body) == ["a", text]


async def test_a_websocket_is_held_to_the_same() -> None:
    assert (await knock(make_app(), "/a/%2e%2e/socket")).code == 1008


@settings(deadline=None)
@given(st.binary(max_size=30).map(lambda raw: b"/" + raw))
def test_what_is_let_through_has_one_reading(raw: bytes) -> None:
    """Undoing escapes before or after splitting at slashes gives the same segments; none is empty or dots."""
    if judge(raw) is not None:
        return
    raw = raw.partition(b"?")[0]
    early = unquote_to_bytes(raw).split(b"/")[1:]
    assert early == [unquote_to_bytes(each) for each in raw.split(b"/")[1:]]
    for segment in early[:-1]:
        assert segment
    for segment in early:
        assert segment.partition(b";")[0] not in (b".", b"..")
        segment.decode("utf-8")
        assert not any(byte < 0x20 or byte in (0x7F, 0x5C) for byte in segment)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=20))
def test_any_text_may_stand_in_a_segment(text: str) -> None:
    """Escaped as a browser does."""
    dots = text.partition(";")[0] in (".", "..")
    assert (judge(f"/notes/{quote(text, safe='')}".encode()) is None) is not dots


def test_100_kb_of_hostile_path_cost_nothing() -> None:
    """Every pattern here is linear."""
    started = time.process_time()
    for text in (
        "/a" * 50_000 + "%",
        "/" + "." * 100_000,
        "/" + "a" * 100_000 + "\x00",
        "/%25" * 25_000,
        "/.a" * 33_000,
        "/;" * 50_000,
        "/" + "1" * 100_000,
        "/" + ("1" * 400 + "a") * 250,
    ):
        judge(text.encode())
        judge(None, text)
    assert time.process_time() - started < 1
