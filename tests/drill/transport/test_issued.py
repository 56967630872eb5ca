"""What nobody named is kept out of reports too: what answers give out, what a shell holds, and what is short."""

import json

import pytest

from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request
from buckler.drill.transport.secrets import Secrets

TOKEN = "fake-super-secret-token"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, body=json.dumps({"access_token": TOKEN, "token_type": "bearer"}).encode()),
        Answer(200, body=json.dumps({"data": {"apiKey": TOKEN}}).encode()),
        Answer(200, (("Set-Cookie", f"sid={TOKEN}; Path=/"),)),
    ],
)
def test_what_an_answer_gives_out_is_shown_nowhere(answer: Answer) -> None:
    """Neither there nor in what is asked with it; the words around it stay."""
    secrets = Secrets()
    secrets.learn(answer)
    asked = Exchange(Request("GET", "/", headers=(("Authorization", f"Bearer {TOKEN}"),)), answer)
    shown = secrets.hide_in(asked)
    assert TOKEN not in repr(shown)
    assert shown.sent.header("authorization") == "Bearer $ISSUED"
    assert secrets.hide("the bearer of it") == "the bearer of it"
    assert secrets.names == {"ISSUED"}


def test_what_has_a_name_keeps_it() -> None:
    """Whoever repeats the request fills that in; also where it got the name later."""
    secrets = Secrets()
    secrets.learn(Answer(200, body=json.dumps({"access_token": TOKEN}).encode()))
    secrets.keep(TOKEN, "TOKEN_ADA")
    assert (secrets.hide(TOKEN), secrets.names) == ("$TOKEN_ADA", {"TOKEN_ADA"})


def test_words_and_what_is_no_secret_stay() -> None:
    """They stand in texts by chance."""
    secrets = Secrets()
    body = {"token_type": "bearer-of-1", "secret": "required", "password": "short1", "token": "Field is required 1"}
    secrets.learn(Answer(200, (("Set-Cookie", "theme=darkness; Path=/"),), json.dumps(body).encode()))
    text = "bearer-of-1 required short1 Field is required 1 darkness"
    assert secrets.hide(text) == text


def test_what_a_shell_holds_is_shown_by_its_variable() -> None:
    """By the names of variables, and by the passwords in addresses; not the folder that one is in."""
    held = {
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
        "DATABASE_URL": "postgresql://me:tall-crane-83@db/notes",
        "TOKEN_FILE": "/run/secrets/token",
        "PWD": "/home/me-1",
        "API_KEY": "development",
        "BROKEN_URL": "http://[1:2",
    }
    secrets = Secrets.of_environment(held)
    assert secrets.names == frozenset()
    assert secrets.hide(f"it said {held['AWS_SECRET_ACCESS_KEY']}") == "it said $AWS_SECRET_ACCESS_KEY"
    assert secrets.hide(held["DATABASE_URL"]) == "postgresql://me:$DATABASE_URL_PASSWORD@db/notes"
    rest = " ".join(held[name] for name in ("TOKEN_FILE", "PWD", "API_KEY"))
    assert secrets.hide(rest) == rest


def test_a_short_secret_is_shown_by_its_name_where_secrets_stand() -> None:
    """In a header, a cookie, a form and JSON; the same letters elsewhere are a word."""
    secrets = Secrets()
    secrets.keep("note", "PASSWORD_ADA")
    headers = (("Authorization", "Bearer note"), ("Cookie", "a=note; b=1"), ("X-Token", "note"), ("X-Kind", "note"))
    form = Exchange(
        Request("POST", "/note", "password=note&kind=note", headers, b"username=a&password=note"), Answer(200)
    )
    shown = secrets.hide_in(form).sent
    assert [value for _, value in shown.headers] == [
        "Bearer $PASSWORD_ADA",
        "a=$PASSWORD_ADA; b=1",
        "$PASSWORD_ADA",
        "note",
    ]
    assert (shown.path, shown.query) == ("/note", "password=$PASSWORD_ADA&kind=note")
    assert shown.body == b"username=a&password=$PASSWORD_ADA"
    told = Exchange(Request("POST", "/", body=b'{"password": "note", "text": "note"}'), Answer(200))
    assert secrets.hide_in(told).sent.body == b'{"password": "$PASSWORD_ADA", "text": "note"}'
