"""Bodies and messages that would fill the machine, sent to `buckler serve` itself: refused, and its memory stays."""

import base64
import socket
import ssl
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.running import Running, serving

BODY = 200_000_000
PIECE = 1 << 18
MOST_GROWTH = 16 << 20
APP = """
from fastapi import Body, FastAPI, Form, Request, UploadFile, WebSocket

from buckler import Accepts, Buckler, Public, Roles

app = FastAPI()
Buckler(app, accounts=True, default=Public("a test"), roles=Roles({"reader": {"things:read"}}, new="reader"))


@app.post("/json")
async def take(body: dict = Body()) -> int:
    return len(body)


@app.post("/form")
async def form(a: str = Form()) -> int:
    return len(a)


@app.post("/upload")
async def upload(file: UploadFile) -> int:
    return file.size


@app.post("/raw")
async def raw(request: Request) -> int:
    return len(await request.body())


@app.post("/stream", dependencies=[Accepts(max_body="300 MB")])
async def stream(request: Request) -> int:
    return sum([len(piece) async for piece in request.stream()])


@app.websocket("/listen")
async def listen(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        await websocket.send_text(str(len(await websocket.receive_text())))
"""
MULTIPART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
KINDS = {
    "/json": (b"application/json", b'{"a":"'),
    "/form": (b"application/x-www-form-urlencoded", b"a="),
    "/upload": (b"multipart/form-data; boundary=b", MULTIPART),
    "/raw": (b"application/octet-stream", b""),
    "/auth/sign-in": (b"application/json", b'{"name":"'),
    "/auth/token": (b"application/x-www-form-urlencoded", b"username="),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("large")
    (folder / "large.py").write_text(APP)
    with serving(
        folder, "large:app", "--environment", "development", PYTHONPATH=str(folder), BUCKLER_BODY_SECONDS="3"
    ) as found:
        for path in (*KINDS, "/stream"):
            # Whatever a first request brings in is no growth.
            send(found, path, b"application/octet-stream", b"x", chunked=False)
        yield found


def peak(running: Running) -> int:
    """The most memory that the process ever had, in bytes (`VmHWM`)."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) * 1024


@contextmanager
def connected(running: Running) -> Iterator[ssl.SSLSocket]:
    address = urlsplit(running.base)
    tls = ssl.create_default_context(cafile=str(running.authority))
    with (
        socket.create_connection(("localhost", address.port or 443), 60) as plain,
        tls.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        yield secure


def send(
    running: Running, path: str, kind: bytes, begin: bytes, *, chunked: bool, size: int = 0, all_: bool = False
) -> int:
    """The status of the answer to a body of `size` bytes. Sending ends with the answer, or with `all_` of it.

    Zero where the server hangs up.
    """
    size = max(size, len(begin))
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
    head = b"POST %s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: %s\r\nConnection: close\r\n%s\r\n\r\n"
    with connected(running) as connection:
        port = urlsplit(running.base).port or 443
        connection.sendall(head % (path.encode(), port, kind, length) + framed(begin, chunked))
        left, answer = size - len(begin), b""
        piece = framed(b"x" * PIECE, chunked)
        try:
            while left > 0 and (all_ or not (answer := heard(connection))):
                connection.sendall(piece if left >= PIECE else framed(b"x" * left, chunked))
                left -= PIECE
            if left <= 0 and chunked:
                connection.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return 0
        return int((answer or connection.recv(4096)).split()[1])


def framed(data: bytes, chunked: bool) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data) if chunked and data else data


def heard(connection: ssl.SSLSocket) -> bytes:
    """What has come already, without waiting. That the socket can be read says little: it may be of TLS alone."""
    connection.settimeout(0)
    try:
        return connection.recv(4096)
    except ssl.SSLWantReadError:
        return b""
    finally:
        connection.settimeout(60)


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("path", KINDS)
def test_200_mb_are_refused_and_memory_stays(running: Running, path: str, chunked: bool) -> None:
    """With and without a length, to public routes and to the sign-in."""
    before = peak(running)
    kind, begin = KINDS[path]
    assert send(running, path, kind, begin, chunked=chunked, size=BODY) == 413
    assert peak(running) - before < MOST_GROWTH


def test_a_client_that_sends_on_fills_nothing(running: Running) -> None:
    """All of it, whatever the answer."""
    before = peak(running)
    status = send(running, "/raw", b"application/octet-stream", b"", chunked=True, size=BODY, all_=True)
    assert status in (413, 0)
    assert running.process.poll() is None
    assert peak(running) - before < MOST_GROWTH


@pytest.mark.parametrize("path", ["/stream"])
def test_what_a_route_takes_streams_through(running: Running, path: str) -> None:
    """Nothing of ours holds an upload that is taken."""
    before = peak(running)
    size = 60_000_000
    assert send(running, path, b"application/octet-stream", b"", chunked=False, size=size, all_=True) == 200
    assert peak(running) - before < MOST_GROWTH


@contextmanager
def listening(running: Running) -> Iterator[tuple[ssl.SSLSocket, bytes]]:
    """A WebSocket, by hand, that asks for compression; and the head of the answer."""
    with connected(running) as connection:
        port = urlsplit(running.base).port or 443
        connection.sendall(
            b"GET /listen HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n" % (port, base64.b64encode(b"0123456789abcdef"))
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1)
        yield connection, head


def frame(payload: bytes, *, first: int = 0x81) -> bytes:
    """A masked frame (RFC 6455 section 5.2); the mask is zero."""
    size = len(payload)
    length = struct.pack("!BQ", 0xFF, size) if size > 65_535 else struct.pack("!BH", 0xFE, size)
    return bytes([first]) + length + b"\x00" * 4 + payload


def closing_code(connection: ssl.SSLSocket) -> int:
    """The code of the close frame that comes next."""
    data = b""
    while len(data) < 4:
        piece = connection.recv(4)
        assert piece, "closed without a word"
        data += piece
    assert data[0] == 0x88
    return int(struct.unpack("!H", data[2:4])[0])


def test_compression_of_messages_is_not_agreed_to(running: Running) -> None:
    """A megabyte of zeros is a kilobyte: a compressed message is a bomb, and breaks the protocol."""
    before = peak(running)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(packer.compress(b"0" * (1 << 20)) for _ in range(500)) + packer.flush(zlib.Z_SYNC_FLUSH)
    with listening(running) as (connection, head):
        assert b" 101 " in head
        assert b"permessage-deflate" not in head.lower()
        connection.sendall(frame(bomb, first=0xC1))
        assert closing_code(connection) == 1002
    assert peak(running) - before < MOST_GROWTH


@pytest.mark.parametrize("size", [(1 << 20) + 1, BODY])
def test_a_message_over_the_limit_closes_the_socket(running: Running, size: int) -> None:
    """By its announced length, before it came."""
    before = peak(running)
    with listening(running) as (connection, _):
        connection.sendall(frame(b"x" * 1000))
        assert connection.recv(100)[2:] == b"1000"
        connection.sendall(b"\x81" + struct.pack("!BQ", 0xFF, size) + b"\x00" * 4 + b"x" * 1000)
        assert closing_code(connection) == 1009
    assert peak(running) - before < MOST_GROWTH


def test_a_message_in_endless_pieces_closes_the_socket(running: Running) -> None:
    """Frames are added up."""
    before = peak(running)
    piece = b"x" * 60_000
    with listening(running) as (connection, _):
        connection.sendall(frame(piece, first=0x01))
        sent = len(piece)
        while sent < 100_000_000 and not heard(connection):
            try:
                connection.sendall(frame(piece, first=0x00))
            except (ConnectionError, ssl.SSLError):
                break
            sent += len(piece)
        assert sent < 100_000_000
    assert peak(running) - before < MOST_GROWTH


@pytest.mark.heavy
def test_a_body_that_does_not_come_is_answered_and_the_connection_closed(running: Running) -> None:
    """With 408; what comes later is nobody's next request."""
    with connected(running) as connection:
        head = (
            b"POST /json HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )
        connection.sendall(head % (urlsplit(running.base).port or 443))
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert b"body-too-slow" in answer
