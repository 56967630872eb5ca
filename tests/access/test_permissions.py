"""A permission is words with colons between them; what looks like a list or a wildcard is none."""

import pytest

from buckler import ConfigurationError
from buckler.access.permissions import check_permission


@pytest.mark.parametrize("permission", ["reports:read", "org:billing:pay", "anything:at-all", "berichte:\xe4ndern"])
def test_words_with_colons_between_them(permission: str) -> None:
    check_permission(permission)


@pytest.mark.parametrize(
    ("permission", "words"),
    [
        ("", "has a colon between words"),
        ("admin", "has a colon between words"),
        (":", "has a colon between words"),
        ("a:", "has a colon between words"),
        (":x", "has a colon between words"),
        ("a::x", "has a colon between words"),
        ("*", "has a colon between words"),
        ("a:*", "there are no wildcards"),
        ("a:x,b:y", "a text of its own: 'a:x', 'b:y'"),
        ("a:x b:y", "a text of its own: 'a:x', 'b:y'"),
        ("a:x\n", "no spaces and no commas"),
        (",a:x", "no spaces and no commas"),
    ],
)
def test_anything_else_says_what_to_write(permission: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        check_permission(permission)
