"""How far an answer has come is seen in the kernel, and elsewhere in the server's own buffer."""

import socket
import sys
from collections.abc import Iterator
from typing import Any, cast

import pytest

from buckler.cli.serve.wire.delivery import bound, delivery
from tests.waiting import wait_until


class Buffer:
    """What is asked of a transport."""

    size = 0

    def get_write_buffer_size(self) -> int:
        return self.size


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection whose far end takes little."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        far.connect(server.getsockname())
        near, _ = server.accept()
        with near:
            near.setblocking(False)
            yield near, far


@pytest.mark.skipif(sys.platform != "linux", reason="tcp_info is Linux's")
def test_what_is_not_taken_is_under_way_and_what_is_taken_is_progress(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    near, far = ends
    transport = cast("Any", Buffer())
    bound(near)
    assert delivery(near, transport).is_whole
    while True:
        try:
            near.send(bytes(65536))
        except BlockingIOError:
            break
    before = delivery(near, transport)
    assert not before.is_whole
    assert far.recv(65536)
    wait_until(lambda: bool(far.recv(65536)) and delivery(near, transport).progress > before.progress)


def test_what_the_server_still_has_is_under_way(ends: tuple[socket.socket, socket.socket]) -> None:
    transport = cast("Any", Buffer())
    transport.size = 1
    assert not delivery(ends[0], transport).is_whole


def test_elsewhere_the_buffer_tells(ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buckler.cli.serve.wire.delivery.sys.platform", "darwin")
    transport = cast("Any", Buffer())
    assert delivery(ends[0], transport) == (0, True)
    transport.size = 5
    assert delivery(ends[0], transport) == (5, False)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_closed_socket_says_so(
    platform: str, ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buckler.cli.serve.wire.delivery.sys.platform", platform)
    ends[0].close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        delivery(ends[0], cast("Any", Buffer()))
