"""Which addresses are public: judged against the registries as Python knows them."""

from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis.strategies import ip_addresses

from buckler.input.outbound.addresses import Address, is_private_host, is_public


@given(ip_addresses(v=4) | ip_addresses(v=6, network=ip_network("2000::/3")) | ip_addresses(v=6))
@example(ip_address("192.0.0.9"))
@example(ip_address("64:ff9b::1"))
@example(ip_address("::ffff:8.8.8.8"))
def test_nothing_is_public_that_python_takes_for_special(address: Address) -> None:
    """Whatever the release says that runs here; NAT64 is the one way of writing that is looked into."""
    inner = ip_address(int(address) & 0xFFFFFFFF) if address in ip_network("64:ff9b::/96") else address
    assert not is_public(address) or (inner.is_global and not inner.is_multicast)


@pytest.mark.parametrize(
    "text",
    [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "192.0.1.1",
        "198.17.1.1",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:4860:4860::8888",
        "64:ff9b::808:808",
        "223.255.255.255",
        "11.0.0.1",
    ],
)
def test_public_addresses_are_public(text: str) -> None:
    """Also those that stand beside a special block."""
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["::ffff:8.8.8.8", "::8.8.8.8", "2002:808:808::1", "2001:0:808:808::1", "64:ff9b:1::808:808", "168.63.129.16"],
)
def test_what_python_may_take_for_global_is_not_public(text: str) -> None:
    """Other ways of writing an IPv4 address, and a service that a cloud puts at a public number."""
    assert not is_public(ip_address(text))


def test_an_address_with_a_zone_is_not_public() -> None:
    """It means a network card of this machine."""
    assert is_public(IPv6Address("2606:4700::1111"))
    assert not is_public(IPv6Address("2606:4700::1111%eth0"))


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("fd12::1", True),
        ("8.8.8.8", True),
        ("169.254.169.254", False),
        ("168.63.129.16", False),
        ("fd00:ec2::254", False),
        ("fd00:ec2::23", False),
        ("fd20:ce::254", False),
        ("fd00:c1::a9fe:a9fe", False),
        ("fd00:42::42", False),
        ("fd12::1%eth0", False),
        ("100.64.0.1", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("100.100.100.200", False),
        ("192.0.0.192", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("192.0.2.1", False),
        ("240.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("fe80::1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("224.0.0.1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
    ],
)
def test_a_host_of_ours_may_be_private_but_never_a_cloud_s_metadata(text: str, may: bool) -> None:
    """A name inside our network that is made to point at the metadata gives nothing away."""
    assert is_private_host(ip_address(text)) is may
