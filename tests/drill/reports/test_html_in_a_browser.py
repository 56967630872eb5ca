"""The page as a browser shows it: nothing is stopped by its policy, nothing is fetched, nothing is out of reach."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from buckler.drill.reports.html import write_html
from tests.browser.bed import CHROMIUM, in_browser
from tests.browser.harbour import faults, width_when_narrow
from tests.drill.reports.samples import hostile, shop

pytestmark = in_browser
REPORTS = {"shop": shop(), "hostile": hostile()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    """An empty one."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield await browser.new_page(viewport={"width": 1280, "height": 900})
        await browser.close()


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("name", REPORTS)
async def test_everybody_can_read_it(page: Page, tmp_path: Path, name: str) -> None:
    """axe-core finds nothing in either scheme, nothing scrolls sideways, and no request but its own is made."""
    file = tmp_path / "report.html"
    file.write_text(write_html(REPORTS[name]), encoding="utf-8")
    asked, told = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("dialog", lambda dialog: told.append(dialog.message))
    await page.goto(file.as_uri())
    for summary in await page.locator("summary").all():
        await summary.click()
    assert await width_when_narrow(page) <= 320
    for scheme, rules in (("dark", ("color-contrast",)), ("light", ())):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert await faults(page, *rules) == []
    assert asked == [file.as_uri()]
    assert told == []


async def test_on_paper_nothing_stays_folded(page: Page, tmp_path: Path) -> None:
    """The tests and the table are printed, though nobody opened them."""
    file = tmp_path / "report.html"
    file.write_text(write_html(shop()), encoding="utf-8")
    await page.goto(file.as_uri())
    code = page.locator("details pre").first
    assert not await code.is_visible()
    await page.emulate_media(media="print")
    assert await code.is_visible()
    await page.emulate_media(media="screen")
