"""A service with a console, laid into the bed: cheap hashes, letters in memory, a clock that is turned by hand."""

import asyncio
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Page

from buckler.access.declarations.roles import Roles
from buckler.identity import Accounts
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.mail.settings import MailSettings
from buckler.identity.opened import Opened
from buckler.install import Buckler
from tests.browser.bed import Bed, Site
from tests.clocks import FakeClock
from tests.house.tree import ROOT
from tests.identity.house import PASSWORD, accounts, settings
from tests.identity.mail.memory import MemoryMailer
from tests.stage import production

SCREENSHOTS = ROOT / "build" / "screenshots"
ROLES = Roles({"reader": ("reports:read",), "analyst": ("reader", "figures:read"), "admin": ("*",)}, new="reader")
_AXE = Axe().axe_script


class _Housed(Buckler):
    """Takes accounts that are ready made."""

    def __init__(self, app: FastAPI, made: Accounts, **given: Any) -> None:
        self._made = made
        super().__init__(app, accounts=True, roles=made.roles, clock=made.clock, **given)

    def _make_accounts(self, roles: Roles) -> Accounts:
        return self._made


class Harbour:
    """The service."""

    site: Site

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder, self.changes = folder, changes
        self.mailer, self.clock = MemoryMailer(), FakeClock()

    async def open_in(self, bed: Bed) -> "Harbour":
        """Serve it; ready once this returns."""
        self.site = await bed.serve(self._made)
        return self

    def _made(self, origin: str) -> FastAPI:
        given = {"mail": MailSettings(mailer=self.mailer), "identifier": "email", "issuer": origin, "audience": origin}
        self.accounts = accounts(settings(self.folder, **{**given, **self.changes}), self.clock, roles=ROLES)
        app = FastAPI(title="Harbour Notes")
        whole = production(origin=origin, data=self.folder, identifier="email")
        self.buckler = _Housed(app, self.accounts, settings=whole, console=True)
        return app

    @property
    def opened(self) -> Opened:
        return self.accounts.opened()

    async def code(self, kind: str) -> str:
        """The code in the newest letter of this kind."""
        await self.opened.afterwards.settle()
        async with asyncio.timeout(10):
            while await self.opened.postbox.waiting():
                await self.opened.postbox.deliver_due()
        return self.mailer.code(kind)

    async def account(self, name: str, *roles: str) -> str:
        """An account of this name, whose address is proved; its id."""
        self.opened.confirmation.ask(name)
        made = await self.opened.confirmation.confirm(await self.code("confirm"), PASSWORD, None)
        if roles:
            await self.opened.administration.set_roles(OPERATOR, made.id, roles)
        return made.id

    async def sign_in(self, page: Page, name: str, password: str = PASSWORD) -> None:
        """By clicking."""
        await page.goto(self.site.at("/console/sign-in"))
        await page.get_by_label("E-mail address").fill(name)
        await page.get_by_label("Password", exact=True).fill(password)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/console")


async def faults(page: Page, *rules: str) -> list[str]:
    """What axe-core finds serious or critical: by these rules alone, or by all."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(_AXE)
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = (await page.evaluate("options => axe.run(options)", options))["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]


async def width_when_narrow(page: Page) -> int:
    """How wide the page is on a screen of 320 pixels."""
    before = page.viewport_size or {"width": 1200, "height": 900}
    await page.set_viewport_size({"width": 320, "height": 640})
    wide = int(await page.evaluate("document.documentElement.scrollWidth"))
    await page.set_viewport_size(before)
    return wide


async def picture(page: Page, name: str) -> None:
    """Look the page over in both schemes, and keep a picture of each in `build/screenshots`."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    assert await width_when_narrow(page) <= 320, f"{page.url} scrolls sideways on a screen of 320 pixels"
    # What may change with the scheme is asked of both, all the rest of one.
    for scheme, rules in (("dark", ("color-contrast",)), ("light", ())):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert await faults(page, *rules) == [], f"{page.url} in {scheme}"
        await page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png", full_page=True)
