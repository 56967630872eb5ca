"""The pages of a person, clicked through in a real browser; each is looked over by axe-core and kept as a picture."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.bed import Bed, in_browser
from tests.browser.harbour import Harbour, picture
from tests.identity.house import PASSWORD
from tests.proof import two_sided, two_sided_async

pytestmark = in_browser

NEW = "quiet walrus mends the clock"
OWN = ("/console", "/console/sessions", "/console/profile", "/console/profile/password", "/console/profile/erase")
EXPORT = "/console/profile/export"
"""A file, and no page."""
_NUMBERS = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harbour(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harbour]:
    """A service where addresses are proved before an account begins."""
    yield await Harbour(tmp_path_factory.mktemp("harbour"), registration="verified").open_in(bed)


@pytest_asyncio.fixture(loop_scope="module")
async def name(harbour: Harbour) -> str:
    """Of somebody who has an account and is not signed in."""
    made = f"ada{next(_NUMBERS)}@example.com"
    await harbour.account(made)
    return made


async def arrived(page: Page, heading: str) -> None:
    """Wait for the page of this heading: a click returns before its answer is there, and what it causes is done."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def pages_of(harbour: Harbour, *, public: bool) -> list[str]:
    """Every page of the console that can be looked at: those for anybody, or those for whoever is signed in."""
    routes = [each for each in harbour.buckler.policy().routes if each.path.startswith("/console")]
    found = [each for each in routes if "GET" in (each.methods or ()) and (each.public is not None) is public]
    # A way back is no page: it leads to one.
    return [each.path for each in found if each.path != EXPORT and "ways_back" not in (each.endpoint or "")]


async def test_a_newcomer_becomes_the_first_administrator(harbour: Harbour, page: Page) -> None:
    """Led there from the front door, with the printed code; then signed in, and out again."""
    await page.goto(harbour.site.at("/console"))
    await page.wait_for_url("**/console/first-administrator")
    await picture(page, "first-administrator")
    code = harbour.buckler.first_administrator_code or ""
    await page.get_by_label("One-time code").fill(code)
    await page.get_by_label("E-mail address").fill("root@example.com")
    await page.get_by_label("Password", exact=True).fill("short")
    await page.get_by_role("button", name="Become the administrator").click()
    await expect(page.get_by_role("alert")).to_be_focused()
    await picture(page, "first-administrator-wrong")
    await expect(page.get_by_label("Password", exact=True)).to_have_value("")
    await expect(page.get_by_label("One-time code")).to_have_value(code)  # the mistake was in the password alone
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Become the administrator").click()
    await expect(page.get_by_text("The first administrator is made.")).to_be_visible()
    await harbour.sign_in(page, "root@example.com")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("root@example.com")
    await picture(page, "overview")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()


@pytest.mark.heavy
async def test_a_second_person_registers_confirms_and_comes_back(harbour: Harbour, page: Page) -> None:
    """By the code of the letters, each time; the code is typed and stands in no address."""
    await page.goto(harbour.site.at("/console/sign-in"))
    await picture(page, "sign-in")
    await page.get_by_role("link", name="Make an account").click()
    await arrived(page, "Make an account")
    await picture(page, "register")
    await page.get_by_label("E-mail address").fill("bea@example.com")
    await page.get_by_role("button", name="Send the code").click()
    await expect(page.get_by_role("status")).to_contain_text("a code is on its way")
    await picture(page, "confirm")
    await page.get_by_label("Code from the letter").fill(await harbour.code("confirm"))
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Show password").click()
    await expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    await page.get_by_role("button", name="Open the account").click()
    await expect(page.get_by_text("Your account is ready.")).to_be_visible()
    await page.get_by_role("link", name="Forgotten the password?").click()
    await arrived(page, "Forgotten the password?")
    await picture(page, "reset")
    await page.get_by_label("E-mail address").fill("bea@example.com")
    await page.get_by_role("button", name="Send the code").click()
    await arrived(page, "Choose a new password")
    await picture(page, "reset-confirm")
    code = await harbour.code("reset")
    await page.goto(harbour.site.at(f"/console/reset/confirm#code={code}"))  # as the link of the letter does
    await expect(page.get_by_label("Code from the letter")).to_have_value(code)
    assert page.url.endswith("/console/reset/confirm")
    await page.get_by_label("New password", exact=True).fill(NEW)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("Your password has been changed")).to_be_visible()
    await harbour.sign_in(page, "bea@example.com", NEW)


@pytest.mark.heavy
async def test_somebody_looks_after_the_account(harbour: Harbour, bed: Bed, page: Page, name: str) -> None:
    """Sessions, profile, export and password."""
    async with bed.person() as elsewhere:
        await harbour.sign_in(await elsewhere.new_page(), name)
        await harbour.sign_in(page, name)
        await page.get_by_role("link", name="Sessions and devices").first.click()
        await arrived(page, "Sessions and devices")
        await picture(page, "sessions")
        await page.get_by_role("button", name="End all other sessions").click()
        await expect(page.get_by_text("All your other sessions have ended.")).to_be_visible()
    await page.get_by_role("navigation").get_by_role("link", name="Profile").click()
    await arrived(page, "Profile")
    await picture(page, "profile")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download it").click()
    assert (await download.value).suggested_filename == "my-data.json"
    await page.get_by_role("link", name="Change the password").click()
    await page.get_by_label("Current password").fill("not this one at all")
    await page.get_by_label("New password", exact=True).fill(NEW)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_label("Current password")).to_have_attribute("aria-invalid", "true")
    await picture(page, "password-wrong")
    await page.get_by_label("Current password").fill(PASSWORD)
    await page.get_by_label("New password", exact=True).fill(NEW)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_role("status")).to_contain_text("Your password has been changed.")


@pytest.mark.heavy
async def test_somebody_moves_and_leaves(harbour: Harbour, page: Page, name: str) -> None:
    """Another address, proved by its letter; then the account is erased."""
    await harbour.sign_in(page, name)
    await page.get_by_role("link", name="Profile", exact=True).click()
    await page.get_by_role("link", name="Change the address").click()
    await arrived(page, "Change the address")
    await picture(page, "address")
    await page.get_by_label("New address").fill(f"new-{name}")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Send the code").click()
    await arrived(page, "Confirm the address")
    await page.get_by_label("Code from the letter").fill(await harbour.code("address"))
    await page.get_by_role("button", name="Take this address").click()
    await expect(page.get_by_role("status")).to_contain_text("Your address is the new one now.")
    await page.get_by_role("link", name="Erase the account").click()
    await arrived(page, "Erase the account")
    await picture(page, "erase")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Yes, erase").check()
    await page.get_by_role("button", name="Erase the account").click()
    await expect(page.get_by_role("status")).to_contain_text("are erased")


async def test_it_works_without_script(harbour: Harbour, bed: Bed, name: str) -> None:
    """Signing in and out, with what script would add left away; and on a narrow screen the menu is folded."""
    async with bed.person(java_script_enabled=False) as plain:
        page = await plain.new_page()
        await harbour.sign_in(page, name)
        place = page.get_by_role("navigation", name="Console").get_by_role("link", name="Profile", exact=True)
        await expect(place).to_be_visible()
        await expect(page.locator(".menu")).to_be_hidden()
        await page.set_viewport_size({"width": 320, "height": 640})
        await expect(place).to_be_hidden()
        box = await page.locator("header.side").bounding_box()
        assert box is not None
        assert box["height"] < 160
        await page.locator(".menu summary").click()
        await place.click()
        await arrived(page, "Profile")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_text("You are signed out.")).to_be_visible()


async def test_the_browser_has_no_breach_of_the_policy_to_report(harbour: Harbour, page: Page, name: str) -> None:
    """Nothing is inline, and nothing comes from elsewhere."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    await harbour.sign_in(page, name)
    for path in OWN:
        await page.goto(harbour.site.at(path))
    assert said == []
    assert [url for url in asked if not url.startswith(harbour.site.origin)] == []


@pytest.mark.asvs("7.4.4")
async def test_signing_out_is_easy_to_find(harbour: Harbour, page: Page, name: str) -> None:
    """On every page of an administrator, without scrolling, under that name; one without it is told from ours."""
    account = await harbour.account("chief-" + name, "admin")
    paths = [path.format(account=account) for path in pages_of(harbour, public=False)]
    assert len(paths) >= 12

    await harbour.sign_in(page, "chief-" + name)
    button = page.get_by_role("button", name="Sign out", exact=True)

    async def is_seen() -> bool:
        box = await button.bounding_box() if await button.is_visible() else None
        return box is not None and box["y"] + box["height"] <= 900

    ours, others = list[bool](), list[bool]()
    for path in paths:
        await page.goto(harbour.site.at(path))
        ours.append(await is_seen())
        await page.evaluate("document.querySelector('.whoami').remove()")
        others.append(await is_seen())

    def hides_it(seen: list[bool]) -> bool:
        return not all(seen)

    two_sided(hides_it, whole=ours, twin=others)


@pytest.mark.asvs("14.3.3")
async def test_a_browser_keeps_nothing_that_script_could_read(harbour: Harbour, page: Page, name: str) -> None:
    """Neither cookies nor storage; one that a page had put there is found."""

    async def finds_something(puts: str) -> bool:
        await page.evaluate(puts)
        databases = "(await indexedDB.databases()).length + (await caches.keys()).length"
        found = await page.evaluate(
            f"async () => document.cookie.length + localStorage.length + sessionStorage.length + {databases}"
        )
        await page.evaluate("localStorage.clear()")
        return bool(found)

    await harbour.sign_in(page, name)
    await two_sided_async(finds_something, whole="0", twin="localStorage.setItem('session', 'secret')")


@pytest.mark.asvs("6.2.6")
async def test_a_password_is_hidden_while_it_is_typed(harbour: Harbour, page: Page, name: str) -> None:
    """In every field for one, on every page, until its owner asks to see it. One of another type is told from ours."""
    account, chief = await harbour.account(f"other-{name}"), f"chief-{name}"
    await harbour.account(chief, "admin")
    types = "found => found.map(each => { each.value = 'hush'; return each.type; })"
    shows = "found => found.map(each => each.type = 'text')"

    async def types_in(paths: list[str]) -> tuple[list[str], list[str]]:
        """The types of all fields for passwords there: as they are, and on pages that do not hide them."""
        ours, others = list[str](), list[str]()
        for path in paths:
            await page.goto(harbour.site.at(path.format(account=account)))
            fields = page.locator("[autocomplete$=-password]")
            ours += await fields.evaluate_all(types)
            others += await fields.evaluate_all(shows)
        return ours, others

    public = await types_in(pages_of(harbour, public=True))
    await harbour.sign_in(page, chief)
    own = await types_in(pages_of(harbour, public=False))
    # Open to all: signing in, the first administrator, both codes. Then: password, its old one, address, erasing,
    # roles, inviting.
    assert (len(public[0]), len(own[0])) == (4, 6)

    def can_be_read(kinds: list[str]) -> bool:
        return set(kinds) != {"password"}

    two_sided(can_be_read, whole=public[0] + own[0], twin=public[1] + own[1])


@pytest.mark.asvs("6.2.7")
async def test_a_password_can_be_pasted_and_filled_in(harbour: Harbour, bed: Bed) -> None:
    """From the clipboard, as managers of passwords do too; and each field says what it is for."""

    async def refuses_it(changes: str) -> bool:
        async with bed.person(permissions=["clipboard-read", "clipboard-write"]) as pasting:
            page = await pasting.new_page()
            await page.goto(harbour.site.at("/console/sign-in"))
            await page.evaluate("text => navigator.clipboard.writeText(text)", PASSWORD)
            await page.evaluate(changes)
            await page.locator("#password").press("Control+V")
            kinds = [await page.locator(field).get_attribute("autocomplete") for field in ("#name", "#password")]
            return await page.locator("#password").input_value() != PASSWORD or kinds != [
                "username",
                "current-password",
            ]

    refusal = "document.getElementById('password').addEventListener('paste', event => event.preventDefault())"
    await two_sided_async(refuses_it, whole="0", twin=refusal)
