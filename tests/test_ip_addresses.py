"""One reading of addresses: who is on this machine, and under which name a client is counted."""

from ipaddress import ip_address

import pytest

from buckler.ip_addresses import is_loopback, network_of, parse

NO_ADDRESSES = [
    *("", "testclient", "garbage", "localhost", "203.0.113.9:80", "[::1]", "203.0.113.09", "1.2.3.4, 5.6.7.8"),
    *("127.0.0.1, 10.0.0.1", "127.0.0.1%eth0", "127.1", "0x7f000001", "2130706433", "::1%", "::1%a%b", " ::1", "::1\n"),
    *("\u0661\u0662\u0667.0.0.1", "::ffff:127.0.0.1.example", "127.0.0.1\x00"),
]


@pytest.mark.parametrize(
    ("client", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::FFFF:CB00:7109", "203.0.113.9"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:10.0.0.1%eth0", "10.0.0.1"),
    ],
)
def test_every_spelling_of_an_address_is_that_address(client: str, address: str) -> None:
    """Wrapped, with a zone, in capitals."""
    assert parse(client) == ip_address(address)


@pytest.mark.parametrize("client", NO_ADDRESSES)
def test_what_is_no_address_is_none(client: str) -> None:
    """It is not this machine, and it is counted as one client, never as none."""
    assert parse(client) is None
    assert not is_loopback(client)
    assert network_of(client) == "local"


@pytest.mark.parametrize(
    "client", ["127.0.0.1", "127.8.8.8", "::1", "::1%lo", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:0:0:1"]
)
def test_this_machine(client: str) -> None:
    """Every loopback address, also wrapped."""
    assert is_loopback(client)


@pytest.mark.parametrize(
    "client",
    ["10.0.0.1", "0.0.0.0", "::", "2001:db8::1", "fe80::1%lo", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "::127.0.0.1"],
)
def test_elsewhere(client: str) -> None:
    """Every other address, however close it looks."""
    assert not is_loopback(client)


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("fe80::1%other", "fe80::/64"),
    ],
)
def test_a_client_is_its_network(client: str, name: str) -> None:
    """Whoever holds one IPv6 address holds its /64."""
    assert network_of(client) == name


def test_who_nobody_knows_is_not_who_has_no_address() -> None:
    """A stranger who made a server write over its address does not spend the budget of a Unix socket."""
    assert (network_of("unknown"), network_of("")) == ("unknown", "local")
    assert not is_loopback("unknown")
