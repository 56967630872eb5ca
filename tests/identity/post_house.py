"""An app with accounts whose letters can be read, asked from ever new networks: no limit is in the way unless meant."""

import asyncio
from collections.abc import Mapping
from dataclasses import fields
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from buckler.access.declarations.roles import Roles
from buckler.defence import Defence
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.mail.settings import MailSettings
from tests.clocks import FakeClock
from tests.identity.house import ORIGIN, PASSWORD, House, accounts, settings
from tests.identity.mail.memory import MemoryMailer
from tests.identity.office import ROLES

ADA, BEA = "ada@example.com", "bea@example.com"
NEW_PASSWORD = "quiet walrus mends the clock"
STRANGE_PASSWORD = "hungry ferret paints the barn"
PAGE = "/confirm"
_VARYING = frozenset({"x-request-id", "date"})


class PostHouse(House):
    """A house with addresses as names, unless `changes` say otherwise. Its letters are in `mailer`."""

    def __init__(
        self, folder: Path, *, without: type[Defence] | None = None, roles: Roles = ROLES, **changes: Any
    ) -> None:
        self.mailer = MemoryMailer()
        self.clock = FakeClock()
        mail = MailSettings(mailer=self.mailer, code_page=PAGE)
        own = settings(folder, **{"mail": mail, "identifier": "email", **changes})
        super().__init__(accounts(own, self.clock, without=without, roles=roles))
        self._networks = count(1)

    async def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> httpx2.Response:
        """One request from a network that nobody has seen."""
        number = next(self._networks)
        client = (f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 40_000)
        headers = {**({} if token is None else {"Authorization": f"Bearer {token}"}), **more.pop("headers", {})}
        transport = httpx2.ASGITransport(self.app, client=client)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as asking:
            return await asking.request(method, path, headers=headers, **more)

    async def post(self, path: str, token: str | None = None, **members: Any) -> httpx2.Response:
        return await self.ask("POST", path, token, json=members)

    async def get(self, path: str, token: str | None = None) -> httpx2.Response:
        return await self.ask("GET", path, token)

    async def move_in(self, name: str = ADA, *roles: str, password: str = PASSWORD) -> str:
        """An account of this name; its id. Where addresses are proved it is, and the letters of that are put away."""
        if self.accounts.settings.registration == "verified":
            assert (await self.post("/auth/register", name=name)).status_code == 202
            answer = await self.post("/auth/confirm", code=await self.code("confirm"), password=password)
        else:
            answer = await self.register(name, password)
        assert answer.status_code == 201, answer.text
        if roles:
            await self.accounts.opened().administration.set_roles(OPERATOR, answer.json()["id"], roles)
        self.mailer.letters.clear()
        return str(answer.json()["id"])

    async def enter(self, name: str = ADA, password: str = PASSWORD, **members: Any) -> dict[str, Any]:
        """What a sign-in that goes well answers."""
        answer = await self.post("/auth/sign-in", name=name, password=password, **members)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def lets_in(self, password: str, name: str = ADA) -> bool:
        return (await self.post("/auth/sign-in", name=name, password=password)).status_code == 200

    async def disable(self, account_id: str) -> None:
        await self.accounts.opened().administration.disable(OPERATOR, account_id)

    async def deliver(self) -> None:
        """Carry away every letter that is due."""
        opened = self.accounts.opened()
        await opened.afterwards.settle()
        async with asyncio.timeout(10):
            while await opened.postbox.waiting() and self.mailer.down is None:
                await opened.postbox.deliver_due()

    async def code(self, kind: str) -> str:
        """The code in the newest letter of this kind."""
        await self.deliver()
        return self.mailer.code(kind)

    async def sent(self) -> list[tuple[str, str]]:
        """Kind and address of what has been mailed since the last look."""
        await self.deliver()
        letters = [(each.kind, each.to) for each in self.mailer.letters]
        self.mailer.letters.clear()
        return letters

    def has(self, path: str) -> bool:
        """Whether the app has such a route."""
        return path in {getattr(route, "path", None) for route in self.accounts.router.routes}

    def become(self, whole: type[Any], twin: type[Any]) -> None:
        """Have every part of this kind be of another one."""
        opened = self.accounts.opened()
        outer: list[Any] = [getattr(opened, each.name) for each in fields(opened)]
        inner = [part for each in outer if hasattr(each, "__dict__") for part in vars(each).values()]
        for part in (*outer, *inner):
            if type(part) is whole:
                part.__class__ = twin


def told(answer: httpx2.Response) -> tuple[int, Mapping[str, str], bytes]:
    """All that an answer tells, but for the name of the request and the moment."""
    headers = {name: value for name, value in answer.headers.items() if name not in _VARYING}
    body = answer.content
    if answer.headers.get("content-type") == "application/problem+json":
        body = body.replace(answer.json()["request_id"].encode(), b"")
    return answer.status_code, headers, body


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, str(answer.json()["type"]).rpartition(":")[2]
