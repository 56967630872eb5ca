"""The console under attack: what strangers called themselves, and what links of theirs say, is text on every page."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import Page

from buckler.console import view
from buckler.identity.accounts import DATABASE_FILE
from buckler.pages.environment import Reviewed
from tests.browser.bed import Bed, Pages, in_browser
from tests.browser.housed import ADA, Home, laid_in
from tests.identity.house import PASSWORD
from tests.proof import two_sided_async

pytestmark = in_browser

OWNED = "window.ran = 0; window.owned = () => { window.ran += 1; };"
HOSTILE = "'\"></title></textarea></option></select><img src=x onerror=owned()>"
STORED = (
    "UPDATE account SET name = name || ?, name_key = name_key || id WHERE name <> 'ada'",
    "UPDATE session SET agent = ?, place = ?",
    "UPDATE device SET agent = ?",
)
PAGES = (
    "/console", "/console/sessions", "/console/profile", "/console/accounts", "/console/administration",
    "/console/policy", "/console/log",
)  # fmt: skip
SAYING = (
    "/console/accounts?find={}&role={}&state={}&order={}&cursor={}",
    "/console/log?account={}&by={}&find={}&kind={}&since={}&until={}&level={}&cursor={}",
    "/console/administration?span={}",
    "/console/policy?find={}&who={}&source={}",
    "/console/sign-in?to={}",
    "/console?said={}",
    "/console/{}",
)


def _hostile(folder: Path) -> None:
    """As if every check on the way in had failed."""
    with closing(sqlite3.connect(folder / DATABASE_FILE, isolation_level=None)) as database:
        for statement in STORED:
            database.execute(statement, (HOSTILE,) * statement.count("?"))


async def _signed_in(page: Page, home: Home) -> None:
    await page.goto(home.site.at("/console/sign-in"))
    await page.fill("[name=name]", ADA)
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button[type=submit]")
    await page.wait_for_url(home.site.at("/console"))


def unescaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: templates that show everything as it came."""
    made = Reviewed.__init__

    def init(self: Reviewed, *given: object) -> None:
        made(self, *given)  # type: ignore[arg-type]
        self.autoescape = False

    monkeypatch.setattr(Reviewed, "__init__", init)
    monkeypatch.setattr(view, "own_templates", view.own_templates.__wrapped__)  # made anew, and kept for nobody else


@pytest.mark.asvs("1.2.1", "3.2.2")
async def test_no_page_of_the_console_runs_what_strangers_wrote(
    bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names, devices, places, and every field of an address, with the policy taken off."""
    homes: dict[str, Home] = {}
    hers: dict[str, str] = {}
    for name in ("whole", "bare"):
        (folder := tmp_path / name).mkdir()
        if name == "bare":
            unescaped(monkeypatch)
        homes[name] = await laid_in(bed, folder, "headers", console=True)
        mallory = await homes[name].made.opened().registration.register("mallory", PASSWORD, None)
        hers[name] = f"/console/accounts/{mallory.id}"

    async def attack(name: str) -> bool:
        home, worked, shown = homes[name], [], 0
        async with bed.person() as ada:
            page = await ada.new_page()
            await page.add_init_script(OWNED)
            await _signed_in(page, home)
            _hostile(tmp_path / name)
            for way in (*PAGES, hers[name], *(each.replace("{}", quote(HOSTILE, safe="")) for each in SAYING)):
                await page.goto(home.site.at(way))
                worked += [way] if await page.evaluate("() => ran > 0") else []
                shown += "onerror=owned()" in await page.inner_text("body")
                if len(worked) == 3:
                    break
        assert shown > 4 or name == "bare", "it is shown nowhere"
        return bool(worked)

    await two_sided_async(attack, whole="whole", twin="bare")


@pytest.mark.asvs("3.4.6")
async def test_the_console_stands_in_no_frame(bed: Bed, tmp_path: Path, evil: Pages, page: Page) -> None:
    """Nobody clicks there what they do not see."""
    for name in ("whole", "bare"):
        (tmp_path / name).mkdir()
    whole = await laid_in(bed, tmp_path / "whole", console=True)
    bare = await laid_in(bed, tmp_path / "bare", "headers", console=True)

    async def attack(home: Home) -> bool:
        await page.goto(evil.show("/", f"<iframe src='{home.site.at('/console/sign-in')}'></iframe>"))
        return await page.frames[1].locator("[name=password]").count() == 1

    await two_sided_async(attack, whole=whole, twin=bare)
