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
        Answer(200, body=json.dumps({"login": "ada", "pw": TOKEN}).encode()),
        Answer(200, (("Set-Cookie", f"sid={TOKEN}; Path=/"),)),
        *(
            Answer(200, body=json.dumps({name: TOKEN}).encode())
            for name in ("stripe_private_key", "aws_secret_access_key", "SECRET_KEY", "privateKey", "access-key")
        ),
        Answer(200, body=json.dumps({"url": f"postgresql://shop:{TOKEN}@db/shop"}).replace("/", "\\/").encode()),
        Answer(200, body=f"redis://:{TOKEN}@cache:6379".encode()),
        Answer(200, body=f"DEBUG=1\nexport STRIPE_KEY='{TOKEN}'\r\n".encode()),
        Answer(0, failure=f"OperationalError: (postgresql://shop:{TOKEN}@db/shop)"),
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


@pytest.mark.parametrize(
    "secret",
    [
        "AKLIVE/wJalr+tnFEMI",
        'it"s\\Summer',
        "-----BEGIN PRIVATE KEY-----\nMIIE vQ+IBA/DANB\n-----END PRIVATE KEY-----\n",
    ],
)
@pytest.mark.parametrize("written", [("/", "/"), ("/", "\\/")])
def test_what_is_given_out_is_known_however_it_is_written(secret: str, written: tuple[str, str]) -> None:
    """Signs behind strokes, and a key that has lines."""
    body = json.dumps({"private_key": secret, "hint": secret}).replace(*written).encode()
    shown = Secrets().hide_in(Exchange(Request("GET", "/"), Answer(200, body=body)))
    assert shown.answer.json() == {"private_key": "$ISSUED", "hint": "$ISSUED"}


def test_a_password_in_an_address_that_is_a_word_is_hidden_there() -> None:
    """Elsewhere it is a word; a port is no password."""
    secrets = Secrets()
    secrets.learn(Answer(200, body=b'["postgresql://shop:orders@db/shop", "http://localhost:8000@b/", "p://a:b@c"]'))
    assert secrets.hide("postgresql://shop:orders@db/shop has orders") == "postgresql://$ISSUED@db/shop has orders"
    assert secrets.hide("at localhost:8000, a:b") == "at localhost:8000, a:b"


def test_what_is_hidden_already_stays_as_it_is() -> None:
    """By us, by a template or by a driver of databases."""
    text = (
        '{"token": "$TOKEN_ADA", "url": "p://shop:$DB_PASSWORD@db", "u": "p://shop:${PASSWORD}@db p://keeper:***@db"}'
    )
    assert Secrets().hide_failure(text) == text


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


HELD = {
    "PGPASSWORD": "pg-pass-9931",
    "MYSQL_PWD": "my-pwd-7771",
    "DB_PASSWORD": "correcthorsebatterystaple",
    "SESSION_SECRET": "hunt3r2",
    "STRIPE_KEY": "sk_live_1234567890abc",
    "SIGNING_KEY": "9f8e7d6c5b4a39281706",
    "GITHUB_PAT": "ghp_abcdef123456",
    "SMTP_PASS": "tallcrane",
}


@pytest.mark.parametrize(("name", "value"), HELD.items())
def test_a_variable_that_is_called_as_a_secret_is_hidden_whatever_it_is(name: str, value: str) -> None:
    """Letters alone and seven characters too: the name says what it is."""
    secrets = Secrets.of_environment(HELD)
    assert secrets.hide(f"it tried {value}, as {name}={value}") == f"it tried ${name}, as {name}=${name}"
    assert secrets.names == {name}


def test_a_password_within_settings_is_hidden() -> None:
    """As libraries of databases take them; the rest of it is none."""
    settings = {"DB_DSN": "host=db user=x password=dsn-pass-4411", "ODBC": "Server=db;Pwd=odbc-pass-1;Uid=me"}
    secrets = Secrets.of_environment(settings)
    assert secrets.hide(settings["DB_DSN"]) == "host=db user=x password=$DB_DSN_PASSWORD"
    assert secrets.hide(settings["ODBC"]) == "Server=db;Pwd=$ODBC_PASSWORD;Uid=me"


def test_what_is_a_word_or_short_is_hidden_beside_its_name() -> None:
    """It stands in texts by chance, and a page that tells the environment does not."""
    secrets = Secrets.of_environment(
        {"DB_PASSWORD": "postgres", "API_TOKEN": "abc", "DB": "postgresql://postgres:postgres@db/x"}
    )
    told = "DB_PASSWORD=postgres\n{'API_TOKEN': 'abc'}\n{&quot;API_TOKEN&quot;: &quot;abc&quot;}\npostgresql://postgres:postgres@db"
    assert secrets.hide(told) == (
        "DB_PASSWORD=$DB_PASSWORD\n{'API_TOKEN': '$API_TOKEN'}\n{&quot;API_TOKEN&quot;: &quot;$API_TOKEN&quot;}\n"
        "postgresql://postgres:$DB_PASSWORD@db"
    )
    assert secrets.hide("postgres said abc, password=postgres") == "postgres said abc, password=postgres"


def test_variables_that_are_no_secrets_stay() -> None:
    """Whatever their names end with."""
    held = {
        "PATH": "/usr/bin:/bin",
        "PWD": "work-here",
        "OLDPWD": "work-there",
        "HOME": "/home/me",
        "LANG": "en_GB.UTF-8",
    }
    held |= {"TOKEN_MINUTES": "30", "PASSWORD_HASHER": "argon", "TOKEN_URL": "http://a/token"}
    held |= {"GITHUB_PATH": "some-path", "KEYBOARD": "british-1", "COMPASS": "north-by-1", "MONKEY": "monkey-1"}
    told = "\n".join(f"{name}={value}" for name, value in held.items())
    assert Secrets.of_environment(held).hide(told) == told


def test_however_much_was_given_out_the_newest_is_hidden_and_what_is_shown() -> None:
    """The room for it is bounded, and what stands in a report is not let out by that."""
    secrets, first = Secrets(), Answer(200, (("Set-Cookie", "sid=first-0123456789"),))
    secrets.learn(first)
    for number in range(5_000):
        secrets.learn(Answer(200, (("Set-Cookie", f"csrf=live-{number:06d}-0123456789"),)))
    assert secrets.hide("live-004999-0123456789") == "$ISSUED"
    assert "first-0123456789" not in repr(secrets.hide_in(Exchange(Request("GET", "/"), first)))


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
