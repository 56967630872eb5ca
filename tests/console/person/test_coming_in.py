"""Signing in and out by the pages."""

import pytest
from starlette.requests import Request

from buckler.console.person.coming_in import _way
from buckler.identity.sessions.browser_sessions import COOKIE
from buckler.install import buckler_of
from tests.console.visit import PASSWORD, ConsoleHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGN_IN = "/console/sign-in"
WRONG = "another otter plays the harp"


async def test_a_person_signs_in_and_out(house: ConsoleHouse) -> None:
    """The cookie comes with the first and goes with the second, and what a browser kept is cleared."""
    ada = await house.owner()
    home = await ada.sign_in()
    assert (home.status, home.path) == (200, "/console")
    assert ada.name in home.heading
    assert COOKIE in ada.client.cookies
    out = await ada.send(home, "/console/sign-out")
    assert out.path.startswith(SIGN_IN)
    assert "You are signed out." in out.words
    left = out.answer.history[0]
    assert left.status_code == 303
    assert left.headers["clear-site-data"] == '"cache", "storage"'
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert COOKIE not in ada.client.cookies


async def test_whoever_has_signed_out_is_nobody_though_the_cookie_was_kept(house: ConsoleHouse) -> None:
    """The session itself has ended, not its cookie alone (ASVS 7.4.1)."""
    ada = await house.owner()
    home = await ada.sign_in()
    kept = ada.client.cookies[COOKIE]
    await ada.send(home, "/console/sign-out")
    answer = await ada.client.get("/console", headers={"cookie": f"{COOKIE}={kept}"}, follow_redirects=False)
    assert answer.status_code in (303, 401)


@pytest.mark.parametrize("name", ["", "nobody@example.com", "no address at all", "\u202egarbage\ufffe"])
async def test_every_failure_reads_the_same(house: ConsoleHouse, name: str) -> None:
    """A wrong password, an unknown name, and what is no name at all (ASVS 6.3.8)."""
    ada = await house.owner()
    page = await ada.sign_in(name or ada.name, WRONG)
    assert page.status == 403
    assert "Name or password is wrong." in page.words
    assert page.value("password") == ""
    assert WRONG not in page.answer.text


async def test_the_name_is_kept_and_nothing_secret_is(house: ConsoleHouse) -> None:
    """What was typed stands there again, but for the password; markup in it is text."""
    visitor = house.visitor()
    page = await visitor.sign_in('"><script>alert(1)</script>', WRONG)
    assert page.value("name") == '"><script>alert(1)</script>'
    assert "<script>alert" not in page.answer.text
    assert WRONG not in page.answer.text


async def test_whoever_asks_too_often_is_told_how_long_to_wait(house: ConsoleHouse) -> None:
    """In words and in the header."""
    visitor = house.visitor()
    for _ in range(7):
        page = await visitor.sign_in("nobody@example.com", WRONG)
    assert page.status == 429
    assert int(page.answer.headers["retry-after"]) > 0
    assert "Too many tries came from your network or for this name. Try again in" in page.words
    assert page.value("name") == "nobody@example.com"


async def test_after_many_wrong_passwords_the_mailed_code_is_asked_for(house: ConsoleHouse) -> None:
    """And with it the owner comes in; a wrong one is told apart from nothing else."""
    ada = await house.owner()
    for _ in range(10):
        assert (await house.visitor().sign_in(ada.name, WRONG)).status == 403
        house.clock.advance(61)
    page = await ada.sign_in()
    assert page.value("code") == ""
    assert page.value("name") == ada.name
    assert page.value("password") == ""
    code = await house.code("sign-in")
    page = await ada.send(page, SIGN_IN, password=PASSWORD, code="7K2M4-R2D9X-WBT3H-NVC6J-PZ0A1K")
    assert page.status == 403
    assert page.value("code") == ""
    home = await ada.send(page, SIGN_IN, password=PASSWORD, code=f" {code} ")
    assert (home.status, home.path) == (200, "/console"), home.words


async def test_whoever_is_signed_in_is_led_home(house: ConsoleHouse) -> None:
    """Where no page asked for a sign-in: one that did may want a fresh one, and its form is shown."""
    ada = await house.person()
    assert (await ada.get(SIGN_IN)).path == "/console"
    asked = await ada.get(f"{SIGN_IN}?to=/console/profile")
    assert asked.form(SIGN_IN)
    assert "has ended" not in asked.words


async def test_whose_session_was_ended_reads_so(house: ConsoleHouse) -> None:
    """By somebody else, or by time; nobody else reads it, nor whoever is told of something already."""
    ada = await house.person()
    assert "has ended" not in (await house.visitor().get(SIGN_IN)).words
    other = house.visitor(name=ada.name)
    await other.sign_in()
    await other.send(await other.get("/console/sessions"), "/console/sessions/end-others")
    page = await ada.get("/console/profile")
    assert "Your session has ended. Sign in again." in page.words
    assert "has ended" not in (await ada.get(f"{SIGN_IN}?said=signed-out")).words


async def test_failed_sign_ins_are_counted_as_those_of_the_api(house: ConsoleHouse) -> None:
    """By the code of the refusal, together with a stale form."""
    buckler = buckler_of(house.app)
    assert buckler is not None
    assert buckler._recent is not None
    before = buckler._recent.refusals()
    ada = await house.person()
    for _ in range(3):
        await house.visitor().sign_in(ada.name, WRONG)
    await ada.post("/console/sign-out", {"csrf_token": "x"})
    await ada.post("/console/profile/password", {"csrf_token": "x"})
    assert buckler._recent.refusals() - before == {"sign-in-failed": 3, "csrf-token": 2}


@pytest.mark.parametrize(
    ("to", "there"),
    [
        ("/console/profile", "/console/profile"),
        ("/console/sessions?said=stale", "/console/sessions?said=stale"),
        ("https://evil.test/", "/console"),
        ("//evil.test/", "/console"),
        ("/\\evil.test/", "/console"),
        ("javascript:alert(1)", "/console"),
        ("/%2fevil.test", "/console"),
        ("", "/console"),
        ("/" + "a" * 3000, None),
    ],
)
async def test_one_is_led_on_to_a_path_of_this_site_alone(house: ConsoleHouse, to: str, there: str | None) -> None:
    """Wherever the link came from (ASVS 1.2.2)."""
    ada = await house.owner()
    page = await ada.get(SIGN_IN)
    typed = {"name": ada.name, "password": PASSWORD, "to": to}
    answer = await ada.client.post(SIGN_IN, data={**page.form(SIGN_IN).fields, **typed}, follow_redirects=False)
    if there is None:
        assert answer.status_code == 422
    else:
        assert (answer.status_code, answer.headers["location"]) == (303, there)


async def test_a_device_that_signed_in_before_is_known_again(house: ConsoleHouse) -> None:
    """Its cookie comes with the first sign-in."""
    ada = await house.person()
    assert "__Host-buckler-device" in ada.client.cookies


@pytest.mark.parametrize(
    ("root", "to", "way"),
    [
        ("/app", "/app", "/"),
        ("/app", "/app/console", "/console"),
        ("/app", "/apple", "/apple"),
        ("", "/console", "/console"),
        ("", "//evil.test", "/console"),
    ],
)
async def test_the_way_back_is_counted_from_where_the_app_is_served(root: str, to: str, way: str) -> None:
    """What the redirect puts before it is taken away once, also where nothing else is left."""
    request = Request({"type": "http", "root_path": root, "headers": []})
    assert _way(to, request) == way
