"""Roles are names for sets of permissions; odd ones grant nothing."""

import pytest

from buckler import ConfigurationError, Principal, Roles

ROLES = Roles({"reader": {"reports:read"}, "editor": {"reader", "reports:write"}, "admin": {"*"}}, new="reader")


def test_a_role_inherits_by_naming_another() -> None:
    assert ROLES.permissions({"editor"}) == {"reports:read", "reports:write"}
    assert ROLES.permissions({"reader", "admin"}) == {"reports:read", "*"}
    assert ROLES.known == {"reports:read", "reports:write"}
    assert ROLES.new == "reader"


@pytest.mark.parametrize(
    "role",
    ["", "Admin", "ADMIN", "admin ", " admin", "adm\u0131n", "\uff41dmin", "*", "reports:write", "None"],
)
def test_an_odd_role_grants_nothing(role: str) -> None:
    """Comparison is exact: no case, no look-alikes."""
    assert ROLES.permissions({role}) == set()


@pytest.mark.parametrize(
    ("roles", "why"),
    [
        ({"a": {"b"}, "b": {"a"}}, "is a cycle"),
        ({"a": {"a"}}, "is a cycle"),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}}, "is a cycle"),
        ({"reader": {"x:y"}, "editor": {"raeder"}}, "Did you mean 'reader'"),
        ({"*": {"x:y"}}, "cannot name a role"),
        ({"": {"x:y"}}, "cannot name a role"),
        ({"a:b": {"x:y"}}, "cannot name a role"),
    ],
)
def test_roles_that_can_never_work_are_refused(roles: dict[str, set[str]], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why.replace("*", r"\*")):
        Roles(roles)


def test_new_must_be_a_role() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'reader'"):
        Roles({"reader": {"x:y"}}, new="raeder")


def test_a_permission_is_held_exactly_or_by_the_star() -> None:
    bob = Principal("1", "bob", permissions=frozenset({"reports:read"}))
    root = Principal("2", "root", permissions=frozenset({"*"}))
    assert [bob.may(each) for each in ("reports:read", "reports:READ", "reports:*", "reports", "")] == [True] + [
        False
    ] * 4
    assert root.may("anything:at-all")


def test_a_principal_does_not_print_its_credential() -> None:
    assert "CANARY" not in repr(Principal("1", "bob", credential_id="CANARY"))
