"""Who may more than whom."""

import pytest

from buckler import Roles
from buckler.staging.ranks import administrator, ranked

HOUSE = Roles({"chief": {"*"}, "clerk": {"a:read", "a:write"}, "reader": {"a:read"}}, new="reader")


def test_the_least_powerful_comes_first() -> None:
    """By how much a role grants, and by its name where that is the same."""
    assert ranked(HOUSE) == ("reader", "clerk", "chief")
    assert ranked(Roles({"b": {"x:y"}, "a": {"x:z"}})) == ("a", "b")


def test_newcomers_come_first_whatever_they_may() -> None:
    """Whoever registers gets this role, so it is the one that a stranger has."""
    assert ranked(Roles({"reader": {"a:read"}, "guest": {"a:read", "a:write"}}, new="guest")) == ("guest", "reader")


@pytest.mark.parametrize(
    ("roles", "top"),
    [(HOUSE, "chief"), (Roles({"only": {"a:b"}}), None), (Roles({"same": {"a:b"}, "other": {"a:b"}}), None)],
)
def test_who_is_the_administrator(roles: Roles, top: str | None) -> None:
    """Nobody, where the highest may no more than the lowest."""
    assert administrator(roles, ranked(roles)) == top
