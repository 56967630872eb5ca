"""How people come into apps that were never heard of: what is registered, signed in, shown and told."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from buckler.drill.arriving.entering import gather
from buckler.drill.budget import Budget
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.options import Options, read_options
from buckler.drill.setting import Setting
from buckler.drill.transport.request import Request
from tests.drill.people import apps, guarded_apps
from tests.drill.stage import engaged
from tests.drill.targets import clinic, noteboard, people_api, shop, tools

Make = Callable[[], FastAPI]
FIXED = """
[[identities]]
name = "john"
username = "johndoe"
password_env = "JOHN"

[[identities]]
name = "alice"
username = "alice"
password = "secret2"
"""
CLERKS = """
[[identities]]
name = "mara"
role = "employee"
token = "ppl_Mw83nYc64PbKxV2zQ9tRf1LjGs7DhUe5"
[[identities]]
name = "nils"
role = "employee"
headers = { X-API-Key = "ppl_Nd57kZb20SgHvC8xM3wTq6JyRf4LpEa1" }
[[identities]]
name = "rosa"
role = "manager"
token_env = "ROSA"
administrator = true
"""
SECRETS = {"JOHN": "secret", "ROSA": "ppl_Rk29vXq81LmTzW4yB7cNd0HsEu5JgAf3"}


def _told(text: str) -> Options:
    return read_options(text, SECRETS)


async def _opened(app: FastAPI, path: str, options: Options | None = None) -> tuple[Cast, list[int]]:
    """Who came in, and how `path` answers nobody, and each of the pair, and a newcomer, and its second session."""
    async with engaged(app) as on:
        cast = await gather(on, options)
        assert cast.pair is not None, cast.notes
        fresh = await cast.newcomers.arrive()
        again = await cast.newcomers.sign_in(fresh or cast.pair[0])
        callers: list[Identity] = [each for each in (ANONYMOUS, *cast.pair, fresh, again) if each is not None]
        answers = [(await on.ask(Request("GET", path), who)).answer for who in callers]
        for who in cast.people:
            secrets = [*who.tokens.values(), who.account.password if who.account else ""]
            assert all(on.secrets.hide(secret).startswith("$") for secret in secrets if secret)
        return cast, [answer.status for answer in answers]


@pytest.mark.parametrize(
    ("make", "path", "statuses", "shown"),
    [
        (apps.oauth2_form, "/users/me", [401, 200, 200, 200, 200], "Authorization"),
        (apps.json_with_auth_token, "/me", [401, 200, 200, 200, 200], "Authorization"),
        (guarded_apps.cookie_form, "/", [303, 200, 200, 200, 200], "session_id"),
        (apps.key_at_registration, "/jobs", [401, 200, 200, 200], "X-API-Key"),
        (apps.address_as_username, "/users/me", [401, 200, 200, 200, 200], "Authorization"),
        (apps.another_scheme, "/api/accounts/me/", [401, 200, 200, 200, 200], "Authorization"),
        (guarded_apps.pages_without_document, "/home", [302, 200, 200, 200, 200], "sid"),
        (apps.short_words, "/bookings", [401, 200, 200, 200, 200], "sid"),
        (guarded_apps.own_pages_only, "/me", [401, 200, 200, 200, 200], "sid"),
    ],
)
async def test_two_people_come_into_an_app_by_its_own_doors(
    make: Make, path: str, statuses: list[int], shown: str
) -> None:
    """Both are let in where nobody is, by what is shown in the place that the app looks at; so is a newcomer."""
    cast, seen = await _opened(make(), path)
    assert seen == statuses
    assert cast.entry is not None
    assert cast.entry.shown.field == shown
    assert len({each.address for each in cast.people}) == 2
    assert any("lets in with it" in note for note in cast.notes)


@pytest.mark.parametrize("make", [clinic.mended_app, noteboard.mended_app, shop.mended_app, tools.mended_app])
async def test_two_people_come_into_each_target(make: Make) -> None:
    """Nobody told how; nothing is asked more often than it has to be."""
    async with engaged(make()) as on:
        cast = await gather(on)
        assert cast.pair is not None, cast.notes
        assert on.sender.budget.spent <= 12
        assert await cast.newcomers.sign_in(cast.pair[0]) is not None


async def test_what_is_ready_is_shown_as_the_document_says() -> None:
    """Tokens go into the header of the scheme, headers are sent as they are, and the administrator comes last."""
    async with engaged(people_api.mended_app()) as on:
        cast = await gather(on, _told(CLERKS))
        assert [each.name for each in cast.people] == ["mara", "nils", "rosa"], cast.notes
        assert cast.administrator is cast.people[-1]
        assert cast.pair == cast.people[:2]
        assert {name for each in cast.people for name, _ in each.headers} == {"X-API-Key"}
        assert all(each.headers == (("X-API-Key", each.tokens["key"]),) for each in cast.people)
        assert on.secrets.hide(SECRETS["ROSA"]) == "$TOKEN_ROSA"


async def test_named_accounts_are_signed_in() -> None:
    """Where nobody registers: with a password of the file, and with one of the environment."""
    cast, seen = await _opened(apps.fixed_users(), "/users/me", _told(FIXED))
    assert seen == [401, 200, 200, 200]
    assert [each.name for each in cast.people] == ["john", "alice"]
    assert cast.missing["administrator"].endswith("administrator = true")


async def test_a_wrong_password_leaves_somebody_out() -> None:
    """With what the app said; the other is there, and the note names who is missing."""
    async with engaged(apps.fixed_users()) as on:
        cast = await gather(on, read_options(FIXED, {"JOHN": "no such password"}))
        assert [each.name for each in cast.people] == ["alice"]
        assert "POST /token answered 401" in cast.missing["john"]
        assert cast.missing["second"].startswith("john could not come in: POST /token answered 401")
        assert any(note.startswith("john could not come in: POST /token answered 401") for note in cast.notes)
        assert "no such password" not in " ".join(cast.notes)


async def test_a_token_that_nobody_takes_is_no_caller() -> None:
    """The route that refuses it is named."""
    text = CLERKS.replace("ppl_Mw83nYc64PbKxV2zQ9tRf1LjGs7DhUe5", "ppl_of_somebody_who_left_long_ago")
    async with engaged(people_api.mended_app()) as on:
        cast = await gather(on, _told(text))
        assert [each.name for each in cast.people] == ["nils", "rosa"]
        assert "refuses" in cast.missing["mara"]


async def test_what_is_over_is_kept_apart() -> None:
    """Somebody who shows an expired token is no live person, and is asked for by the option where there is none."""
    text = '[[identities]]\nname = "late"\ntoken = "expired-long-ago"\nexpired = true\n'
    async with engaged(apps.oauth2_form()) as on:
        cast = await gather(on, _told(text))
        assert cast.expired is not None
        assert cast.expired.headers == (("Authorization", "Bearer expired-long-ago"),)
        assert cast.expired not in cast.people
        assert "disabled = true" in cast.missing["disabled"]


@pytest.mark.parametrize("place", ["folder", "log"])
async def test_the_code_of_a_letter_is_sent_back(place: str, tmp_path: Path) -> None:
    """A code that proves an address is read where letters are: in a folder of them, or in a log."""
    lines: list[str] = []
    app = guarded_apps.mailed_code(lines, _keeper(tmp_path, place))
    async with engaged(app) as on:
        cast = await gather(on, _told(f'[register]\nroute = "POST /signup"\nletters = "{_where(tmp_path, place)}"\n'))
        assert cast.pair is not None, cast.notes


async def test_letters_in_the_log_of_this_process_are_read_unasked() -> None:
    """As development servers write them."""
    lines: list[str] = []
    async with engaged(guarded_apps.mailed_code(lines)) as on:
        on.setting = Setting(on.setting.document, writes=True, logged=lines)
        cast = await gather(on)
        assert cast.pair is not None, cast.notes


async def test_a_letter_that_cannot_be_read_is_asked_for() -> None:
    """Nobody is made up: the reason names the option."""
    async with engaged(guarded_apps.mailed_code([])) as on:
        cast = await gather(on)
        assert cast.people == ()
        assert "letters = " in cast.missing["people"]


async def test_an_app_without_people_has_none() -> None:
    """Nothing is sent, and the notes say what would help."""
    async with engaged(apps.without_people()) as on:
        cast = await gather(on)
        assert (cast.people, cast.entry, on.sender.budget.spent) == ((), None, 0)
        assert any("--login" in note for note in cast.notes)
        assert await cast.newcomers.arrive() is None


async def test_a_sign_in_that_opens_nothing_is_none() -> None:
    """An app that answers any password with a token which its routes refuse has let nobody in."""
    app = FastAPI()

    @app.post("/register")
    async def register(new: apps.Login) -> dict[str, str]:
        return {"email": new.email}

    @app.post("/login")
    async def login(given: apps.Login) -> dict[str, str]:
        return {"access_token": "of-no-use-at-all"}

    @app.get("/me")
    async def me() -> None:
        raise HTTPException(401)

    async with engaged(app) as on:
        cast = await gather(on)
        assert cast.people == ()
        assert "GET /me refuses what it gave" in cast.missing["people"]


async def test_without_writes_nobody_is_registered() -> None:
    """Accounts change something; whoever exists already can still sign in."""
    async with engaged(apps.oauth2_form()) as on:
        on.setting = Setting(on.setting.document, writes=False)
        cast = await gather(on)
        assert (cast.people, on.sender.budget.spent) == ((), 0)
        assert "--writes" in cast.missing["people"]


async def test_what_the_app_says_of_a_password_is_heeded() -> None:
    """Refusals in plain words lead to another password; none of them stands in a note."""
    app, taken = FastAPI(), dict[str, str]()

    @app.post("/signup", status_code=201)
    async def signup(new: apps.Login) -> Mapping[str, str]:
        if len(new.password) > 16:
            raise HTTPException(400, f"The password {new.password} is longer than 16 characters")
        if not new.password.isalnum():
            raise HTTPException(400, "The password may have letters and digits only")
        taken[new.email] = new.password
        return {"access_token": f"token-for-{new.email}"}

    @app.post("/login")
    async def login(given: apps.Login) -> Mapping[str, str]:
        return {"access_token": f"token-for-{given.email}"}

    async with engaged(app) as on:
        cast = await gather(on)
        assert len(taken) == 2
        assert cast.pair is not None
        assert any("nothing proves it" in note for note in cast.notes)


async def test_an_app_that_asks_for_origin_gets_its_own() -> None:
    """It is shown by the caller from then on; a request that says another page sends it is left as it is."""
    async with engaged(guarded_apps.own_pages_only()) as on:
        cast = await gather(on)
        assert cast.pair is not None, cast.notes
        own = cast.pair[0].sign(Request("POST", "/x"))
        foreign = cast.pair[0].sign(Request("POST", "/x", headers=(("Origin", "https://evil.example"),)))
        assert own.header("origin") == on.sender.origin
        assert foreign.header("origin") == "https://evil.example"


async def test_names_and_passwords_may_go_with_every_request() -> None:
    """Where the document says `basic`, nothing signs in."""
    app, basic = FastAPI(), HTTPBasic()

    @app.get("/report")
    async def report(given: Annotated[HTTPBasicCredentials, Depends(basic)]) -> str:
        if (given.username, given.password) not in (("johndoe", "secret"), ("alice", "secret2")):
            raise HTTPException(401)
        return given.username

    cast, seen = await _opened(app, "/report", _told(FIXED))
    assert seen == [401, 200, 200]
    assert cast.entry is None


async def test_a_spent_budget_ends_the_coming_in() -> None:
    """Whoever came in until then is there, and the note says which bound was reached."""
    async with engaged(apps.oauth2_form()) as on:
        on.sender.budget = Budget(60, 6)
        cast = await gather(on)
        assert len(cast.people) == 1
        assert any("--requests" in note for note in cast.notes)


async def test_the_pool_knows_who_is_who() -> None:
    """What the app calls a person is known as that person's, for routes that take it."""
    async with engaged(apps.json_with_auth_token()) as on:
        cast = await gather(on)
        first, second = cast.pair or (ANONYMOUS, ANONYMOUS)
        assert first.account is not None
        assert second.account is not None
        assert {first.account.id, second.account.id} == {"7", "8"}
        known = {each.by: each.fields.get("user_id") for each in on.pool.objects if each.collection == "user"}
        assert known == {first.name: "7", second.name: "8"}


def _where(folder: Path, place: str) -> Path:
    return folder if place == "folder" else folder / "app.log"


def _keeper(folder: Path, place: str) -> Callable[[str, str], None]:
    """Keeps a letter: each in a file, or all in a log between other lines."""

    def keep(to: str, text: str) -> None:
        if place == "folder":
            letter = f"From: app@example.com\nTo: {to}\nSubject: Welcome\n\n{text}\n"
            (folder / f"{to}.eml").write_text(letter, encoding="utf-8")
        else:
            with _where(folder, place).open("a", encoding="utf-8") as log:
                log.write(f"INFO started\nINFO mail to {to}\n{text}\nINFO done 20260101\n")

    return keep


@pytest.mark.parametrize(
    "told", ["headers = { Authorization = 'Basic TOLD' }", "headers = { authorization = 'basic  TOLD' }"]
)
async def test_the_password_in_a_header_that_is_ready_is_a_secret_too(told: str) -> None:
    """An answer may tell it without the rest of the header."""
    app = FastAPI()

    @app.get("/me")
    def me(shown: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> str:
        if shown.password != "Summer/2031!":
            raise HTTPException(401)
        return shown.username

    pair = "YWRhOlN1bW1lci8yMDMxIQ=="
    async with engaged(app) as on:
        await gather(on, _told(f"[[identities]]\nname = 'ada'\n{told.replace('TOLD', pair)}"))
        assert on.secrets.hide("it is Summer/2031!, or Summer%2F2031%21") == "it is $PASSWORD_ADA, or $PASSWORD_ADA"
        assert pair not in on.secrets.hide(f"Basic {pair}")
