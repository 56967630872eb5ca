"""Bodies that are encoded, and texts in other character sets, are read as a browser reads them, within a bound."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.responses import Response

from buckler.drill.attack import Clean, Finding, Untested, Verdict
from buckler.drill.attacks.input.reflected_markup import ATTACK as D411
from buckler.drill.run import attack_all
from buckler.drill.transport.answer import MOST_BYTES, Answer
from buckler.drill.transport.asgi import InProcess
from buckler.drill.transport.by_url import connected
from buckler.drill.transport.encoded import Unreadable, decoded
from buckler.drill.transport.request import Request
from tests.drill.stage import engaged
from tests.drill.transport.test_by_url import heard

PAGE = b"<p>a page</p>" * 50


def raw_deflate(data: bytes) -> bytes:
    """Without the frame of zlib, as some servers send it."""
    squeezed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezed.compress(data) + squeezed.flush()


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("X-Gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("identity", bytes),
        ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
        ("gzip", lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:])),
    ],
)
def test_an_encoded_body_is_decoded(coding: str, encode: Callable[[bytes], bytes]) -> None:
    """The coding that was put on last comes off first; a body in several members is one."""
    assert decoded(encode(PAGE), (("Content-Encoding", coding),), MOST_BYTES) == PAGE


def test_codings_in_fields_of_their_own_are_a_list() -> None:
    """As RFC 9110 section 5.3 reads them."""
    fields = (("content-encoding", "deflate"), ("Content-Encoding", "gzip"))
    assert decoded(gzip.compress(zlib.compress(PAGE)), fields, MOST_BYTES) == PAGE


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", PAGE),
        ("deflate", b"\xff" * 40),
        ("unheard-of", PAGE),
        ("zstd", PAGE),
        ("br", b"\xff" * 40),
        ("gzip", gzip.compress(bytes(MOST_BYTES + 1))),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(64 << 20)))),
        (", ".join(["gzip"] * 9), PAGE),
    ],
)
def test_what_cannot_be_decoded_within_the_bound_is_told(coding: str, body: bytes) -> None:
    """Also a body that grows and grows."""
    with pytest.raises(Unreadable):
        decoded(body, (("Content-Encoding", coding),), MOST_BYTES)
    assert decoded(b"", (("Content-Encoding", coding),), MOST_BYTES) == b"", "there is nothing to decode"


async def test_an_answer_that_cannot_be_read_says_nothing() -> None:
    """Neither that something was done nor that it was not; a refusal is one by its status."""
    app = FastAPI()

    @app.get("/{status}")
    def page(status: int) -> Response:
        return Response(b"\x00odd", status, headers={"Content-Encoding": "unheard-of"})

    found = [await InProcess(app).carry(Request("GET", f"/{each}"), address="::1", within=5) for each in (200, 403)]
    assert [each.body for each in found] == [b"\x00odd"] * 2
    assert [(each.worked, each.refused, each.says_nothing) for each in found] == [
        (False, False, True),
        (False, True, False),
    ]
    assert found[0].outcome == "status 200 with a body that cannot be read: its coding unheard-of is not known here"


async def test_a_body_is_decoded_by_url_as_it_is_in_process() -> None:
    """Also where what carries it would hand it out undecoded."""
    for coding, body, read in (("gzip", gzip.compress(PAGE), PAGE), ("unheard-of", b"\x00odd", b"\x00odd")):
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Encoding: {coding}\r\n\r\n"
        async with heard(head.encode() + body) as (at, _), connected(f"http://{at}") as carrier:
            answer = await carrier.carry(Request("GET", "/"), address="127.0.0.1", within=5)
        assert (answer.body, answer.worked) == (read, read is PAGE)


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ("text/html; charset=utf-16", "<p>é</p>".encode("utf-16")),
        ("text/html; Charset='UTF-16LE'", "<p>é</p>".encode("utf-16-le")),
        ('text/html; a=b; charset="utf-16be"', "<p>é</p>".encode("utf-16-be")),
        ("text/html; charset=iso-8859-1", "<p>é</p>".encode("latin-1")),
        ("text/html; charset=windows-1252", "<p>é</p>".encode("cp1252")),
        ("text/html", "<p>é</p>".encode("utf-16")),
        ("text/html", "<p>é</p>".encode()),
        ("text/html; charset=unheard-of", "<p>é</p>".encode()),
        ("text/html; charset=punycode", "<p>é</p>".encode()),
        ("text/html; charset=hex", "<p>é</p>".encode()),
        ("text/html; charset=iso-8859-99", "<p>é</p>".encode()),
    ],
)
def test_a_text_is_read_by_its_character_set(said: str, body: bytes) -> None:
    """By the mark that it begins with, by what is said of it, and else as UTF-8."""
    assert Answer(200, (("Content-Type", said),), body).text.strip("\ufeff") == "<p>é</p>"


def zipped(page: str) -> Response:
    """In gzip, whatever the request accepts."""
    return Response(gzip.compress(page.encode()), media_type="text/html", headers={"Content-Encoding": "gzip"})


def wide(page: str) -> Response:
    """In two bytes for each character."""
    return Response(page.encode("utf-16"), media_type="text/html; charset=utf-16")


def unknown(page: str) -> Response:
    """In a coding that nobody here can read."""
    return Response(page.encode()[::-1], media_type="text/html", headers={"Content-Encoding": "unheard-of"})


def unknown_if_long(page: str) -> Response:
    """So that the control can be read, and the answer to the attack cannot."""
    return unknown(page) if "<svg" in page else zipped(page)


@pytest.mark.parametrize(
    ("answered", "escapes", "verdict"),
    [
        (zipped, False, Finding),
        (zipped, True, Clean),
        (wide, False, Finding),
        (wide, True, Clean),
        (unknown, False, Untested),
        (unknown_if_long, False, Untested),
    ],
)
async def test_markup_is_found_however_the_page_is_encoded(
    answered: Callable[[str], Response], escapes: bool, verdict: type[Verdict]
) -> None:
    """A page that cannot be read withstands nothing."""
    app = FastAPI()

    @app.get("/page")
    def page(q: str = "a") -> Response:
        return answered(f"<p>{q.replace('<', '&lt;') if escapes else q}</p>")

    async with engaged(app) as on:
        report = await attack_all(on, (D411,), "pages")
    assert {type(each.verdict) for each in report.judged if each.verdict.route == "GET /page"} == {verdict}
