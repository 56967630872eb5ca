"""No secret that was used stands in what is shown."""

import html
import json
from urllib.parse import quote, quote_plus

import pytest

from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request
from buckler.drill.transport.secrets import Secrets


def test_secrets_are_shown_by_name_wherever_they_stand() -> None:
    """In path, query, headers and bodies of request and answer, encoded or not; the longer one wins."""
    secrets = Secrets()
    secrets.keep("token/one", "TOKEN")
    secrets.keep("token/one-longer", "LONGER")
    exchange = Exchange(
        Request("GET", "/a/token%2Fone", "t=token/one", (("X", "token/one-longer"),), b"token/one"),
        Answer(200, (("Set-Cookie", "s=token/one"),), b'{"t": "token/one-longer"}'),
        "ada",
        (("Authorization", "Bearer token/one"),),
    )
    shown = secrets.hide_in(exchange)
    assert "token" not in repr(shown).replace("$TOKEN", "")
    assert shown.request.header("authorization") == "Bearer $TOKEN"
    assert shown.answer.json() == {"t": "$LONGER"}


def test_short_words_are_no_secrets() -> None:
    """A password of four letters would stand in every second text by chance."""
    secrets = Secrets()
    secrets.keep("note", "PASSWORD")
    assert secrets.hide("a note") == "a note"


@pytest.mark.parametrize("secret", ['my secret "pass" ü', "two+one=3&more", "<b>&'quoted'"])
def test_a_secret_is_known_in_every_form_that_it_travels_in(secret: str) -> None:
    """In an address, a form, JSON with and without escapes, a page, and as bytes."""
    secrets = Secrets()
    secrets.keep(secret, "PASSWORD")
    forms = (secret, quote(secret), quote_plus(secret), json.dumps(secret)[1:-1], html.escape(secret))
    raw = json.dumps({"p": secret}, ensure_ascii=False).encode()
    shown = secrets.hide_in(Exchange(Request("POST", "/", quote_plus(secret), body=raw), Answer(0, failure=secret)))
    assert [secrets.hide(form) for form in forms] == ["$PASSWORD"] * len(forms)
    assert (shown.request.query, shown.request.body, shown.answer.failure) == (
        "$PASSWORD",
        b'{"p": "$PASSWORD"}',
        "$PASSWORD",
    )
