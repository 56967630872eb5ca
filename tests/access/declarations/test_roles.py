"""Roles are names for sets of permissions; odd ones grant nothing."""

import re
from typing import Any

import pytest

from buckler import ConfigurationError, Principal, Roles
from buckler.access.declarations.roles import ACCOUNT_PERMISSIONS, CONSOLE_PERMISSIONS

ROLES = Roles({"reader": {"reports:read"}, "editor": {"reader", "reports:write"}, "admin": {"*"}}, new="reader")


def test_a_role_inherits_by_naming_another() -> None:
    assert ROLES.permissions({"editor"}) == {"reports:read", "reports:write"}
    assert ROLES.permissions({"reader", "admin"}) == {"reports:read", "*"}
    assert ROLES.known == {"reports:read", "reports:write", *ACCOUNT_PERMISSIONS, *CONSOLE_PERMISSIONS}
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
        ({"a,b": {"x:y"}}, "cannot name a role"),
        ({" a": {"x:y"}}, "cannot name a role"),
        ({1: {"x:y"}}, "Roles: 1 cannot name a role"),
        ({"a": "x:y"}, "write a set of permissions"),
        ({"a": None}, "write a set of permissions"),
        ({"a": {1}}, "'a' has [1]; write a set of permissions"),
        ({"a": {"*:x"}}, "at the end and for whole parts"),
        ({"a": {"x:*:y"}}, "at the end and for whole parts"),
        ({"a": {"x:y,x:z"}}, "'x:y', 'x:z'"),
        ({"a": {""}}, "neither a role nor a permission"),
        (None, "write what each role may do"),
        (["reader"], "write what each role may do"),
    ],
)
def test_roles_that_can_never_work_are_refused(roles: Any, why: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(why)):
        Roles(roles)


@pytest.mark.parametrize(
    ("new", "words"),
    [("raeder", "Did you mean 'reader'"), ("", "name one of those you wrote"), (5, "name one of those you wrote")],
)
def test_new_must_be_a_role(new: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Roles({"reader": {"x:y"}}, new=new)


def test_what_a_role_may_do_is_read_once() -> None:
    assert Roles({"reader": iter(["x:y", "x:z"])}).known == {"x:y", "x:z"}


def test_a_permission_is_held_exactly_or_by_the_star() -> None:
    bob = Principal("1", "bob", permissions=frozenset({"reports:read"}))
    root = Principal("2", "root", permissions=frozenset({"*"}))
    assert [bob.may(each) for each in ("reports:read", "reports:READ", "reports:*", "reports", "")] == [True] + [
        False
    ] * 4
    assert root.may("anything:at-all")


def test_a_principal_does_not_print_its_credential() -> None:
    assert "CANARY" not in repr(Principal("1", "bob", credential_id="CANARY"))


def test_who_may_do_everything_may_administrate_accounts() -> None:
    """The permissions of those routes need not be written out; without `*` they are in no role."""
    assert Roles({"admin": {"*"}}).known == {*ACCOUNT_PERMISSIONS, *CONSOLE_PERMISSIONS}
    assert Roles({"reader": {"reports:read"}}).known == {"reports:read"}
    assert Roles({"reader": (), "admin": {"*"}}).names == {"reader", "admin"}


def test_a_wildcard_grants_what_begins_so_and_is_known() -> None:
    """A route may ask for whatever some role grants, by name or by wildcard; a spelling mistake elsewhere is found."""
    roles = Roles({"clerk": {"reports:*"}, "boss": {"clerk", "people:read"}})
    assert roles.permissions({"boss"}) == {"reports:*", "people:read"}
    roles.check("reports:read")
    roles.check("reports:archive:read")
    for unknown in ("report:read", "reports", "people:write"):
        with pytest.raises(ConfigurationError, match="is in no role"):
            roles.check(unknown)


def test_a_wildcard_may_grant_what_administers_accounts() -> None:
    assert Roles({"keeper": {"accounts:*"}}).known == {"accounts:*", *ACCOUNT_PERMISSIONS}


def test_a_route_that_nobody_could_call_need_not_stand() -> None:
    """By name, by wildcard, and for our own routes by `*`, which says nothing of those of an app."""
    roles = Roles({"keeper": {"accounts:*", "notes:read"}})
    assert [roles.grant(each) for each in ("notes:read", "accounts:write", "notes:write")] == [True, True, False]
    assert [Roles({"admin": {"*"}}).grant(each) for each in ("events:read", "notes:read")] == [True, False]
