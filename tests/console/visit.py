"""An app with a console, visited in process as a browser would: cookies are kept, forms are filled in and sent."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from fastapi import FastAPI

from buckler.access.declarations.roles import Roles
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.mail.settings import MailSettings
from buckler.identity.opened import Opened
from tests.clocks import FakeClock
from tests.identity.house import PASSWORD, HousedBuckler, accounts, settings
from tests.identity.mail.memory import MemoryMailer

ADA, BEA = "ada@example.com", "bea@example.com"
BASE = "https://localhost"
TITLE = "Harbour <notes>"
ROLES = Roles({"reader": ("reports:read",), "admin": ("*",)}, new="reader")


@dataclass
class Form:
    """A form of a page, with what stands in its fields."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Shown(HTMLParser):
    """What a page shows: its text, its forms, and where it leads."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__(convert_charrefs=True)
        self.answer = answer
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, Mapping[str, str | None]]] = []
        self._words: list[str] = []
        self.feed(answer.text)

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def path(self) -> str:
        """Where one is now, with the query."""
        return self.answer.url.raw_path.decode()

    @property
    def words(self) -> str:
        """The text, with single spaces."""
        return re.sub(r"\s+", " ", " ".join(self._words)).strip()

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.answer.text, re.DOTALL)
        assert found, self.answer.text
        return found[1].strip()

    def form(self, action: str) -> Form:
        """The form that goes there."""
        found = [each for each in self.forms if each.action == action]
        assert found, f"no form goes to {action}; there are {[each.action for each in self.forms]}: {self.words}"
        return found[0]

    def value(self, name: str) -> str | None:
        """What stands in the first field of this name."""
        return next((each.fields[name] for each in self.forms if name in each.fields), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.attributes.append((tag, said))
        if tag == "form":
            self.forms.append(Form(said.get("action") or ""))
        elif (
            tag == "input" and self.forms and said.get("name") and (said.get("type") != "checkbox" or "checked" in said)
        ):
            self.forms[-1].fields[said.get("name") or ""] = said.get("value") or ""
        elif tag == "a":
            self.links.append(said.get("href") or "")

    def handle_data(self, data: str) -> None:
        self._words.append(data)


class Visitor:
    """Somebody with a browser."""

    def __init__(self, app: FastAPI, client: tuple[str, int], name: str = ADA) -> None:
        self.name = name
        transport = httpx2.ASGITransport(app, client=client)
        self.client = httpx2.AsyncClient(
            transport=transport, base_url=BASE, follow_redirects=True,
            headers={"accept": "text/html", "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0"},
        )  # fmt: skip

    async def get(self, path: str) -> Shown:
        """Go there."""
        return Shown(await self.client.get(path))

    async def send(self, page: Shown, action: str, **typed: str) -> Shown:
        """Fill in the form of `page` that goes to `action`, and send it."""
        return await self.post(action, {**page.form(action).fields, **typed})

    async def post(self, path: str, fields: Mapping[str, Any], **more: Any) -> Shown:
        """Send these fields, whatever page they come from."""
        return Shown(await self.client.post(path, data=fields, **more))

    async def sign_in(self, name: str | None = None, password: str = PASSWORD) -> Shown:
        """By the form, also somebody who is signed in already: asked for by a page, it is shown to them too."""
        page = await self.get("/console/sign-in?to=/console/profile")
        return await self.send(page, "/console/sign-in", name=name or self.name, password=password, to="/console")

    async def is_in(self) -> bool:
        """Whether the cookie is that of somebody who is signed in."""
        return (await self.client.get("/console", follow_redirects=False)).status_code == 200


class ConsoleHouse:
    """The app, its clock and its letters. An async context manager."""

    def __init__(self, folder: Path, *, roles: Roles = ROLES, mails: bool = True, **changes: Any) -> None:
        self.mailer, self.clock = MemoryMailer(), FakeClock()
        mail = MailSettings(mailer=self.mailer) if mails else None
        own = settings(folder, **{"mail": mail, "identifier": "email", **changes})
        self.accounts = accounts(own, self.clock, roles=roles)
        self.app = FastAPI(title=TITLE)
        HousedBuckler(self.app, self.accounts, console=True)
        self._visitors: list[Visitor] = []
        self._networks = count(2)

    async def __aenter__(self) -> Self:
        await self.accounts.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self._visitors:
            await each.client.aclose()
        await self.accounts.close()

    @property
    def opened(self) -> Opened:
        return self.accounts.opened()

    def visitor(self, address: str | None = None, name: str = ADA) -> Visitor:
        """Somebody new, from a network that nobody has seen; or from this address."""
        made = Visitor(self.app, (address or f"127.{next(self._networks)}.0.7", 40_000), name)
        self._visitors.append(made)
        return made

    async def owner(self, *roles: str) -> Visitor:
        """Somebody who has an account of a name that nobody had before, and is not signed in."""
        name = f"person{next(self._networks)}@example.com"
        await self.account(name, *roles)
        return self.visitor(name=name)

    async def person(self, *roles: str) -> Visitor:
        """The same, signed in."""
        made = await self.owner(*roles)
        assert (await made.sign_in()).path == "/console"
        return made

    async def account(self, name: str = ADA, *roles: str, password: str = PASSWORD) -> str:
        """An account of this name, where registration is open; its id."""
        made = await self.opened.registration.register(name, password, None)
        if roles:
            await self.opened.administration.set_roles(OPERATOR, made.id, roles)
        return made.id

    async def code(self, kind: str) -> str:
        """The code in the newest letter of this kind."""
        await self.opened.afterwards.settle()
        async with asyncio.timeout(10):
            while await self.opened.postbox.waiting():
                await self.opened.postbox.deliver_due()
        return self.mailer.code(kind)
