"""Addresses: complete, of a safe scheme, kept as browsers read them; and ways back that stay here."""

from typing import Annotated
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter

from buckler import ConfigurationError
from buckler.input import ReturnPath, Url, url_of
from tests.input.twin import kinds_of, taking, value_of
from tests.proof import two_sided

PLAIN = Annotated[str, Field(max_length=2048)]
BOTH = Annotated[str, url_of(schemes={"http", "https"})]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://EXAMPLE.com:443/A?b=c#d", "https://example.com/A?b=c#d"),
        ("https://m\u00fcnchen.example/\u00fc?q=\u5b57", "https://xn--mnchen-3ya.example/%C3%BC?q=%E5%AD%97"),
        ("https://example.com/a/../b", "https://example.com/b"),
        ("https://0x7f.1/", "https://127.0.0.1/"),
        ("https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("https://ex%61mple.com/", "https://example.com/"),
        ("https://\u2460.example/", "https://1.example/"),
        ("https://example.com/?q={{7*7}}&r='", "https://example.com/?q={{7*7}}&r=%27"),
    ],
    ids=ascii,
)
def test_an_address_is_kept_as_browsers_read_it(sent: str, kept: str) -> None:
    """So that what was judged is what is opened; and the same when it comes back."""
    assert value_of(Url, sent) == kept
    assert value_of(Url, kept) == kept


@pytest.mark.asvs("1.2.2")
@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "javascript://example.com/%0aalert(1)",
     "data:text/html,<script>", "vbscript:x",
     "file:///etc/passwd", "http://example.com/", "ftp://example.com/", "//example.com/", "/path", "example.com",
     "https:", "https://",
     "https:/example.com", "https:example.com", "https:///example.com", "https:\\\\example.com",
     "https://example.com\\@evil.example",
     "https://bank.example@evil.example/", "https://a:b@example.com/", "https://@example.com/",
     "https://exa mple.com/", " https://x.example",
     "https://x.example/a b", "https://x.example/\n", "https://x.example/\x00", "java\nscript:alert(1)",
     "https://x.example/\u202e",
     "https://e\u200bvil.example/", "https://x.example:99999/", "https://[::1", "https://[fe80::1%25eth0]/",
     "https://1.2.3.4.5/",
     "https://a%00b/", "https://a%2fb/", "https://?x", "https://#x", "https://:443/"],
    ids=lambda address: ascii(address)[:40],
)  # fmt: skip
def test_what_is_no_safe_address_is_refused(address: str) -> None:
    """Scripts, other schemes, names for show, half addresses and whatever two parsers read differently."""

    def attack(kind: object) -> bool:
        return taking(kind)(address)

    two_sided(attack, whole=Url, twin=PLAIN)


def test_other_schemes_are_taken_where_they_are_asked_for() -> None:
    """Plain HTTP, say; never one that runs or reads something here."""
    assert value_of(BOTH, "http://example.com/") == "http://example.com/"
    assert kinds_of(BOTH, "ftp://example.com/") == ["url_scheme_refused"]
    for schemes in ({"javascript"}, {"https", "data"}, set[str]()):
        with pytest.raises(ConfigurationError, match="Choose of"):
            url_of(schemes=schemes)
    with pytest.raises(ConfigurationError, match="choose from 12"):
        url_of(longest=5)


def test_an_address_that_grows_when_it_is_written_out_is_bounded_afterwards() -> None:
    """One letter is nine characters in an address."""
    assert kinds_of(Annotated[str, url_of(longest=100)], "https://example.com/" + "\u5b57" * 10) == ["string_too_long"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("/", "/"),
        ("/notes/7?page=2&q=a//b#top", "/notes/7?page=2&q=a//b#top"),
        ("/a%20b/c:d@e", "/a%20b/c:d@e"),
        ("/caf\u00e9?q=\u5b57", "/caf%C3%A9?q=%E5%AD%97"),
        ("/?next=https://elsewhere.example/", "/?next=https://elsewhere.example/"),
        ("/a.b/..c/...", "/a.b/..c/..."),
        ("/x?a=../..", "/x?a=../.."),
        ("/trailing/", "/trailing/"),
    ],
    ids=ascii,
)
def test_a_way_back_is_kept(sent: str, kept: str) -> None:
    """With its query, in ASCII, fit for a header."""
    assert value_of(ReturnPath, sent) == kept
    assert value_of(ReturnPath, kept) == kept


@pytest.mark.asvs("1.2.2")
@pytest.mark.parametrize(
    "path",
    ["//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
     "/\t/evil.example", "/\n/evil.example",
     "https://evil.example", "https:evil.example", "javascript:alert(1)", "evil.example", "?x", "#x", "", ".",
     "../x", "/../x", "/./x",
     "/a/..//evil.example", "/a//evil.example", "/.//evil.example", "/%2e%2e/x", "/.%2E/x", "/%2fevil.example",
     "/%5Cevil.example", "/a/..",
     "/a\x00", "/a\r\nSet-Cookie: b", "/a\u202eb", "/a\u2028b", " /a", "/a b", "/a\\b", "/?\\\n"],
    ids=lambda path: ascii(path)[:24],
)  # fmt: skip
def test_a_way_out_is_refused(path: str) -> None:
    """Whatever a browser, a proxy or a router might take for another site or another header."""

    def attack(kind: object) -> bool:
        return taking(kind)(path)

    two_sided(attack, whole=ReturnPath, twin=PLAIN)


@given(st.text(st.sampled_from("/\\.:@?#%25fecvil \t\n\u00e9\u202e"), max_size=30).map(lambda text: "/" + text))
def test_a_way_back_stays_here(path: str) -> None:
    """Joined to our origin, what is taken is on our origin; and it stays as it is."""
    if not taking(ReturnPath)(path):
        return
    kept = value_of(ReturnPath, path)
    joined = urlsplit(urljoin("https://here.example/login", kept))
    assert (joined.scheme, joined.netloc) == ("https", "here.example")
    assert kept.isascii()
    assert value_of(ReturnPath, kept) == kept


def test_a_way_back_has_an_end() -> None:
    """Also once it is written out."""
    assert kinds_of(ReturnPath, "/" + "a" * 2048) == ["string_too_long"]
    assert kinds_of(ReturnPath, "/" + "\u5b57" * 1000) == ["string_too_long"]


@given(st.text(max_size=80).map(lambda text: "https://" + text))
def test_an_address_that_is_taken_stays_as_it_is(address: str) -> None:
    """And names a host, without a name or password."""
    if not taking(Url)(address):
        return
    kept = value_of(Url, address)
    parts = urlsplit(kept)
    assert value_of(Url, kept) == kept
    assert parts.hostname
    assert parts.username is None
    assert kept.isascii()


def test_the_document_shows_what_an_address_looks_like() -> None:
    """With its bound."""
    shown = TypeAdapter[str](Url).json_schema()
    assert (shown["format"], shown["maxLength"]) == ("uri", 2048)
    assert TypeAdapter[str](ReturnPath).json_schema()["format"] == "uri-reference"
