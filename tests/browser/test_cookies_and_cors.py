"""What a real browser makes of the cookies of a careless app, and of pages that want to read it.

On the twin without `cookies`, or without `cors`, each attack succeeds.
"""

from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request, Response
from playwright.async_api import BrowserContext, Page

from buckler import Cookie, Cors, Public
from tests.browser.bed import Bed, Pages, Site, in_browser
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin

pytestmark = in_browser

READ = """async ([url, method]) => {
    try { return await (await fetch(url, {method, credentials: 'include'})).text(); } catch { return 'unread'; }
}"""
EMBEDDED = Cookie("embedded", same_site="none", reason="shown in pages of partners")


def make_app() -> FastAPI:
    app = FastAPI(dependencies=[Public("a test")])

    @app.get("/")
    async def home() -> Response:
        return Response("<!doctype html><title>Home</title>", media_type="text/html")

    @app.get("/set")
    async def set_(line: str) -> Response:
        return Response("<!doctype html><title>Set</title>", media_type="text/html", headers={"set-cookie": line})

    @app.api_route("/me", methods=["GET", "PUT"])
    async def me(request: Request) -> Response:
        """Of whoever has the cookie, and for whoever asks: as it is often done by hand."""
        fields = {
            "access-control-allow-origin": request.headers.get("origin", "*"),
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": "PUT",
        }
        return Response(f"secret of {request.cookies.get('embedded', 'nobody')}", headers=fields)

    @app.options("/me")
    async def asked(request: Request) -> Response:
        return await me(request)

    return app


async def serve(bed: Bed, **given: Any) -> Site:
    def make(origin: str) -> FastAPI:
        return protect(make_app(), settings=production(origin=origin), cookies=[EMBEDDED], **given)

    return await bed.serve(make)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(bed: Bed, sibling: Pages) -> Site:
    return await serve(bed, cors=Cors([sibling.origin], credentials=True))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def careless(bed: Bed) -> Site:
    """The twin without `cookies`."""
    return await serve(bed, kind=Twin, without="cookies")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mirroring(bed: Bed, sibling: Pages) -> Site:
    """The twin without `cors`."""
    return await serve(bed, kind=Twin, without="cors", cors=Cors([sibling.origin], credentials=True))


async def kept(person: BrowserContext, site: Site, line: str) -> set[str]:
    """The names of the cookies that the browser keeps when the site sets this one. Nothing is left of it."""
    page = await person.new_page()
    await page.goto(site.at(f"/set?line={line}"))
    names = {each["name"] for each in await person.cookies()}
    await page.close()
    return names


@pytest.mark.asvs("3.3.4")
async def test_no_script_reads_a_session(whole: Site, careless: Site, page: Page, person: BrowserContext) -> None:
    async def attack(site: Site) -> bool:
        await person.clear_cookies()
        assert await kept(person, site, "session=8d1f; Path=/") == {"session"}
        await page.goto(site.at())
        return "8d1f" in await page.evaluate("document.cookie")

    await two_sided_async(attack, whole=whole, twin=careless)


@pytest.mark.asvs("3.3.3")
async def test_no_sibling_gets_it(
    whole: Site, careless: Site, page: Page, person: BrowserContext, sibling: Pages
) -> None:
    """A cookie for the whole domain goes to every host of it, the forgotten one too."""

    async def attack(site: Site) -> bool:
        await person.clear_cookies()
        sibling.received.clear()
        await kept(person, site, "session=8d1f; Path=/; Domain=example.test")
        await page.goto(sibling.show("/", "<!doctype html><title>Sibling</title>"))
        return any("8d1f" in each.headers.get("cookie", "") for each in sibling.received)

    await two_sided_async(attack, whole=whole, twin=careless)


@pytest.mark.asvs("3.3.5")
async def test_none_vanishes_without_a_word(whole: Site, careless: Site, person: BrowserContext) -> None:
    """The browser drops what is too large, or breaks the promise of its name; the app believes that it has set it."""
    too_large, broken = "x=" + "y" * 4096 + "; Path=/", "__Host-x=1; Path=/here; Secure"

    async def attack(site: Site) -> bool:
        await person.clear_cookies()
        page = await person.new_page()
        answers = [await page.goto(site.at(f"/set?line={line}")) for line in (too_large, broken)]
        await page.close()
        return [each and each.status for each in answers] == [200, 200] and await person.cookies() == []

    await two_sided_async(attack, whole=whole, twin=careless)
    # What the name promises is completed, so that the browser keeps it.
    assert await kept(person, whole, "__Host-x=1") == {"__Host-x"}
    await person.clear_cookies()
    assert await kept(person, careless, "__Host-x=1") == set()


@pytest.mark.asvs("3.4.2")
async def test_a_strangers_page_reads_nothing(
    whole: Site, mirroring: Site, page: Page, person: BrowserContext, evil: Pages, sibling: Pages
) -> None:
    """With the cookie of whoever looks at it; a page of the listed origin reads, and may ask with PUT."""

    async def attack(site: Site) -> bool:
        await person.clear_cookies()
        assert await kept(person, site, "embedded=ada; Path=/") == {"embedded"}
        await page.goto(evil.show("/", "<!doctype html><title>Free things</title>"))
        return await page.evaluate(READ, [site.at("/me"), "GET"]) == "secret of ada"

    await two_sided_async(attack, whole=whole, twin=mirroring)
    assert await page.evaluate(READ, [whole.at("/me"), "PUT"]) == "unread"
    await page.goto(sibling.show("/", "<!doctype html><title>Front end</title>"))
    assert await page.evaluate(READ, [whole.at("/me"), "GET"]) == "secret of ada"
    assert await page.evaluate(READ, [whole.at("/me"), "PUT"]) == "secret of ada"
