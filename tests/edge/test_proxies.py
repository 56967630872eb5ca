"""What can be said about proxies in front, and what can never be right."""

from typing import Any

import pytest

from buckler import ConfigurationError, behind, direct
from buckler.edge.proxies import proxies_named
from tests.stage import production


@pytest.mark.parametrize(
    ("setting", "same"),
    [
        ("", direct()),
        ("  ", direct()),
        ("1", behind(hops=1)),
        (" 10 ", behind(hops=10)),
        ("10.0.0.0/8", behind(networks=["10.0.0.0/8"])),
        ("10.0.0.0/8, 192.168.0.0/16,fd00::/8", behind(networks=["10.0.0.0/8", "192.168.0.0/16", "fd00::/8"])),
        ("127.0.0.1", behind(networks=["127.0.0.1/32"])),
    ],
)
def test_the_setting_says_what_the_code_says(setting: str, same: object) -> None:
    assert proxies_named(setting) == same
    assert proxies_named(production(behind=setting).behind) == same


@pytest.mark.parametrize(
    "setting",
    [
        *("0", "-1", "11", "99999", "1.0", "\u0661", "one", "true", "direct", "*", "10.0.0.0/8,", "localhost"),
        *("10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/8 192.168.0.0/16", "0.0.0.0/0", "::/0", "0.0.0.0/1", "2000::/3"),
        *("::ffff:10.0.0.0/104", "unix", "1, 2"),
    ],
)
def test_what_can_never_work_stops_the_start(setting: str) -> None:
    """With the value, the reason and the remedy."""
    for make in (proxies_named, lambda text: production(behind=text)):
        with pytest.raises(ConfigurationError) as refused:
            make(setting)
        assert f"BUCKLER_BEHIND={setting!r}: " in str(refused.value)
        assert "write" in str(refused.value).partition(": ")[2]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "needs one of the two"),
        ({"hops": 1, "networks": ["10.0.0.0/8"]}, "needs one of the two"),
        ({"networks": []}, "needs one of the two"),
        ({"networks": "10.0.0.0/8"}, "write a tuple"),
        ({"networks": [None]}, "is no network"),
        ({"hops": True}, "from 1 to 10"),
        ({"hops": "1"}, "from 1 to 10"),
        ({"hops": 0}, "use direct"),
        ({"networks": ["0.0.0.0/0"]}, "strangers are among them"),
    ],
)
def test_what_believes_everybody_or_nobody_cannot_be_built(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        behind(**given)
