"""What an answer says of itself: whether it is stored, its type, and nothing that cannot be sent."""

from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Public, Requires, guarded
from tests.edge.test_header_kinds import Says, said, saying
from tests.edge.test_headers import check
from tests.proof import two_sided_async
from tests.stage import development, protect
from tests.twins.twin import Twin
from tests.wire import ask, knock


@pytest.mark.asvs("14.3.2")
async def test_what_a_caller_gets_is_in_no_cache() -> None:
    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/raw/x", token="alice")
        assert answer.status == 200
        return answer.header("cache-control") != "no-store"

    def make(without: str) -> FastAPI:
        app = FastAPI()
        app.mount("/raw", guarded(Says(), Requires("a:x")))
        kind = Twin if without else None
        return protect(app, **({"kind": kind, "without": without} if kind else {}))

    await two_sided_async(attack, whole=make(""), twin=make("headers"))


async def test_a_route_of_a_signed_in_caller_may_say_itself_what_is_stored() -> None:
    """Its own word stays, also `public`."""
    app = saying((b"cache-control", b"public, max-age=60"), need=Requires("a:x"))
    assert (await ask(app, "GET", "/raw/x", token="alice")).values("cache-control") == ["public, max-age=60"]
    assert (await ask(app, "GET", "/raw/x")).values("cache-control") == ["no-store"]


@pytest.mark.asvs("4.1.1")
@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ([], "application/octet-stream"),
        ([(b"content-type", b"")], "application/octet-stream"),
        ([(b"content-type", b"text/html")], "text/html; charset=utf-8"),
        ([(b"content-type", b"Text/Plain")], "Text/Plain; charset=utf-8"),
    ],
)
async def test_every_body_states_its_type_and_every_text_its_charset(headers: Any, wanted: str) -> None:
    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "GET", "/raw/x")).header("content-type") != wanted

    await two_sided_async(attack, whole=saying(*headers), twin=saying(*headers, without="headers"))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (b"text/html; charset=iso-8859-1", 200),
        (b"application/json", 200),
        (b"application/json", 204),
        (b"text/" + b"x" * 200, 200),
    ],
)
async def test_a_type_that_says_enough_stays(kind: bytes, status: int) -> None:
    assert (await said((b"content-type", kind), status=status)).header("content-type") == kind.decode()


async def test_what_has_no_body_states_no_type() -> None:
    assert (await said(status=204)).header("content-type") is None
    assert (await said((b"content-length", b"0"))).header("content-type") is None


SPLITTING = [
    (b"x-name", b"a\r\nset-cookie: session=stolen"),
    (b"x-name", b"a\nb"),
    (b"x-name", b"a\rb"),
    (b"x-name", b"a\x00b"),
    (b"x-name", b"\x01"),
    (b"x-name", b"a\x7f"),
    (b"x-na\r\nme", b"a"),
    (b"x name", b"a"),
    (b"x-name:", b"a"),
    (b"", b"a"),
    (b"x-n\xc3\xa4me", b"a"),
    (b"content-disposition", b'attachment; filename="a\r\n\r\n<script>"'),
]


@pytest.mark.asvs("4.2.4")
@pytest.mark.parametrize("header", SPLITTING, ids=repr)
async def test_an_answer_is_not_split(header: tuple[bytes, bytes]) -> None:
    """It does not leave at all: what a server cuts or repairs is another answer. Also on a WebSocket's handshake."""

    async def attack(app: FastAPI) -> bool:
        return header in (await ask(app, "GET", "/raw/x")).headers

    await two_sided_async(attack, whole=saying(header), twin=saying(header, without="headers"))
    answer = await said(header, (b"set-cookie", b"a=b"))
    assert (answer.status, answer.code) == (500, "http-500")
    assert "stolen" not in repr(answer.headers)
    assert answer.header("set-cookie") is None
    check(answer)
    assert (await knock(saying(header), "/raw/x")).accepted is False


@pytest.mark.parametrize("name", [b"content-type", b"content-length"])
async def test_an_answer_of_two_types_or_lengths_does_not_leave(name: bytes) -> None:
    """Browsers choose one, caches perhaps the other."""
    assert (await said((name, b"8"), (name, b"8"))).status == 500
    assert (await said((name, b"8"), (name.title(), b"8"))).status == 500


async def test_other_fields_may_come_several_times() -> None:
    cookies = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"vary", b"origin"), (b"vary", b"accept")]
    answer = await said(*cookies, (b"x-tab", b"a\tb"), (b"x-latin", "caf\u00e9".encode()))
    assert [each.partition(";")[0] for each in answer.values("set-cookie")] == ["a=1", "b=2"]
    assert answer.values("vary") == ["origin", "accept"]


async def test_names_in_capitals_are_seen() -> None:
    """ASGI wants none; a raw app may send them all the same."""
    answer = await said((b"Content-Security-Policy", b"default-src 'self'"), (b"X-Request-ID", b"forged"))
    assert answer.values("content-security-policy") == ["default-src 'self'"]
    assert "forged" not in answer.values("x-request-id")


@pytest.mark.parametrize(
    "name", [b"server", b"x-powered-by", b"x-aspnet-version", b"x-aspnetmvc-version", b"x-generator", b"x-runtime"]
)
async def test_what_the_app_says_of_its_software_is_taken_away(name: bytes) -> None:
    answer = await said((name, b"CANARY/1.2"), (b"x-other", b"stays"))
    assert answer.header(name.decode()) is None
    assert answer.header("x-other") == "stays"


async def test_over_plain_http_nothing_is_promised() -> None:
    """RFC 6797 section 7.2: not by us, and not by the app."""
    app = FastAPI()
    app.mount("/raw", guarded(Says((b"strict-transport-security", b"max-age=1")), Public("a test")))
    answer = await ask(protect(app, settings=development()), "GET", "/raw/x", host="localhost", scheme="http")
    assert answer.header("strict-transport-security") is None


async def test_old_and_dead_fields_are_not_sent() -> None:
    """`X-XSS-Protection` made holes of its own; nobody reads the others."""
    answer = await said()
    for name in ("x-xss-protection", "x-permitted-cross-domain-policies", "x-dns-prefetch-control", "expect-ct"):
        assert answer.header(name) is None


async def test_a_request_id_of_the_client_is_never_ours() -> None:
    app = saying()
    for sent in ("0" * 32, "x", "a" * 5000):
        answer = await ask(app, "GET", "/raw/x", headers=[("x-request-id", sent)])
        assert answer.header("x-request-id") not in (sent, None)
