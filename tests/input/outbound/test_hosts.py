"""How a host may be written."""

import time
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis.strategies import text

from buckler.input.outbound.errors import OutboundRefused
from buckler.input.outbound.hosts import read_host


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("api.example.com", "api.example.com"),
        ("API.Example.COM", "api.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a-1.b_2.example", "a-1.b_2.example"),
        ("1password.com", "1password.com"),
        ("0x.example", "0x.example"),
        ("localhost", "localhost"),
        ("8.8.8.8", IPv4Address("8.8.8.8")),
        ("2606:4700::1111", IPv6Address("2606:4700::1111")),
    ],
)
def test_plain_hosts_are_read(written: str, read: object) -> None:
    """Names in lower case, addresses as addresses."""
    assert read_host(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "-a.b",
        "a-.b",
        "a b",
        "a%2eb",
        "a/b",
        "a@b",
        "é.example",
        "127.1",
        "0x7f.1",
        "1.2.3.04",
        "2130706433",
        "a.0x7f",
        "a.1",
        "1.2.3.4.5",
        "::1%25lo",
        "fe80::1%eth0",
        "1::2::3",
        f"{'a' * 64}.b",
        "a." * 126 + "ab",
    ],
)
def test_every_other_spelling_is_refused(written: str) -> None:
    """Whatever a resolver might make of it."""
    with pytest.raises(OutboundRefused) as refused:
        read_host(written)
    assert refused.value.code == "host-malformed"


@given(text())
def test_no_text_at_all_breaks_the_reading(written: str) -> None:
    """It is read, or refused as it should be."""
    with suppress(OutboundRefused):
        assert str(read_host(written))


@pytest.mark.parametrize("hostile", ["a" * 100_000, "a-" * 50_000, "a." * 50_000, "0" * 100_000, ":" * 100_000])
def test_a_long_host_is_judged_in_linear_time(hostile: str) -> None:
    """100 kB of it, in a tenth of what a slow machine would need."""
    began = time.process_time()
    with pytest.raises(OutboundRefused):
        read_host(hostile)
    assert time.process_time() - began < 0.5
