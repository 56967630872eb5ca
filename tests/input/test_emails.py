"""One e-mail address: normalised, nothing beside it, and nothing that adds a header or a recipient."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter

from buckler.input import Email
from tests.input.twin import kinds_of, taking, value_of
from tests.proof import two_sided

PLAIN = Annotated[str, Field(max_length=300)]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada.Lovelace+notes@EXAMPLE.Com", "Ada.Lovelace+notes@example.com"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("ada@M\u00dcNCHEN.example.com", "ada@m\u00fcnchen.example.com"),
        ("ada@xn--mnchen-3ya.example.com", "ada@m\u00fcnchen.example.com"),
        ("\u7528\u6237@\u4f8b\u5b50.\u516c\u53f8", "\u7528\u6237@\u4f8b\u5b50.\u516c\u53f8"),
        ("{{7*7}}@example.com", "{{7*7}}@example.com"),
    ],
    ids=ascii,
)
def test_an_address_is_kept_in_one_form(sent: str, kept: str) -> None:
    """The domain in small letters and its own script; the local part as it is."""
    assert value_of(Email, sent) == kept
    assert value_of(Email, kept) == kept


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nBcc: eve@evil.example",
        "ada@example.com\nBcc: eve@evil.example",
        "ada@example.com,eve@example.com",
        "ada@example.com;eve@example.com",
        "ada@example.com eve@example.com",
        "Ada <ada@example.com>",
        "<ada@example.com>",
        "ada@example.com (comment)",
        '"a b"@example.com',
        '"a\r\nRCPT TO:<x>"@example.com',
        "ada@[127.0.0.1]",
        "ada@[IPv6:::1]",
        "ada@127.0.0.1",
        "ada@localhost",
        "ada@host",
        "root@mail.local",
        "a@b.invalid",
        "a@x.test",
        "ada@example.com\x00",
        "a\u202eda@example.com",
        "ada@exam\u200bple.com",
        "@example.com",
        "ada@",
        "ada",
        "a@@example.com",
        "ada@-example.com",
        "ada@example..com",
        ".ada@example.com",
        " ada@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a@" + "b." * 126 + "com",
    ],
    ids=lambda address: ascii(address)[:30],
)
def test_what_is_not_one_address_is_refused(address: str) -> None:
    """Headers, second recipients, names, comments, quoted parts, numbers for hosts, and our own network."""

    def attack(kind: object) -> bool:
        return taking(kind)(address)

    two_sided(attack, whole=Email, twin=PLAIN)


def test_the_words_do_not_depend_on_what_was_sent() -> None:
    """One kind of error for whatever is wrong: no part of the address is in it."""
    assert kinds_of(Email, "canary canary@example.com") == ["email_address"]
    assert kinds_of(Email, "a" * 300) == ["string_too_long"]
    assert kinds_of(Email, "\u7528" * 62 + "@" + "\u4f8b\u5b50." * 60 + "com") == ["email_address"]


@given(st.emails())
def test_an_address_that_is_taken_stays_as_it_is(address: str) -> None:
    """Within its bound, and the same when it comes back."""
    if not taking(Email)(address):
        return
    kept = value_of(Email, address)
    assert len(kept) <= 254
    assert value_of(Email, kept) == kept


def test_the_document_calls_it_an_address() -> None:
    """With its bound."""
    shown = TypeAdapter[str](Email).json_schema()
    assert (shown["format"], shown["maxLength"]) == ("email", 254)


def test_an_address_is_no_option() -> None:
    """To a mail program that gets it as an argument."""
    assert kinds_of(Email, "--help@example.com") == ["email_address"]
    assert taking(str)("--help@example.com")
    assert taking(Email)("a-b@example.com")
