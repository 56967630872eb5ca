"""Sessions in cookies, as a browser keeps them: no script reads them, and after the end nothing of them is left."""

from pathlib import Path
from typing import Annotated, Any

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request, Response
from playwright.async_api import BrowserContext, Page

from buckler import Principal, Public, Requires
from buckler.asgi import exchange_of
from buckler.identity import Accounts
from buckler.identity.sessions.browser_sessions import COOKIE
from tests.browser.bed import Bed, in_browser
from tests.browser.housed import ADA, Home, laid_in
from tests.identity.house import PASSWORD
from tests.proof import two_sided_async
from tests.wire import ask

pytestmark = in_browser

SIGN_IN = """async ([name, password]) => {
    const answer = await fetch('/auth/sign-in', {
        method: 'POST', headers: {'content-type': 'application/json'},
        body: JSON.stringify({name, password, session: 'cookie'}),
    });
    return [answer.status, await answer.json()];
}"""
ASK = """([method, path, token]) =>
    fetch(path, {method, headers: token ? {'x-csrf-token': token} : {}}).then(
        async it => [it.status, await it.text()])"""
KEEPING = """async ([name, password, session]) => {
    const answer = await fetch('/auth/sign-in', {
        method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({name, password, session}),
    });
    for (const [key, value] of Object.entries(await answer.json())) localStorage[key] = value;
    return answer.status;
}"""
FOUND = "() => [...document.cookie.split(/[;=]/), ...Object.values(localStorage)].filter(it => /^[!-~]+$/.test(it))"
KEPT = """async () => [
    document.cookie, localStorage.length, sessionStorage.length,
    (await indexedDB.databases()).length, (await caches.keys()).length,
]"""
CACHED = """() => fetch('/draft', {cache: 'only-if-cached', mode: 'same-origin'}).then(
    it => it.ok ? it.text() : '', () => '')"""


def _pages(app: FastAPI, made: Accounts) -> None:
    who = Annotated[Principal, Requires()]

    @app.get("/", dependencies=[Public("the front")])
    async def front() -> Response:
        return Response("<!doctype html><title>front</title>", media_type="text/html")

    @app.get("/mine")
    async def mine(caller: who) -> Response:
        return Response(f"<!doctype html><title>mine</title>private words of {caller.name}", media_type="text/html")

    @app.get("/draft")
    async def draft(caller: who) -> Response:
        return Response("private draft", media_type="text/plain", headers={"cache-control": "private, max-age=600"})

    @app.post("/leave")
    async def leave(caller: who, request: Request) -> Response:
        """The twin of our logout: the session is over, and the browser is told nothing more."""
        await made.opened().sessions.log_out(caller, exchange_of(request.scope))
        return Response(status_code=204)

    @app.post("/taste", dependencies=[Public("anybody's")])
    async def taste() -> Response:
        answer = Response("kept")
        answer.headers.append("set-cookie", "taste=dark")
        return answer


async def house(bed: Bed, folder: Path, *without: str) -> Home:
    """An app in which ada has an account, with pages of its own."""
    return await laid_in(bed, folder, *without, pages=_pages)


@pytest.fixture(autouse=True)
def later(whole: Home) -> None:
    """So many sign-ins from one network are suspicious: each test begins a minute after the one before."""
    whole.clock.advance(60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return await house(bed, tmp_path_factory.mktemp("whole"))


async def signed_in(person: BrowserContext, home: Home) -> tuple[Page, str]:
    """A page of ada's, signed in from there, and the token of its forms."""
    page = await person.new_page()
    await page.goto(home.site.at())
    status, body = await page.evaluate(SIGN_IN, [ADA, PASSWORD])
    assert status == 200, body
    return page, body["csrf_token"]


async def cookie_of(person: BrowserContext) -> dict[str, Any]:
    (found,) = [dict(each) for each in await person.cookies() if each.get("name") == COOKIE]
    return found


@pytest.mark.heavy
async def test_the_session_is_in_the_cookie_alone(person: BrowserContext, whole: Home) -> None:
    """Held as it should be, read by no script, and nothing anywhere else in the browser."""
    page, _ = await signed_in(person, whole)
    held = await cookie_of(person)
    assert (held["httpOnly"], held["secure"], held["sameSite"], held["path"]) == (True, True, "Lax", "/")
    assert (held["domain"], held["expires"]) == ("app.example.test", -1)
    assert await page.evaluate(KEPT) == ["", 0, 0, 0, 0]
    await page.goto(whole.site.at("/mine"))
    assert "private words of ada" in await page.content()


@pytest.mark.asvs("3.3.4", "14.3.3")
async def test_a_script_in_our_page_finds_nothing_to_take_along(bed: Bed, whole: Home) -> None:
    """The twin is a page that signs in for tokens, and keeps them where pages can: whoever reads them is ada."""

    async def attack(kind: str) -> bool:
        async with bed.person() as ada:
            page = await ada.new_page()
            await page.goto(whole.site.at())
            assert await page.evaluate(KEEPING, [ADA, PASSWORD, kind]) == 200
            found = await page.evaluate(FOUND)
        asked = [await ask(whole.site.app, "GET", "/auth/session", token=each, host=whole.site.host) for each in found]
        return any(each.status == 200 for each in asked)

    await two_sided_async(attack, whole="cookie", twin="tokens")


async def test_a_cookie_that_was_planted_is_not_adopted(person: BrowserContext, whole: Home) -> None:
    """Neither garbage nor one in our form; the sign-in makes a new one, and the old one is nobody's."""
    page, _ = await signed_in(person, whole)
    first = (await cookie_of(person))["value"]
    await page.evaluate(SIGN_IN, [ADA, PASSWORD])
    second = (await cookie_of(person))["value"]
    assert first != second
    for planted in (first, "garbage", first[:-1] + ("A" if first[-1] != "A" else "B"), "a" * 4000):
        await person.clear_cookies()
        await person.add_cookies([{"name": COOKIE, "value": planted, "url": whole.site.origin, "secure": True}])
        assert (await page.evaluate(ASK, ["GET", "/mine", ""]))[0] == 401
        await page.evaluate(SIGN_IN, [ADA, PASSWORD])
        assert (await cookie_of(person))["value"] != planted


@pytest.mark.asvs("3.3.1", "3.3.4")
async def test_an_apps_own_cookie_is_no_script_s_either(bed: Bed, whole: Home, tmp_path: Path) -> None:
    """Though the app said nothing of it."""
    bare = await house(bed, tmp_path, "cookies")

    async def attack(target: Home) -> bool:
        async with bed.person() as ada:
            page = await ada.new_page()
            await page.goto(target.site.at())
            await page.evaluate(ASK, ["POST", "/taste", ""])
            (held,) = await ada.cookies()
            read = await page.evaluate("() => document.cookie") == "taste=dark"
            assert read is not held.get("secure")
            return read

    await two_sided_async(attack, whole=whole, twin=bare)


@pytest.mark.asvs("14.3.2")
async def test_the_back_button_shows_nobody_elses_page(bed: Bed, whole: Home, tmp_path: Path) -> None:
    """At a browser that two people use: no answer to somebody is kept, so there is none to show."""
    bare = await house(bed, tmp_path, "headers")

    async def attack(target: Home) -> bool:
        async with bed.person() as ada:
            page, _ = await signed_in(ada, target)
            await page.goto(target.site.at("/mine"))
            assert "private words" in await page.content()
            await page.goto(target.site.at())
            await ada.clear_cookies()
            await page.go_back()
            return "private words" in await page.content()

    await two_sided_async(attack, whole=whole, twin=bare)


@pytest.mark.asvs("14.3.1")
async def test_a_logout_leaves_nothing_behind(bed: Bed, whole: Home) -> None:
    """What pages stored, and what the browser kept of answers that allowed it; the twin ends the session alone."""

    async def attack(way: str) -> bool:
        async with bed.person() as ada:
            page, token = await signed_in(ada, whole)
            await page.evaluate("() => { localStorage.draft = sessionStorage.draft = 'private'; }")
            await page.evaluate(ASK, ["GET", "/draft", ""])
            assert await page.evaluate(CACHED) == "private draft"
            assert (await page.evaluate(ASK, ["POST", way, token]))[0] == 204
            left = [await page.evaluate("() => localStorage.draft") == "private"]
            left.append(await page.evaluate(CACHED) == "private draft")
            assert left[0] == left[1]
            assert (await page.evaluate(ASK, ["GET", "/mine", ""]))[0] == 401
            return left[0]

    await two_sided_async(attack, whole="/auth/logout", twin="/leave")


async def test_a_logout_takes_the_cookie_of_the_session_alone(person: BrowserContext, whole: Home) -> None:
    """The device stays known, and so does what the app keeps in a cookie of its own."""
    page, token = await signed_in(person, whole)
    await page.evaluate(ASK, ["POST", "/taste", ""])
    before = {each.get("name") for each in await person.cookies()}
    assert (await page.evaluate(ASK, ["POST", "/auth/logout", ""]))[0] == 403
    assert (await page.evaluate(ASK, ["POST", "/auth/logout", token]))[0] == 204
    after = {each.get("name") for each in await person.cookies()}
    assert before - after == {COOKIE}
    assert "taste" in after
    await page.goto(whole.site.at("/mine"))
    assert "private words" not in await page.content()
