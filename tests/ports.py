"""A port that nobody has, for what must know it before it starts."""

import os
import socket
from contextlib import suppress

_EACH = 1000
_FIRST = 10_000 + (os.getpid() * _EACH) % 20_000
_PORTS = iter(range(_FIRST, _FIRST + _EACH))


def free_port() -> int:
    """Below those that the system hands out to whoever asks for any, and others for each process of the test run.

    So nobody else takes it between now and the start of the server.
    """
    for port in _PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("every port is taken")
