"""Ambiguous HTTP, byte by byte, against the running service: refused or cut off, and never answered twice.

What the parser refuses by itself is proved here too: another version, or another parser, must refuse it as well.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.cli.running import Running, serving

HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
SECOND = b"GET /health?second HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST = b"POST /auth/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
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


SMUGGLED = b"0\r\n\r\nGET /health?smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

CUT: dict[str, bytes] = {
    "length and chunked": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
    "chunked and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + SMUGGLED,
    "length and identity": POST + b"Content-Length: 4\r\nTransfer-Encoding: identity\r\n\r\nabcd",
    "length and a coding that is none": POST + b"Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\nabcd",
    "two lengths": POST + b"Content-Length: 4\r\nContent-Length: 0\r\n\r\nabcd",
    "two equal lengths": POST + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": POST + b"Content-Length: 4, 4\r\n\r\nabcd",
    "a length with a sign": POST + b"Content-Length: +4\r\n\r\nabcd",
    "a negative length": POST + b"Content-Length: -4\r\n\r\nabcd",
    "a hexadecimal length": POST + b"Content-Length: 0x4\r\n\r\nabcd",
    "a length of 2^64": POST + b"Content-Length: 18446744073709551616\r\n\r\nabcd",
    "an empty length": POST + b"Content-Length: \r\n\r\nabcd",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
    "chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + SMUGGLED,
    "gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + SMUGGLED,
    "a coding behind a tab": POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n" + SMUGGLED,
    "chunked in HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + SMUGGLED,
    "a bare line feed": HEALTH.replace(b"\r\n", b"\n") + b"\n",
    "a bare line feed after a field": HEALTH + b"X-A: b\nX-C: d\r\n\r\n",
    "a lone carriage return": HEALTH + b"X-A: b\rX-C: d\r\n\r\n",
    "a folded line": HEALTH + b"X-A: b\r\n c\r\n\r\n",
    "a folded first line": b"GET /health HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "a blank before the colon": HEALTH + b"X-A : b\r\n\r\n",
    "a blank before the colon of the coding": POST + b"Transfer-Encoding : chunked\r\n\r\n" + SMUGGLED,
    "a field without a name": HEALTH + b": b\r\n\r\n",
    "a field without a colon": HEALTH + b"X-A\r\n\r\n",
    "a NUL in a field": HEALTH + b"X-A: b\x00c\r\n\r\n",
    "a NUL in a name": HEALTH + b"X\x00A: b\r\n\r\n",
    "a foreign authority": b"GET http://evil.test/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an authority with a name": b"GET http://x@localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an authority without a host": b"GET http://localhost/health HTTP/1.1\r\nX-A: b\r\n\r\n",
    "another scheme": b"GET ftp://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a fragment": b"GET /health#/elsewhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a target without a slash": b"GET health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a tunnel": b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "blanks in the request line": b"GET /health /x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a tab in the request line": b"GET\t/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a raw byte in the target": b"GET /health\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a NUL in the target": b"GET /health\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a backslash": b"GET \\health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "HTTP/0.9": b"GET /health\r\n\r\n",
    "HTTP/1.2": HEALTH.replace(b"1.1", b"1.2") + b"\r\n",
    "HTTP/2.0 in words": HEALTH.replace(b"1.1", b"2.0") + b"\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method in small letters": b"get /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a method of nobody's": b"JEFF /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a line without end": HEALTH + b"X-A: " + b"v" * 1_000_000,
    "a target without end": b"GET /" + b"a" * 1_000_000,
    "a chunk size that overflows": CHUNKED + b"10000000000000000\r\nabcd\r\n" + SMUGGLED,
    "a negative chunk size": CHUNKED + b"-1\r\nabcd\r\n" + SMUGGLED,
    "a chunk size of 0x4": CHUNKED + b"0x4\r\nabcd\r\n" + SMUGGLED,
    "a chunk size of nothing": CHUNKED + b"\r\nabcd\r\n" + SMUGGLED,
    "a chunk that is longer than it says": CHUNKED + b"2\r\nabcd\r\n" + SMUGGLED,
    "a chunk ended by a line feed": CHUNKED + b"4\nabcd\n" + SMUGGLED,
    "a line feed in an extension": CHUNKED + b"4;a\nb\r\nabcd\r\n" + SMUGGLED,
    "an extension without end": CHUNKED + b"4;" + b"a" * 1_000_000,
    "a chunk size without end": CHUNKED + b"0" * 1_000_000,
    "a trailer without end": CHUNKED + b"4\r\nabcd\r\n0\r\nX-A: " + b"v" * 1_000_000,
}
"""Where it ends is in doubt, or it has no end: after at most one answer the connection is closed."""

REFUSED: dict[str, bytes] = {
    "two hosts": HEALTH + b"Host: localhost\r\n\r\n",
    "two different hosts": HEALTH + b"Host: evil.test\r\n\r\n",
    "no host": b"GET /health HTTP/1.1\r\nX-A: b\r\n\r\n",
    "a foreign host": b"GET /health HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    "a trace": b"TRACE /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an escaped NUL": b"GET /health%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "dots": b"GET /x/../health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "escaped dots": b"GET /x/%2e%2e/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "two slashes": b"GET //health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a line of 20 kB": HEALTH + b"X-A: " + b"v" * 20_000 + b"\r\n\r\n",
    "a target of 20 kB": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
}
"""It has one end, and is not taken. What follows is a request of the same client."""


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


def test_ten_thousand_lines_are_refused(wire: Wire) -> None:
    """By the protocol where they come in pieces, else by the edge: then what follows is a request."""
    lines = b"".join(b"X-%d: v\r\n" % number for number in range(10_000))
    first, *later = wire.statuses(HEALTH + lines + b"\r\n" + SECOND)
    assert first in (400, 431)
    assert later in ([], [200])
