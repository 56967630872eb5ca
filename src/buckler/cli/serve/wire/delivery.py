"""What the other end of a connection has taken, and what is still under way to it.

Counted where it cannot be hidden: in the kernel (`tcp_info` of linux/tcp.h, since Linux 4.6), because between the app
and the wire lie a buffer of the server, one of TLS that tells no size, and one of the kernel. On other systems the
server's own buffer is asked, which sees less: what lies below it counts as taken.
"""

import socket
import struct
import sys
from asyncio import Transport
from typing import Final, NamedTuple

_UNACKNOWLEDGED: Final = struct.Struct("=I")
_UNACKNOWLEDGED_AT: Final = 24
_ACKNOWLEDGED: Final = struct.Struct("=Q")
_ACKNOWLEDGED_AT: Final = 120
_UNSENT: Final = struct.Struct("=I")
_UNSENT_AT: Final = 144
_SIZE: Final = 148
_MOST_UNSENT: Final = 131_072


class Delivery(NamedTuple):
    """How far an answer has come."""

    progress: int
    """WatchedFiles whenever the other end took something."""
    is_whole: bool
    """Whether it took everything."""


def delivery(connection: socket.socket, transport: Transport) -> Delivery:
    """How far it is at the moment. Raises `OSError` once the socket is closed."""
    buffered = transport.get_write_buffer_size()
    if sys.platform == "linux":
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE)
        if len(told) == _SIZE:
            waiting = _read(_UNACKNOWLEDGED, told, _UNACKNOWLEDGED_AT) + _read(_UNSENT, told, _UNSENT_AT)
            return Delivery(_read(_ACKNOWLEDGED, told, _ACKNOWLEDGED_AT), not waiting and not buffered)
    connection.getsockname()
    return Delivery(buffered, not buffered)


def bound(connection: socket.socket) -> None:
    """Let the kernel hold little of what it cannot send yet: the rest waits with the app."""
    if sys.platform == "linux":
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _MOST_UNSENT)


def _read(form: struct.Struct, told: bytes, at: int) -> int:
    value: int = form.unpack_from(told, at)[0]
    return value
