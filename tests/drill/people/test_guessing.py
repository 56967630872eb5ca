"""What is guessed of the ways into an app, from its document alone."""

import pytest

from buckler.drill.people.entry import Entry, Step
from buckler.drill.people.guessing import guess
from buckler.drill.plan.document import Document
from buckler.drill.plan.options import Register, Show, SignIn, read_options
from tests.drill.people.documents import BEARER, document, password_flow

VAMPI = document(
    "GET /createdb",
    "GET /users/v1 -> users",
    "GET /users/v1/_debug -> users",
    "POST /users/v1/register json username password email -> status message",
    "POST /users/v1/login json username password -> auth_token message status",
    "!GET /me -> data",
    "!PUT /users/v1/{username}/password json password",
    "!PUT /users/v1/{username}/email json email",
    "!DELETE /users/v1/{username}",
    scheme=BEARER,
)
RESTAURANT = document(
    "GET /healthcheck",
    "POST /token form grant_type? username password scope? client_id? -> access_token token_type",
    "POST /register json username password phone_number first_name last_name -> username phone_number",
    "!GET /profile -> username phone_number",
    "!PATCH /profile json first_name? last_name?",
    "POST /reset-password json username -> detail",
    "POST /reset-password/new-password json username reset_password_code new_password -> detail",
    "!PUT /users/update_role json username role",
    scheme=password_flow("token"),
)
FASTAPI_USERS = document(
    "POST /auth/jwt/login form grant_type? username password scope? client_id? -> access_token token_type",
    "!POST /auth/jwt/logout",
    "POST /auth/register json email password is_active? is_superuser? is_verified? -> id email is_active",
    "POST /auth/forgot-password json email",
    "POST /auth/reset-password json token password",
    "POST /auth/request-verify-token json email",
    "POST /auth/verify json token -> id email",
    "!GET /users/me -> id email",
    "!PATCH /users/me json password? email? is_superuser?",
    "!GET /users/{id} -> id email",
    scheme=password_flow("auth/jwt/login"),
)
TEMPLATE = document(
    "POST /api/v1/login/access-token form grant_type? username password -> access_token token_type",
    "!POST /api/v1/login/test-token -> email",
    "POST /api/v1/password-recovery/{email} -> message",
    "POST /api/v1/reset-password/ json token new_password -> message",
    "!POST /api/v1/users/ json email password full_name? is_superuser? -> id email",
    "!GET /api/v1/users/me -> id email",
    "!PATCH /api/v1/users/me/password json current_password new_password -> message",
    "POST /api/v1/users/signup json email password full_name? -> id email",
    scheme=password_flow("/api/v1/login/access-token"),
)
CONDUIT = document(
    "POST /api/users json user.username user.email user.password -> user.token user.username",
    "POST /api/users/login json user.email user.password -> user.token user.username",
    "!GET /api/user -> user.username",
    "!PUT /api/user json user.email? user.password?",
    "GET /api/articles -> articles",
    scheme={"type": "apiKey", "in": "header", "name": "Authorization"},
)
TUTORIAL = document(
    "POST /token form grant_type? username password -> access_token token_type",
    "!GET /users/me/ -> username",
    "!GET /users/me/items/",
    scheme=password_flow("token"),
)
SESSIONS = document(
    "POST /sessions json username password -> id",
    "DELETE /sessions",
    "POST /accounts json username email password confirmPassword -> id",
    "GET /accounts/me -> id",
    "POST /accounts/me/password json oldPassword newPassword confirmPassword",
    scheme={"type": "apiKey", "in": "cookie", "name": "sid"},
)
PHONES = document(
    "POST /auth/login json phone_number pin -> data.token data.refreshToken",
    "POST /auth/signup json phone_number pin name -> id",
    "POST /auth/refresh json refreshToken -> token",
    "!POST /auth/change-pin json old_pin new_pin",
    scheme=BEARER,
)
KEYS = document(
    "POST /register json name email -> client api_key",
    "!GET /jobs -> jobs",
    scheme={"type": "apiKey", "in": "header", "name": "X-API-Key"},
)
BY_QUERY = document("POST /login query username password -> token", "POST /register query username password")


def _summary(entry: Entry | None) -> dict[str, str]:
    """Each door as `POST /login part=way ...`, in a form that a table can hold."""
    if entry is None:
        return {}
    steps = {
        "sign_in": entry.sign_in,
        "register": entry.register,
        "refresh": entry.refresh,
        "logout": entry.logout,
        "change": entry.change_password,
        "ask": entry.ask_reset,
        "reset": entry.reset,
        "me": Step(entry.me) if entry.me is not None else None,
    }
    return {name: _line(step) for name, step in steps.items() if step is not None}


def _line(step: Step) -> str:
    ways = [f"{part}={'.'.join(way)}" for part, way in sorted(step.fields.items())]
    return " ".join((step.route.key, *ways))


@pytest.mark.parametrize(
    ("shape", "doors"),
    [
        (
            VAMPI,
            {
                "sign_in": "POST /users/v1/login name=username password=password",
                "register": "POST /users/v1/register email=email name=username password=password",
                "change": "PUT /users/v1/{username}/password name=username new_password=password",
                "me": "GET /me",
            },
        ),
        (
            RESTAURANT,
            {
                "sign_in": "POST /token name=username password=password",
                "register": "POST /register name=username password=password",
                "ask": "POST /reset-password name=username",
                "reset": "POST /reset-password/new-password code=reset_password_code name=username "
                "new_password=new_password",
                "me": "GET /profile",
            },
        ),
        (
            FASTAPI_USERS,
            {
                "sign_in": "POST /auth/jwt/login name=username password=password",
                "register": "POST /auth/register email=email password=password",
                "logout": "POST /auth/jwt/logout",
                "change": "PATCH /users/me email=email new_password=password",
                "ask": "POST /auth/forgot-password email=email",
                "reset": "POST /auth/reset-password code=token new_password=password",
                "me": "GET /users/me",
            },
        ),
        (
            TEMPLATE,
            {
                "sign_in": "POST /api/v1/login/access-token name=username password=password",
                "register": "POST /api/v1/users/signup email=email password=password",
                "change": "PATCH /api/v1/users/me/password new_password=new_password password=current_password",
                "ask": "POST /api/v1/password-recovery/{email} email=email",
                "reset": "POST /api/v1/reset-password/ code=token new_password=new_password",
                "me": "GET /api/v1/users/me",
            },
        ),
        (
            CONDUIT,
            {
                "sign_in": "POST /api/users/login email=user.email name=user.email password=user.password",
                "register": "POST /api/users email=user.email name=user.username password=user.password",
                "change": "PUT /api/user email=user.email new_password=user.password",
                "me": "GET /api/user",
            },
        ),
        (TUTORIAL, {"sign_in": "POST /token name=username password=password", "me": "GET /users/me/"}),
        (
            SESSIONS,
            {
                "sign_in": "POST /sessions name=username password=password",
                "register": "POST /accounts email=email name=username password=password password_again=confirmPassword",
                "logout": "DELETE /sessions",
                "change": "POST /accounts/me/password new_password=newPassword password=oldPassword "
                "password_again=confirmPassword",
                "me": "GET /accounts/me",
            },
        ),
        (
            PHONES,
            {
                "sign_in": "POST /auth/login name=phone_number password=pin",
                "register": "POST /auth/signup name=phone_number password=pin",
                "refresh": "POST /auth/refresh refresh=refreshToken",
                "change": "POST /auth/change-pin new_password=new_pin password=old_pin",
            },
        ),
        (KEYS, {"sign_in": "POST /register email=email name=name", "register": "POST /register email=email name=name"}),
        (
            BY_QUERY,
            {
                "sign_in": "POST /login name=username password=password",
                "register": "POST /register name=username password=password",
            },
        ),
    ],
    ids=[
        "vampi",
        "restaurant",
        "fastapi-users",
        "template",
        "conduit",
        "tutorial",
        "sessions",
        "phones",
        "keys",
        "query",
    ],
)
def test_the_doors_of_well_known_shapes_are_found(shape: Document, doors: dict[str, str]) -> None:
    """Each door is the right route, with each field for what it is, and no door is made up."""
    assert _summary(guess(shape).entry) == doors


@pytest.mark.parametrize(
    ("shape", "way"),
    [
        (VAMPI, "auth_token"),
        (CONDUIT, "user.token"),
        (PHONES, "data.token"),
        (KEYS, "api_key"),
        (TUTORIAL, "access_token"),
    ],
)
def test_the_way_to_the_token_is_read_from_the_answer(shape: Document, way: str) -> None:
    """Also where it stands within something else."""
    entry = guess(shape).entry
    assert entry is not None
    assert ".".join(entry.shown.at) == way


@pytest.mark.parametrize(
    "shape",
    [
        document("GET /items -> id", "POST /items json name -> id", "POST /tokens/count json text -> number"),
        document("POST /login/attempts json user reason -> id", "GET /login/attempts -> id"),
        document("!POST /users json email password -> id", "!GET /users -> id", scheme=BEARER),
        document("POST /webhooks/auth json event secret", "POST /vault json name password -> id"),
        document("POST /auth/google/callback json code -> access_token", "GET /auth/google"),
        document("POST /wifi json ssid password -> id", "POST /zip json file password -> id"),
    ],
    ids=["no login", "log of logins", "only administrators", "other secrets", "elsewhere", "passwords of things"],
)
def test_an_app_without_a_door_has_no_entry(shape: Document) -> None:
    """And the note says which option would name it."""
    guessed = guess(shape)
    assert guessed.entry is None
    assert any("--login" in note and "--token" in note for note in guessed.notes)


def test_what_was_guessed_is_told_in_words() -> None:
    """Route and fields of each door, so that whoever reads it can tell what is wrong."""
    notes = guess(RESTAURANT).notes
    assert "Guessed: POST /token signs in, with name in username, password in password." in notes
    assert "Guessed: GET /profile tells who is calling." in notes


def test_where_nobody_registers_accounts_are_asked_for() -> None:
    """The note names the options."""
    assert any("registers accounts" in note and "--user" in note for note in guess(TUTORIAL).notes)


def test_what_was_told_counts_more_than_what_is_guessed() -> None:
    """The named route and fields are taken as they are, whether the document knows them or not."""
    told = read_options(
        """
        [sign_in]
        route = "POST /enter"
        media = "form"
        name_field = "who"
        password_field = "word"
        token = "result.ticket"
        show = "header:X-Ticket"
        [register]
        route = "POST /users/v1/register"
        fixed = { invitation = "abc" }
        """,
        {},
    )
    entry = guess(VAMPI, told).entry
    assert entry is not None
    assert _line(entry.sign_in) == "POST /enter name=who password=word"
    assert entry.sign_in.route.body is not None
    assert entry.sign_in.route.body.media == "application/x-www-form-urlencoded"
    assert (entry.shown.kind, entry.shown.field, entry.shown.at) == ("header", "X-Ticket", ("result", "ticket"))
    assert entry.register is not None
    assert entry.register.fixed == {"invitation": "abc"}
    assert told.sign_in == SignIn("POST /enter", "form", "who", "word", "result.ticket", Show("header", "X-Ticket"))
    assert told.register == Register("POST /users/v1/register", fixed={"invitation": "abc"})


@pytest.mark.parametrize(
    ("route", "way"),
    [
        ("!PATCH /users/me json full_name? password?", "PATCH /users/me new_password=password"),
        ("!PUT /me json email password", "PUT /me email=email new_password=password"),
        ("!PATCH /users/{user_id} json password?", None),
        ("!PATCH /users/me json full_name?", None),
    ],
)
def test_a_password_is_changed_with_the_rest_of_the_account(route: str, way: str | None) -> None:
    """Of oneself alone: whose password a route with an id changes nobody knows."""
    known = document(
        "POST /login json username password -> access_token", "POST /register json username password", route
    )
    assert _summary(guess(known).entry).get("change") == way
