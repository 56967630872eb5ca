"""The square of kinds: whatever is issued is good where it belongs, and nowhere else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from buckler.access.declarations.roles import Roles
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.mail.settings import MailSettings
from buckler.identity.sessions.callers import Callers
from buckler.principal import Principal
from tests.identity.home import ME, Home, exchange_part
from tests.identity.house import PASSWORD, WRONG
from tests.identity.mail.memory import MemoryMailer
from tests.proof import two_sided_async
from tests.waiting import wait_until_async

ROLES = Roles({"reader": {"reports:read"}, "desk": {"accounts:read"}, "admin": {"*"}}, new="reader")
ADA = "ada@example.com"
BEA = "bea@example.com"
NEW_PASSWORD = "vivid heron plays the lute"


class World(Home):
    """A house in which one of each kind was issued."""

    def __init__(self, folder: Path) -> None:
        self.mailer = MemoryMailer()
        super().__init__(folder, owner=ADA, roles=ROLES, identifier="email", mail=MailSettings(mailer=self.mailer))

    async def issue(self) -> dict[str, str]:
        """A text of every kind."""
        await self.register(BEA)
        await self.opened.administration.set_roles(OPERATOR, (await self.account()).id, ["desk", "reader"])
        told = (await self.sign_in(self.owner)).json()
        page = (await self.get("/auth/accounts?size=1", told["access_token"])).json()
        assert (await self.post("/auth/reset", name=self.owner)).status_code == 202
        await wait_until_async(lambda: any(each.kind == "reset" for each in self.mailer.letters))
        return {
            "access token": told["access_token"],
            "refresh token": told["refresh_token"],
            "device token": told["device"],
            "mailed code": self.mailer.code("reset"),
            "first administrator's code": str(self.accounts.first_administrator_code),
            "cursor": page["next"],
        }


Verifier = Callable[[World, str, str], Awaitable[httpx2.Response]]
"""Asks with a text; the last argument is a good access token, where the route wants one beside it."""


async def as_access_token(world: World, text: str, access: str) -> httpx2.Response:
    return await world.client.get(ME, headers={b"Authorization": b"Bearer " + text.encode()})


async def as_refresh_token(world: World, text: str, access: str) -> httpx2.Response:
    return await world.post("/auth/refresh", refresh_token=text)


async def as_mailed_code(world: World, text: str, access: str) -> httpx2.Response:
    return await world.post("/auth/reset/confirm", code=text, password=NEW_PASSWORD)


async def as_first_administrator(world: World, text: str, access: str) -> httpx2.Response:
    return await world.post("/auth/first-administrator", code=text, name="eve@example.com", password=PASSWORD)


async def as_cursor(world: World, text: str, access: str) -> httpx2.Response:
    return await world.client.get(
        "/auth/accounts", params={"cursor": text}, headers={"Authorization": f"Bearer {access}"}
    )


VERIFIERS: dict[str, Verifier] = {
    "access token": as_access_token,
    "refresh token": as_refresh_token,
    "cursor": as_cursor,
    "first administrator's code": as_first_administrator,
    "mailed code": as_mailed_code,
}
"""Those that change the most come last: the mailed code ends what was issued before."""


@asynccontextmanager
async def issued(folder: Path) -> AsyncIterator[tuple[World, dict[str, str]]]:
    async with World(folder) as world:
        yield world, await world.issue()


async def test_each_kind_is_good_at_its_own_verifier_alone(tmp_path: Path) -> None:
    """Every kind at every verifier: 2xx where it belongs, and elsewhere a refusal, which uses nothing up."""
    async with issued(tmp_path) as (world, texts):
        access = texts["access token"]
        for place, ask in VERIFIERS.items():
            foreign = {kind: await ask(world, text, access) for kind, text in texts.items() if kind != place}
            statuses = {kind: answer.status_code for kind, answer in foreign.items()}
            # 429 would say nothing of the kind.
            assert {kind for kind, status in statuses.items() if status not in (400, 401, 403, 422)} == set(), place
        world.clock.advance(60)
        for place, ask in VERIFIERS.items():
            assert (await ask(world, texts[place], access)).is_success, place


async def test_a_device_token_alone_is_a_known_device(tmp_path: Path) -> None:
    """Any other kind in its place is a stranger's, and opens nothing without the password."""
    async with issued(tmp_path) as (world, texts):
        genuine = {kind for kind, text in texts.items() if world.opened.devices.is_genuine(text)}
        assert genuine == {"device token"}
        for text in texts.values():
            answer = await world.post("/auth/sign-in", name=BEA, password=WRONG, device=text)
            assert answer.status_code in (401, 422)


@pytest.mark.asvs("9.2.2")
async def test_a_refresh_token_is_no_access_token(tmp_path: Path) -> None:
    """Where the kinds are not told apart, what is kept for weeks opens every route."""

    async def attack(world: World) -> bool:
        return (await as_access_token(world, (await world.begin()).refresh, "")).status_code == 200

    async with World(tmp_path / "whole") as whole, World(tmp_path / "twin") as twin:

        class OneForAll(Callers):
            """Takes a refresh token where an access token belongs."""

            async def authenticate(self, token: bytes) -> Principal:
                renewed = await twin.must_renew(token.decode())
                return await super().authenticate(renewed.access.encode())

        exchange_part(twin.opened, OneForAll)
        await two_sided_async(attack, whole=whole, twin=twin)
