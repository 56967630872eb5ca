"""What a person tells about a target: read strictly, with the remedy in each refusal."""

import pytest

from buckler.drill.plan.options import (
    Given,
    Options,
    Register,
    Show,
    SignIn,
    Target,
    read_login,
    read_options,
    read_token,
    read_user,
)
from buckler.drill.plan.table import BadOptions

WHOLE = """
[target]
openapi = "/api/openapi.json"
origin = "https://shop.example"
environment = { DATABASE_URL = "sqlite://" }

[sign_in]
route = "post /token"
media = "form"
name_field = "username"
password_field = "password"
token = "data.access_token"
show = "header:Authorization Token"
fixed = { grant_type = "password" }

[register]
route = "POST /users"
fields = { name = "login", password = "pw", password_again = "pw2" }
fixed = { terms = true }
letters = "mail"

[[identities]]
name = "reader"
role = "reader"
username = "rita"
password_env = "RITA"
tenant = "north"

[[identities]]
name = "admin"
role = "admin"
token_env = "ADMIN"
administrator = true

[[identities]]
name = "late"
cookie = "session=over"
expired = true

[routes]
skip = [{ route = "POST /payments", reason = "it costs money" }]
"""


def test_a_whole_file_is_read() -> None:
    """Every table, with secrets from the environment."""
    found = read_options(WHOLE, {"RITA": "seven lanterns", "ADMIN": "t0ken"})
    assert found == Options(
        target=Target("/api/openapi.json", "https://shop.example", {"DATABASE_URL": "sqlite://"}),
        sign_in=SignIn(
            "POST /token",
            "form",
            "username",
            "password",
            "data.access_token",
            Show("header", "Authorization", "Token"),
            {"grant_type": "password"},
        ),
        register=Register(
            "POST /users",
            None,
            {"name": "login", "password": "pw", "password_again": "pw2"},
            {"terms": True},
            "mail",
        ),
        identities=(
            Given("reader", "reader", "rita", "seven lanterns", tenant="north"),
            Given("admin", "admin", token="t0ken", administrator=True),
            Given("late", cookie="session=over", expired=True),
        ),
        skip={"POST /payments": "it costs money"},
    )


def test_an_empty_file_tells_nothing() -> None:
    """Everything is guessed then."""
    assert read_options("", {}) == Options()


ANA = '[[identities]]\nname = "ana"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sign_in", "no TOML"),
        ("[signin]", "Did you mean sign_in?"),
        ('[sign_in]\nrute = "POST /x"', "[sign_in] has 'rute', which nothing here is called. Did you mean route?"),
        ("[sign_in]", "[sign_in] has no route"),
        ('[sign_in]\nroute = "login"', "no method and path. Write it as: POST /login"),
        ('[sign_in]\nroute = "POST /x"\nmedia = "xml"', "It is one of: json, form, multipart, query."),
        ('[sign_in]\nroute = "POST /x"\nshow = "token"', 'Write show = "bearer"'),
        ('[register]\nroute = "POST /x"\nfields = { user = "u" }', "fields in [register] has 'user'"),
        (ANA, "nothing to come in with. Give it username and password_env"),
        (ANA + 'username = "ana"\npassword = 123456', "password in identities 1 is no text. Write it in quotes."),
        (ANA + 'token_env = "ANA"', "names ANA, which the environment does not hold. Set it: export ANA="),
        (ANA + 'token = "x"\ntoken_env = "ANA"', "has both token and token_env"),
        (ANA + 'username = "a"\npassword = "b"\nexpired = true', "Give it token_env, cookie_env or headers."),
        (ANA + 'token = "x"\nadministrator = "yes"', "is true or false, without quotes"),
        (ANA + 'token = "x"\n' + ANA + 'token = "y"', "Two identities are called 'ana'"),
        ('identities = "ana"', "is a list of tables: [[identities]]"),
        ('[routes]\nskip = [{ route = "GET /x" }]', "skip 1 has no reason"),
        ('target = "x"', "[target] is no table"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_remedy(text: str, says: str) -> None:
    """The text says where it stands and what to write; a secret is never repeated."""
    with pytest.raises(BadOptions) as refused:
        read_options(text, {})
    assert says in str(refused.value)
    assert "123456" not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("POST /login", SignIn("POST /login")),
        ("POST /login json", SignIn("POST /login", "json")),
        ("POST /token form username password", SignIn("POST /token", "form", "username", "password")),
        (
            "POST /in json mail pin token=data.key show=header:X-Key scope=all",
            SignIn("POST /in", "json", "mail", "pin", "data.key", Show("header", "X-Key"), {"scope": "all"}),
        ),
        ("POST /in show=cookie:sid", SignIn("POST /in", show=Show("cookie", "sid"))),
        ("POST /in show=bearer", SignIn("POST /in", show=Show("bearer", "Authorization", "Bearer"))),
    ],
)
def test_a_login_is_one_line(line: str, found: SignIn) -> None:
    """As on the command line."""
    assert read_login(line) == found


@pytest.mark.parametrize("line", ["/login", "POST", "POST /login json username", "POST login", "POST /x xml a b", ""])
def test_a_login_that_says_too_little_is_refused(line: str) -> None:
    """With the option it came by."""
    with pytest.raises(BadOptions, match="--login"):
        read_login(line)


def test_users_and_tokens_are_one_line_each() -> None:
    """Passwords may hold colons; a role may stand before the name; tokens come from the environment."""
    assert read_user("ana:pass:word") == Given("ana", "", "ana", "pass:word")
    assert read_user("editor=ana@example.com:pw") == Given("editor", "editor", "ana@example.com", "pw")
    assert read_user("root:pw", administrator=True) == Given("root", "", "root", "pw", administrator=True)
    assert read_token("reader=READER", {"READER": "t"}) == Given("reader", "reader", token="t")


@pytest.mark.parametrize("line", ["ana", "ana:", ":pw", "=ana:pw", ""])
def test_a_user_without_name_or_password_is_refused(line: str) -> None:
    """The option is named, and nothing of the line is repeated: it may hold a password."""
    with pytest.raises(BadOptions) as refused:
        read_user(line)
    assert str(refused.value) == "--user says who signs in with which password. Write: --user NAME:PASSWORD"


@pytest.mark.parametrize("line", ["READER", "reader=", "reader=MISSING"])
def test_a_token_that_is_not_there_is_refused(line: str) -> None:
    """Whether the line says no variable, or the environment holds none."""
    with pytest.raises(BadOptions, match="--token"):
        read_token(line, {"READER": "t"})


def test_the_command_line_counts_more_than_the_file() -> None:
    """Somebody of the same name takes the place, a login too; two of one role are numbered."""
    found = read_options(WHOLE, {"RITA": "pw", "ADMIN": "t"}).with_line(
        read_login("POST /login"), Given("reader", "reader", token="one"), Given("reader", "reader", token="two")
    )
    assert found.sign_in == SignIn("POST /login")
    assert [(each.name, each.token) for each in found.identities] == [
        ("admin", "t"),
        ("late", ""),
        ("reader", "one"),
        ("reader 2", "two"),
    ]


@pytest.mark.parametrize("name", ["anonymous", "newcomer 1", "registered 12"])
def test_nobody_is_called_as_the_drill_calls_somebody_itself(name: str) -> None:
    """What is known of people is kept by their names."""
    with pytest.raises(BadOptions, match="another name"):
        read_options(f'[[identities]]\nname = "{name}"\nusername = "ada"\npassword = "secret"\n', {})
