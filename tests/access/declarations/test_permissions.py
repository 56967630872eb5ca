"""A permission is words with colons between them; a wildcard is what a role grants, and no route asks for one."""

import pytest

from buckler import ConfigurationError
from buckler.access.declarations.permissions import check_grant, check_need


@pytest.mark.parametrize("permission", ["reports:read", "org:billing:pay", "anything:at-all", "berichte:\xe4ndern"])
def test_words_with_colons_between_them(permission: str) -> None:
    check_need(permission)
    check_grant(permission)


@pytest.mark.parametrize(
    ("permission", "words"),
    [
        ("", "has a colon between words"),
        ("admin", "has a colon between words"),
        (":", "has a colon between words"),
        ("a:", "has a colon between words"),
        (":x", "has a colon between words"),
        ("a::x", "has a colon between words"),
        ("a:x,b:y", "a text of its own: 'a:x', 'b:y'"),
        ("a:x b:y", "a text of its own: 'a:x', 'b:y'"),
        ("a:x\n", "no spaces and no commas"),
        (",a:x", "no spaces and no commas"),
    ],
)
def test_anything_else_says_what_to_write(permission: str, words: str) -> None:
    for check in (check_need, check_grant):
        with pytest.raises(ConfigurationError, match=words):
            check(permission)


@pytest.mark.parametrize("permission", ["a:*", "a:b:*", "*:x", "a:x*"])
def test_a_route_asks_for_a_permission_by_name(permission: str) -> None:
    with pytest.raises(ConfigurationError, match="wildcards are what a role grants"):
        check_need(permission)


@pytest.mark.parametrize("grant", ["*", "a:*", "a:b:*"])
def test_a_grant_may_end_in_a_wildcard(grant: str) -> None:
    check_grant(grant)


@pytest.mark.parametrize("grant", ["*:x", "a:*:b", "a:x*", "a:**", "*:*", "a:*:*"])
def test_a_wildcard_stands_alone_at_the_end(grant: str) -> None:
    with pytest.raises(ConfigurationError, match="at the end and for whole parts"):
        check_grant(grant)
