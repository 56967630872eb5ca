"""No secret that was used stands in what is shown."""

import html
import json
from urllib.parse import quote, quote_plus

import pytest
from markupsafe import escape

from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request
from buckler.drill.transport.secrets import Secrets
from buckler.drill.transport.written import Written


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


PASSWORD = "it's\"Summer/2031"


@pytest.mark.parametrize(
    "written",
    [
        str(escape(PASSWORD)),
        "it&apos;s&quot;Summer&#x2F;2031",
        "it&#039;s&quot;Summer/2031",
        "it&#x27;s&#x22;Summer&#x2f;2031",
        "it&#39;s&#34;Summer&#47;2031",
        "it's\\\"Summer\\/2031",
        "it&#39;s&#34;Summer\\/2031",
        "it\\u0027s\\u0022Summer/2031",
        'it\\u0027s\\"Summer/2031',
        "it\\u0026#39;s\\u0026#34;Summer\\u002f2031",
        "it's\\\"Summer\\\\/2031",
        json.dumps(json.dumps(PASSWORD)[1:-1])[1:-1],
        "it%27s%22Summer%2f2031",
        "it's%22Summer%2F2031",
    ],
)
def test_however_a_page_or_a_script_writes_it(written: str) -> None:
    """Signs by their names and their numbers, in whichever case."""
    secrets = Secrets()
    secrets.keep(PASSWORD, "PASSWORD_ADA")
    assert secrets.hide(f"<p>{written}</p>") == "<p>$PASSWORD_ADA</p>"
    body = f'{{"page": "{written}"}}'.encode()
    shown = secrets.hide_in(Exchange(Request("GET", "/"), Answer(200, body=body)))
    assert shown.answer.body == b'{"page": "$PASSWORD_ADA"}'


@pytest.mark.parametrize("sign", ["'", "/", "&", "\\", "ü", "\U0001f600", "\ud800"])
def test_no_form_is_longer_than_is_said(sign: str) -> None:
    """What may be the half of one is cut off."""
    written = Written(f"a{sign}b{sign}")
    assert max(map(len, written.forms)) <= written.most
    assert all(written.may_stand_in(form) for form in written.forms)


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
