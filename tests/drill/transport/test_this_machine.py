"""Which hosts are this machine: attacks on anything else have to be allowed in words."""

import pytest

from buckler.drill.transport.this_machine import has_many_addresses, is_this_machine, reached_at

_BY_IPV4 = (
    *("localhost", "LocalHost", "localhost.", "app.localhost", "app.localhost.", "127.0.0.1", "127.64.2.9"),
    *("127.1", "0x7f.1", "2130706433", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]"),
)
_OTHERWISE = ("::1", "[::1]", "::1%lo", "0.0.0.0", "0", "::")
_ELSEWHERE = (
    *("", ".", "localhost.example.com", "notlocalhost", "localhost..", "128.1", "192.0.2.1", "::2", "[::1]:80"),
    *("127.0.0.1:80", "127.0.0.1 192.0.2.1", "::ffff:192.0.2.1", "127.0.0.1.example.com", "fe80::1%lo", "cafe"),
)


@pytest.mark.parametrize("host", [*_BY_IPV4, *_OTHERWISE])
def test_what_is_here(host: str) -> None:
    """However it is written."""
    assert is_this_machine(host)


@pytest.mark.parametrize("host", _ELSEWHERE)
def test_what_is_not_here(host: str) -> None:
    """What only looks like it is somebody else's; a port is no part of a host."""
    assert not is_this_machine(host)


@pytest.mark.parametrize("host", [*_BY_IPV4, *_OTHERWISE, *_ELSEWHERE])
def test_what_has_many_addresses(host: str) -> None:
    """The loopback network of IPv4 alone: a caller can come from any of them."""
    assert has_many_addresses(host) == (host in _BY_IPV4)


def test_a_name_of_this_machine_is_reached_at_its_number() -> None:
    """Names of others, and numbers, are as they are."""
    told = {host: reached_at(host) for host in ("localhost", "Shop.Localhost.", "127.0.0.9", "::1", "example.com")}
    assert list(told.values()) == ["127.0.0.1", "127.0.0.1", "127.0.0.9", "::1", "example.com"]
