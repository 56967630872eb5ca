"""Ambiguous HTTP, byte by byte, against the running service: refused or cut off, and never answered twice.

What the parser refuses by itself is proved here too: another version, or another parser, must refuse it as well.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from buckler.cli.serve.wire.http import StrictHttp
from tests.cli.running import Running, serving
from tests.cli.serve.wire.ambiguous import CHUNKED, CLEAR, CUT, HEALTH, POST, REFUSED, REMAINS, SECOND
from tests.cli.serve.wire.test_http import served
from tests.house.tree import ROOT
from tests.proof import two_sided_async

_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")


@dataclass
class Wire:
    """Raw bytes over TLS to the running service."""

    running: Running

    def send(self, sent: bytes) -> bytes:
        """Everything that comes back until the service closes, or is told that nothing follows."""
        address = urlsplit(self.running.base)
        trusted = ssl.create_default_context(cafile=str(self.running.authority))
        with (
            socket.create_connection(("127.0.0.1", address.port or 443), timeout=20) as plain,
            trusted.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            # The service may close while we still send.
            with suppress(OSError):
                secure.sendall(sent)
            return self._read(secure)

    def statuses(self, sent: bytes) -> list[int]:
        return [int(each) for each in _STATUS.findall(self.send(sent))]

    def _read(self, secure: ssl.SSLSocket) -> bytes:
        came = bytearray()
        secure.settimeout(2)
        with suppress(OSError):
            while part := secure.recv(65536):
                came += part
        return bytes(came)


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with serving(tmp_path_factory.mktemp("service"), "--environment", "development") as running:
        yield Wire(running)


def test_what_is_clear_is_answered(wire: Wire) -> None:
    """Also twice on one connection: nothing below is refused because the tests speak badly."""
    keep = HEALTH + b"\r\n"
    assert wire.statuses(HEALTH + b"Connection: close\r\n\r\n") == [200]
    assert wire.statuses(keep + SECOND) == [200, 200]
    body = b'{"name":"a","password":"b"}'
    head = POST + b"Content-Length: %d\r\n\r\n" % len(body)
    assert wire.statuses(head + body + SECOND) == [401, 200]
    chunks = b"%x;name=value\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (len(body), body)
    assert wire.statuses(CHUNKED + chunks + SECOND) == [401, 200]
    absolute = b"GET https://localhost/health HTTP/1.1\r\nHost: LOCALHOST\r\nConnection: close\r\n\r\n"
    assert wire.statuses(absolute) == [200]
    upgrade = b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQ\r\n\r\n"
    assert wire.statuses(HEALTH + upgrade) == [200]


@pytest.mark.parametrize("name", CUT)
def test_what_has_no_clear_end_is_cut_off(wire: Wire, name: str) -> None:
    """At most one answer, a 4xx; what stands behind it is never answered as if it were a request."""
    statuses = wire.statuses(CUT[name] + SECOND)
    assert len(statuses) <= 1
    assert all(400 <= status < 500 for status in statuses), statuses


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_ambiguous_is_refused(wire: Wire, name: str) -> None:
    first, second = wire.statuses(REFUSED[name] + SECOND)
    assert 400 <= first < 500
    assert second == 200


@pytest.mark.parametrize("name", CLEAR)
def test_what_is_clear_has_one_end(wire: Wire, name: str) -> None:
    """What stands in its body is no request, and what follows it is one."""
    sent, statuses = CLEAR[name]
    assert wire.statuses(sent + SECOND) == statuses


@pytest.mark.parametrize("name", REMAINS)
def test_what_is_taken_is_taken_as_the_page_says(wire: Wire, name: str) -> None:
    """As one request with one end."""
    sent, statuses = REMAINS[name]
    assert wire.statuses(sent + SECOND) == statuses


def test_the_page_has_each_that_remains_with_its_reason() -> None:
    """And none besides."""
    page = (ROOT / "docs" / "operations" / "ambiguous-http.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]{20,}) \|$", page, re.MULTILINE)
    assert [name for name, _ in rows] == list(REMAINS)


class Lenient(StrictHttp):
    """The twin: a server whose parser lets pass what it could."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.parser.set_dangerous_leniencies(
            lenient_chunked_length=True,
            lenient_optional_cr_before_lf=True,
            lenient_optional_lf_after_cr=True,
            lenient_spaces_after_chunk_size=True,
            lenient_transfer_encoding=True,
            lenient_headers=True,
        )


HIDING = (
    "length and chunked",
    "chunked and length",
    "a chunk size with a blank behind",
    "a last chunk ended by a line feed",
)


@pytest.mark.asvs("4.2.1")
@pytest.mark.parametrize("name", HIDING)
async def test_nothing_is_smuggled(name: str) -> None:
    """A request inside the body of another one: a lenient parser hands both to the app."""

    async def smuggles(protocol: type[StrictHttp]) -> bool:
        async with served(protocol) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with closing(writer):
                writer.write(CUT[name] + SECOND)
                return (await asyncio.wait_for(reader.read(), 10)).count(b"HTTP/1.1 200 ") > 1

    await two_sided_async(smuggles, whole=StrictHttp, twin=Lenient)


def test_ten_thousand_lines_are_refused(wire: Wire) -> None:
    """By the protocol where they come in pieces, else by the edge: then what follows is a request."""
    lines = b"".join(b"X-%d: v\r\n" % number for number in range(10_000))
    first, *later = wire.statuses(HEALTH + lines + b"\r\n" + SECOND)
    assert first in (400, 431)
    assert later in ([], [200])
