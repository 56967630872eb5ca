"""The pages of administration, clicked through in a real browser; axe-core looks each over, and a picture is kept."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, StorageState, expect

from tests.browser.bed import Bed, in_browser
from tests.browser.harbour import picture
from tests.browser.lived_in import ADA, LivedIn
from tests.identity.house import PASSWORD

pytestmark = in_browser

BEA, CARL, DORA = "bea@example.com", "carl@example.com", "dora@example.com"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> LivedIn:
    """The service, where registration is open."""
    return await LivedIn(tmp_path_factory.mktemp("lived-in"), registration="open").open_in(bed)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seat(bed: Bed, house: LivedIn) -> StorageState:
    """The cookies of the administrator, who signs in once."""
    async with bed.person() as person:
        await house.sign_in(await person.new_page(), ADA)
        return await person.storage_state()


@pytest_asyncio.fixture(loop_scope="module")
async def admin(bed: Bed, house: LivedIn, seat: StorageState) -> AsyncIterator[Page]:
    """In front of the console, as its administrator. What the policy of a page stops fails the test."""
    stopped = list[str]()
    async with bed.person(storage_state=seat) as person:
        page = await person.new_page()
        page.on("console", lambda told: stopped.append(told.text) if "Security Policy" in told.text else None)
        await page.goto(house.site.at("/console"))
        yield page
    assert stopped == []


async def chosen(page: Page, place: str) -> None:
    """Go there by the side of the page."""
    await page.get_by_role("navigation", name="Console").get_by_role("link", name=place, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(place)


async def found(page: Page, name: str) -> None:
    """Look an account up, and go to its page."""
    await chosen(page, "Accounts")
    await page.get_by_label("Name or address").fill(name.partition("@")[0])
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.heavy
async def test_charts_are_looked_at_or_read(house: LivedIn, admin: Page) -> None:
    """Each is an image with a name; its numbers stand in a table; a month as well as a day."""
    await chosen(admin, "Activity")
    for name in ("Sign-ins", "Refusals by kind", "Sessions by last use", "Hashing queue"):
        await expect(admin.get_by_role("img", name=name, exact=True)).to_be_visible()
    await picture(admin, "administration-activity")
    await admin.get_by_text("The numbers of sign-ins").click()
    await expect(admin.get_by_role("region", name="Numbers of sign-ins").get_by_role("row")).to_have_count(25)
    await admin.get_by_role("link", name="30 days").click()
    await expect(admin.get_by_text("The last 30 days, each by itself, in UTC.")).to_be_visible()


async def test_colours_come_from_the_style_sheet_alone(house: LivedIn, admin: Page) -> None:
    """A column has another colour in the dark, though no style stands in the page."""
    await chosen(admin, "Activity")
    seen = set[str]()
    for scheme in ("light", "dark"):
        await admin.emulate_media(color_scheme=scheme)
        column = admin.locator("svg .chart-good").first
        # Black is what it has until the style sheet has come.
        await expect(column).not_to_have_css("fill", "rgb(0, 0, 0)")
        seen.add(str(await column.evaluate("each => getComputedStyle(each).fill")))
    assert len(seen) == 2
    assert await admin.locator("[style]").count() == 0


@pytest.mark.heavy
async def test_an_account_is_found_and_disabled_and_the_log_shows_it(house: LivedIn, admin: Page, bed: Bed) -> None:
    """Whoever is signed in with it is out at the next click; what is destructive is asked twice, without script too."""
    async with bed.person() as person:
        bea = await person.new_page()
        await house.sign_in(bea, BEA)
        await found(admin, BEA)
        sure = admin.get_by_role("button", name=f"Yes, disable {BEA}")
        await expect(sure).to_be_hidden()
        await picture(admin, "administration-account")
        await admin.get_by_text("Disable the account").click()
        await sure.click()
        await expect(admin.get_by_role("status")).to_have_text("The account is disabled. It is signed out everywhere.")
        await bea.get_by_role("link", name="Profile", exact=True).click()
        await bea.wait_for_url("**/console/sign-in**")
    await admin.get_by_role("link", name="What happened to it").click()
    newest = admin.get_by_role("list", name="Events, the newest first").get_by_role("listitem").first
    await expect(newest).to_contain_text(f"by {ADA}")
    await expect(admin.locator(".event-name", has_text="user_updated")).to_be_visible()
    await newest.get_by_text("An administrator acted: disabled the account").click()
    await expect(newest.get_by_text("disable", exact=True)).to_be_visible()
    await picture(admin, "administration-log")


async def test_roles_are_given_with_the_password(house: LivedIn, admin: Page) -> None:
    """By the keyboard alone; a wrong password is told where it was typed, and nothing was given."""
    await found(admin, CARL)
    await admin.get_by_label("admin", exact=True).focus()
    await admin.keyboard.press("Space")
    await admin.get_by_label("Your own password", exact=True).fill("not that one at all")
    await admin.keyboard.press("Enter")
    await expect(admin.get_by_role("alert")).to_contain_text("This is not the password of your account.")
    await expect(admin.get_by_label("admin", exact=True)).to_be_checked()
    kept = await house.opened.administration.accounts.find(house.ids[CARL])
    assert kept is not None
    assert kept.roles == ["reader"]
    await admin.get_by_label("Your own password", exact=True).fill(PASSWORD)
    await admin.keyboard.press("Enter")
    await expect(admin.get_by_role("status")).to_have_text("The roles of the account have been changed.")
    await expect(admin.get_by_label("admin", exact=True)).to_be_checked()


@pytest.mark.heavy
async def test_sessions_are_ended_without_script_too(house: LivedIn, bed: Bed, seat: StorageState) -> None:
    """Every step of it is a link, a form or a `details`."""
    async with bed.person() as person, bed.person(storage_state=seat, java_script_enabled=False) as plain:
        dora, admin = await person.new_page(), await plain.new_page()
        await house.sign_in(dora, DORA)
        await admin.goto(house.site.at("/console"))
        await found(admin, DORA)
        await expect(admin.get_by_role("row", name=re.compile("Chrome on"))).to_have_count(1)
        await admin.get_by_text("Sign out everywhere").click()
        await admin.get_by_role("button", name=f"Yes, sign {DORA} out").click()
        await expect(admin.get_by_role("status")).to_have_text("The account is signed out everywhere.")
        await expect(admin.get_by_text("Signed in nowhere.")).to_be_visible()
        await dora.reload()
        await dora.wait_for_url("**/console/sign-in**")


@pytest.mark.heavy
async def test_the_chain_is_verified(house: LivedIn, admin: Page) -> None:
    """It is whole; and what that does not prove is said."""
    await chosen(admin, "Log")
    await admin.get_by_role("button", name="Verify the chain").click()
    await expect(admin.get_by_role("status")).to_contain_text("The log is whole, as far as it can be proved.")
    await expect(admin.get_by_role("heading", name="What this does not prove")).to_be_visible()
    await picture(admin, "administration-verified")


@pytest.mark.heavy
async def test_the_log_is_searched(house: LivedIn, admin: Page) -> None:
    """By what happened and to whom; what cannot be is told at its field, and nothing is left out then."""
    await chosen(admin, "Log")
    await admin.get_by_label("Event", exact=True).select_option("authn_login_fail")
    await admin.get_by_label("Account", exact=True).fill(CARL)
    await admin.get_by_role("button", name="Search").click()
    events = admin.get_by_role("list", name="Events, the newest first").get_by_role("listitem")
    await expect(events.first).to_contain_text(CARL)
    assert await events.filter(has_text=DORA).count() == 0
    await admin.get_by_label("Account", exact=True).fill("nobody@example.com")
    await admin.get_by_role("button", name="Search").click()
    await expect(admin.get_by_role("alert")).to_contain_text("There is no account of this name.")
    await expect(events).to_have_count(50)
    await admin.get_by_role("link", name="Older events").click()
    await expect(admin.get_by_role("link", name="To the newest")).to_be_visible()


@pytest.mark.heavy
async def test_the_policy_is_read(house: LivedIn, admin: Page) -> None:
    """What a role may, row by row."""
    await chosen(admin, "Policy")
    await admin.get_by_label("Path or permission").fill("read")
    await admin.get_by_role("button", name="Show").click()
    await picture(admin, "administration-policy")
    await admin.get_by_label("Path or permission").fill("/figures")
    await admin.get_by_role("button", name="Show").click()
    await expect(admin.get_by_text("1 of")).to_be_visible()
    row = admin.get_by_role("row").filter(has_text="/figures")
    said = [" ".join((await each.inner_text()).split()) for each in await row.get_by_role("cell").all()]
    assert said[:5] == [
        "· may not",
        "· may not",
        "if may, on a condition or with a fresh proof",
        "if may, on a condition or with a fresh proof",
        "· may not",
    ]
    assert "figures:read" in said[5]


async def test_the_other_pages_are_looked_over(house: LivedIn, admin: Page) -> None:
    """The list, and the form of an invitation."""
    for path, name in (("accounts?role=analyst", "accounts"), ("accounts/invite", "invite")):
        await admin.goto(house.site.at(f"/console/{path}"))
        await picture(admin, f"administration-{name}")
