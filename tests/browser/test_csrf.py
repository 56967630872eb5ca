"""What pages of others make a signed-in browser do, in a real one: on the twin it pays, on the whole it does not.

Browsers keep `SameSite=Lax` cookies from most of these by themselves. So each attack is made where that does not
help: with a cookie that another site's pages may use, from a sibling name, or where no cookie is needed.
"""

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from playwright.async_api import Page

from buckler import Cors
from tests.browser.bed import Bed, Pages, in_browser
from tests.browser.till import NAME, SESSIONS, ShortNamed, Till, till
from tests.proof import two_sided_async

pytestmark = in_browser

FORM = """([url, kind, fields]) => {
    const form = document.createElement('form');
    form.action = url; form.method = 'post'; form.enctype = kind;
    for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement('input');
        field.name = name; field.value = value; form.append(field);
    }
    document.body.append(form); form.submit();
}"""
EVERY_WAY = """async ([forms, fetches]) => {
    for (const [url, kind, name, value] of forms)
        await new Promise(done => {
            const frame = document.createElement('iframe');
            frame.name = 'frame' + frames.length;
            document.body.append(frame);
            const form = document.createElement('form');
            form.action = url; form.method = 'post'; form.enctype = kind; form.target = frame.name;
            const field = document.createElement('input');
            field.name = name; field.value = value;
            form.append(field); document.body.append(form);
            frame.onload = done; form.submit();
        });
    for (const [url, options] of fetches)
        await fetch(url, {method: 'POST', credentials: 'include', ...options}).then(() => null, () => null);
}"""
SOCKET = """url => new Promise(done => {
    const socket = new WebSocket(url);
    socket.onmessage = message => done(message.data);
    socket.onclose = () => done('');
})"""
TO = {"to": "mallory"}
URLENCODED, MULTIPART, PLAIN = "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(bed: Bed) -> Till:
    return await till(bed)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bare(bed: Bed) -> Till:
    """The twin of both: nobody asks where a request comes from, nor for a token."""
    return await till(bed, without=("csrf", "csrf-token"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def origins_alone(bed: Bed) -> Till:
    """The twin of the token."""
    return await till(bed, without=("csrf-token",))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tokens_alone(bed: Bed) -> Till:
    """The twin of the origin."""
    return await till(bed, without=("csrf",))


async def submitted(page: Page, url: str, kind: str, fields: dict[str, str]) -> None:
    """Submit a form from the page that is open, as a navigation of it."""
    await page.evaluate(FORM, [url, kind, fields])
    await page.wait_for_url(url)


async def ways_to_pay(page: Page, target: Till, theirs: Pages) -> list[str]:
    """Try every way from a page of theirs; those on which money left."""
    at = target.site.at
    theirs.redirect("/hop", theirs.redirect("/hop-again", at("/pay"), 307), 307)
    forms = [
        (at("/pay"), URLENCODED, "to", "form"),
        (at("/pay"), MULTIPART, "to", "form of parts"),
        (at("/pay-raw"), PLAIN, '{"to": "form of JSON", "x": "', '"}'),
        (theirs.origin + "/hop", URLENCODED, "to", "form by redirects"),
    ]
    form, named = {"content-type": URLENCODED}, {"content-type": "application/json"}
    fetches = [
        (at("/pay"), {"mode": "no-cors", "headers": form, "body": "to=fetch unseen"}),
        (at("/pay"), {"headers": form, "body": "to=fetch"}),
        (at("/pay-raw"), {"mode": "no-cors", "body": '{"to": "fetch of JSON unseen"}'}),
        (at("/pay-json"), {"headers": named, "body": '{"to": "fetch of JSON by its name"}'}),
    ]
    await page.goto(theirs.show("/", "<title>prizes</title>"))
    await page.evaluate(EVERY_WAY, [forms, fetches])
    worked = target.paid.copy()
    target.paid.clear()
    return worked


FOREIGN = [
    "form",
    "form of parts",
    "form of JSON",
    "form by redirects",
    "fetch unseen",
    "fetch",
    "fetch of JSON unseen",
]
"""Those that need no leave by CORS: the last way, JSON by its name, needs it, and nobody gives it."""


@pytest.mark.asvs("3.5.1", "3.5.2")
async def test_a_page_of_another_site_does_not_pay(
    page: Page, whole: Till, bare: Till, origins_alone: Till, tokens_alone: Till, evil: Pages
) -> None:
    """By no form, fetch or chain of redirects; each of the two defences stops all of it alone."""

    async def attack(target: Till) -> bool:
        await target.signed_in(page.context, "None")
        worked = await ways_to_pay(page, target, evil)
        assert worked in (FOREIGN, [])
        return bool(worked)

    await two_sided_async(attack, whole=whole, twin=bare)
    assert not await attack(origins_alone)
    assert not await attack(tokens_alone)


@pytest.mark.asvs("3.5.1")
async def test_a_page_beside_ours_does_not_pay(page: Page, whole: Till, bare: Till, sibling: Pages) -> None:
    """Under a sibling name a page is of the same site to browsers, and SameSite is no help at all."""

    async def attack(target: Till) -> bool:
        await target.signed_in(page.context, "Strict")
        worked = await ways_to_pay(page, target, sibling)
        assert worked in (FOREIGN, [])
        return bool(worked)

    await two_sided_async(attack, whole=whole, twin=bare)


async def test_same_site_stops_what_it_can(page: Page, bare: Till, evil: Pages) -> None:
    """With nothing else in the way, `Lax` alone keeps the cookie from all of it: why we set it."""
    await bare.signed_in(page.context, "Lax")
    assert await ways_to_pay(page, bare, evil) == []


@pytest.mark.asvs("3.5.1")
async def test_nobody_is_signed_in_as_somebody_else(page: Page, whole: Till, tokens_alone: Till, evil: Pages) -> None:
    """Signing in needs no cookie, so SameSite does not stop it: what ada does next, she would do for mallory."""

    async def attack(target: Till) -> bool:
        await page.context.clear_cookies()
        await page.goto(evil.show("/", "<title>prizes</title>"))
        await submitted(page, target.site.at("/sign-in"), URLENCODED, {"name": "mallory"})
        await page.goto(target.site.at("/me"))
        return "mallory" in await page.content()

    await two_sided_async(attack, whole=whole, twin=tokens_alone)


EVERY_FETCH = """async url => {
    const body = new URLSearchParams({name: 'mallory'});
    for (const options of [{body}, {body, mode: 'no-cors'}, {body: body.toString()}])
        await fetch(url, {method: 'POST', credentials: 'include', ...options}).then(() => null, () => null);
}"""
ANY_JSON = """url => fetch(url, {
    method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({to: 'bea'}),
}).then(it => it.status, () => 0)"""


@pytest.mark.asvs("3.5.1")
async def test_a_list_that_lets_anybody_read_lets_nobody_sign_others_in(
    bed: Bed, page: Page, evil: Pages, sibling: Pages
) -> None:
    """By no form and no fetch, not even from a sibling name, whose cookies count; JSON for all still passes."""
    star = Cors(["*"])
    whole, twin = await till(bed, cors=star), await till(bed, cors=star, without=("csrf", "csrf-token"))

    async def attack(target: Till) -> bool:
        found: list[bool] = []
        for stranger in (evil, sibling):
            for way in ("form", "fetch"):
                await page.context.clear_cookies()
                await page.goto(stranger.show("/", "<title>prizes</title>"))
                if way == "form":
                    await submitted(page, target.site.at("/sign-in"), URLENCODED, {"name": "mallory"})
                else:
                    await page.evaluate(EVERY_FETCH, target.site.at("/sign-in"))
                await page.goto(target.site.at("/me"))
                found.append("mallory" in await page.content())
        return any(found)

    await two_sided_async(attack, whole=whole, twin=twin)
    await page.goto(evil.show("/", "<title>partner</title>"))
    assert await page.evaluate(ANY_JSON, whole.site.at("/pay-json")) == 401


@pytest.mark.asvs("3.5.1", "4.4.2")
async def test_no_socket_is_opened_by_a_page_of_another(
    page: Page, whole: Till, tokens_alone: Till, evil: Pages, sibling: Pages
) -> None:
    """A handshake is a GET that CORS does not ask about, and its answers any page can read. Our own page may."""

    async def attack(target: Till) -> bool:
        heard = []
        url = target.site.at("/told").replace("https", "wss")
        for theirs, same_site in ((evil, "None"), (sibling, "Lax")):
            await target.signed_in(page.context, same_site)
            await page.goto(theirs.show("/", "<title>prizes</title>"))
            heard.append(await page.evaluate(SOCKET, url))
            await page.goto(target.site.at("/"))
            assert "balance" in await page.evaluate(SOCKET, url)
        assert heard[0] == heard[1]
        return "balance" in heard[0]

    await two_sided_async(attack, whole=whole, twin=tokens_alone)


@pytest.mark.asvs("3.5.1")
async def test_a_form_that_was_planted_in_our_own_page_does_not_pay(
    page: Page, whole: Till, origins_alone: Till
) -> None:
    """It comes from our origin, whatever wrote it there; it has no token."""

    async def attack(target: Till) -> bool:
        await target.signed_in(page.context)
        await page.goto(target.site.at())
        await submitted(page, target.site.at("/pay"), URLENCODED, TO)
        paid, _ = bool(target.paid), target.paid.clear()
        return paid

    await two_sided_async(attack, whole=whole, twin=origins_alone)


async def test_looking_is_no_harm(whole: Till, evil: Pages, page: Page) -> None:
    """An image and a frame of ours elsewhere pay nothing; a link leads to us, and whoever follows it is signed in."""
    await whole.signed_in(page.context)
    url = whole.site.at("/pay?to=mallory")
    await page.goto(
        evil.show("/", f"<img src='{url}'><iframe src='{url}'></iframe><a href='{whole.site.at('/me')}'>prize</a>")
    )
    await page.click("a")
    await page.wait_for_url(whole.site.at("/me"))
    assert await page.inner_text("body") == '"ada"'
    assert whole.paid == []


READ = "url => fetch(url, {credentials: 'include'}).then(it => it.text(), () => '')"
PAY = """async ([base]) => {
    const token = await fetch(base + '/token', {credentials: 'include'}).then(it => it.json());
    const headers = {'content-type': 'application/json', 'x-csrf-token': token};
    const answer = await fetch(base + '/pay-json', {
        method: 'POST', credentials: 'include', headers, body: JSON.stringify({to: 'bea'}),
    });
    return answer.json();
}"""


async def open_hearted(bed: Bed) -> Till:
    """The twin that people build: whoever asks is echoed, with credentials. We do not start with it."""

    def make(_: str) -> FastAPI:
        app = FastAPI()
        app.add_middleware(CORSMiddleware, allow_origin_regex=".*", allow_credentials=True)

        @app.get("/me")
        async def me(request: Request) -> str:
            return SESSIONS[request.cookies[NAME].encode()]

        return app

    return Till(await bed.serve(make))


@pytest.mark.asvs("3.4.2")
async def test_only_pages_of_listed_origins_read_us(bed: Bed, page: Page, evil: Pages, sibling: Pages) -> None:
    """And those, with the token that they can read, do what our own pages do, after asking."""
    whole = await till(bed, cors=Cors([sibling.origin], credentials=True))

    async def attack(target: Till) -> bool:
        await target.signed_in(page.context, "None")
        await page.goto(evil.show("/", "<title>prizes</title>"))
        return "ada" in await page.evaluate(READ, target.site.at("/me"))

    await two_sided_async(attack, whole=whole, twin=await open_hearted(bed))
    await whole.signed_in(page.context)
    await page.goto(sibling.show("/", "<title>friends</title>"))
    assert await page.evaluate(READ, whole.site.at("/me")) == '"ada"'
    assert await page.evaluate(PAY, [whole.site.origin]) == "paid"
    assert whole.paid == ["bea"]


TOSS = "document.cookie = '%s=of-mallory; Domain=example.test; Path=/; Secure'"


@pytest.mark.asvs("3.3.1", "3.3.3")
async def test_a_sibling_does_not_toss_us_a_cookie(bed: Bed, page: Page, whole: Till, sibling: Pages) -> None:
    """`__Host-` belongs to one host alone. Under any other name ada would work in mallory's session."""
    tossed = await till(bed, authenticator=ShortNamed())

    async def attack(target: Till) -> bool:
        name = "session" if target is tossed else "__Host-session"
        await page.context.clear_cookies()
        sibling.show("/set", "<title>set</title>", set_cookie=f"{name}=of-mallory; Domain=example.test; Path=/; Secure")
        await page.goto(sibling.origin + "/set")
        await page.evaluate(TOSS % name)
        await page.goto(target.site.at("/me"))
        return "mallory" in await page.content()

    await two_sided_async(attack, whole=whole, twin=tossed)


async def test_two_cookies_of_one_name_are_nobody(bed: Bed, sibling: Pages, page: Page) -> None:
    """Where the name is one that others may use: neither of the two counts."""
    target = await till(bed, authenticator=ShortNamed())
    own = {"name": "session", "value": "of-ada", "url": target.site.origin, "secure": True}
    await page.context.add_cookies([own])  # type: ignore[list-item]
    await page.goto(target.site.at("/me"))
    assert await page.inner_text("body") == '"ada"'
    await page.goto(sibling.show("/", "<title>set</title>"))
    await page.evaluate(TOSS % "session")
    await page.goto(target.site.at("/me"))
    assert "mallory" not in await page.content()
    assert await page.inner_text("body") != '"ada"'
