"""What a newcomer does in the first five minutes, on the service as `buckler serve` starts it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.bed import Bed, in_browser
from tests.cli.running import Running, serving
from tests.identity.house import PASSWORD
from tests.waiting import wait_until

pytestmark = in_browser

ADA, BEA = "ada@example.com", "bea@example.com"
CODE = re.compile(r"(?:[0-9A-Z]{5}-){4}[0-9A-Z]{6}")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """In development, where letters are files; an address is proved before its account begins."""
    folder = tmp_path_factory.mktemp("newcomer")
    with serving(folder, BUCKLER_ENVIRONMENT="development", BUCKLER_REGISTRATION="verified") as running:
        yield running


def letter(folder: Path) -> str:
    """The code of the one letter in the outbox."""
    wait_until(lambda: any((folder / "data" / "outbox").glob("*.eml")), within=20)
    (found,) = (folder / "data" / "outbox").glob("*.eml")
    code = CODE.search(found.read_text())
    assert code is not None
    return code[0]


async def sign_in(page: Page, base: str, name: str) -> None:
    await page.goto(f"{base}/console/sign-in")
    await page.get_by_label("E-mail address").fill(name)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(name)


async def become_administrator(page: Page, service: Running) -> None:
    """From the front door of the service, with the code that the start printed."""
    await page.goto(service.base)
    await page.wait_for_url("**/console/first-administrator")
    await page.get_by_label("One-time code").fill(service.code)
    await page.get_by_label("E-mail address").fill(ADA)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Become the administrator").click()
    await expect(page.get_by_text("The first administrator is made.")).to_be_visible()
    await sign_in(page, service.base, ADA)


async def register(page: Page, service: Running) -> None:
    """A second person, with the code from the outbox."""
    await page.goto(f"{service.base}/console/sign-in")
    await page.get_by_role("link", name="Make an account").click()
    await page.get_by_label("E-mail address").fill(BEA)
    await page.get_by_role("button", name="Send the code").click()
    await page.get_by_label("Code from the letter").fill(letter(service.folder))
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Open the account").click()
    await expect(page.get_by_text("Your account is ready.")).to_be_visible()
    await sign_in(page, service.base, BEA)


@pytest.mark.heavy
async def test_a_newcomer_sees_all_of_it_in_the_log(service: Running, bed: Bed) -> None:
    """The first administrator, a second person who confirms, her end, and the log that tells of each."""
    async with bed.person(ignore_https_errors=True) as person, bed.person(ignore_https_errors=True) as other:
        page = await person.new_page()
        await become_administrator(page, service)
        hers = await other.new_page()
        await register(hers, service)
        console = page.get_by_role("navigation", name="Console")
        await console.get_by_role("link", name="Accounts", exact=True).click()
        await page.get_by_role("link", name=BEA).click()
        await page.get_by_text("Disable the account").click()
        await page.get_by_role("button", name=f"Yes, disable {BEA}").click()
        await expect(page.get_by_role("status")).to_contain_text("The account is disabled.")
        await hers.get_by_role("link", name="Profile", exact=True).click()
        await hers.wait_for_url("**/console/sign-in**")
        await console.get_by_role("link", name="Log", exact=True).click()
        events = page.get_by_role("list", name="Events, the newest first")
        for name in ("user_updated", "authn_login_success", "user_created", "sys_startup"):
            await expect(events.get_by_text(name).first).to_be_attached()
        await expect(events.get_by_role("listitem").first).to_contain_text(ADA)
