"""Taking a port: any free one for 0, a clear word for one that is not to be had."""

import socket

import pytest

from buckler.cli.serve.sockets import PortChoice, is_loopback, listen
from buckler.errors import ConfigurationError

PORT = PortChoice(0, "Choose another.")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_this_machine_s_own_addresses_are_loopback(host: str) -> None:
    """Every spelling of this machine."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "no-such-host.invalid", "127.0.0.1 "])
def test_everything_else_is_not(host: str) -> None:
    """All interfaces, other machines, and what cannot be resolved."""
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_caller_is_heard_at_once(host: str) -> None:
    """The socket listens as soon as it is ours, so nobody else can slip in before the app is ready."""
    with listen(host, PORT) as listener, socket.create_connection(listener.getsockname()[:2], timeout=5) as caller:
        assert caller.getpeername()[1] == listener.getsockname()[1]


def test_a_port_is_not_shared() -> None:
    """Two starts at once: one of them is told."""
    with listen("127.0.0.1", PORT) as first:
        port = first.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"Port {port} on 127.0.0.1 is in use") as refused:
            listen("127.0.0.1", PortChoice(port, "Choose another."))
    assert str(refused.value).endswith("\nChoose another.")


def test_an_address_that_is_not_ours_is_named() -> None:
    """Listening there is refused with the system's reason and a remedy."""
    with pytest.raises(ConfigurationError, match="Cannot listen on port"):
        listen("192.0.2.1", PORT)
    with pytest.raises(ConfigurationError, match="there is no such address"):
        listen("no-such-host.invalid", PORT)
