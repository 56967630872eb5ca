"""An app with accounts, as the tests of this room need it: cheap hashes, and a part left out on request."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from fastapi import FastAPI

from buckler.access.declarations.roles import Roles
from buckler.clock import Clock
from buckler.defence import Defence
from buckler.events import EventLog
from buckler.identity import Accounts, AccountsSettings, account_defences
from buckler.identity.passwords.shedding import Shedding
from buckler.install import Buckler
from buckler.settings import Settings
from tests.clocks import FakeClock
from tests.identity.profiles import CHEAP
from tests.identity.statements import share_statements

PASSWORD = "vivid otter plays the tuba"
WRONG = "another otter plays the harp"
HERE = ("127.0.0.1", 40_000)
ROLES = Roles({"reader": {"reports:read"}, "admin": {"*"}}, new="reader")
ORIGIN = "http://localhost"


def settings(data: Path, **changes: Any) -> AccountsSettings:
    """Settings of an installation in development, with the cheap profile."""
    made = AccountsSettings(
        data=data,
        issuer=ORIGIN,
        audience=ORIGIN,
        registration="open",
        identifier="username",
        development=True,
        hashing=CHEAP,
        password_form=True,
    )
    return replace(made, **changes)


def accounts(
    own: AccountsSettings,
    clock: Clock | None = None,
    *,
    without: type[Defence] | None = None,
    shedding: Shedding | None = None,
    roles: Roles = ROLES,
) -> Accounts:
    """Accounts with every defence but `without`; `shedding` takes the place of the shipped one."""
    clock = clock or FakeClock()
    shipped = [each for each in account_defences(clock) if without is None or not isinstance(each, without)]
    defences = [shedding if shedding is not None and isinstance(each, Shedding) else each for each in shipped]
    made = Accounts(own, roles, clock, EventLog(clock), defences)
    share_statements(made._database)
    return made


class HousedBuckler(Buckler):
    """Takes accounts that are ready made."""

    def __init__(self, app: FastAPI, made: Accounts, **given: Any) -> None:
        self._made = made
        whole = Settings.load(environment="development", data=made.settings.data)
        super().__init__(app, accounts=True, roles=made.roles, settings=whole, clock=made.clock, **given)

    def _make_accounts(self, roles: Roles) -> Accounts:
        return self._made


class House:
    """The app around some accounts, asked in process. An async context manager."""

    def __init__(self, made: Accounts, client: tuple[str, int] = HERE) -> None:
        self.accounts = made
        self.app = FastAPI()
        HousedBuckler(self.app, made)
        transport = httpx2.ASGITransport(self.app, client=client)
        self.client = httpx2.AsyncClient(transport=transport, base_url=ORIGIN)

    async def __aenter__(self) -> Self:
        await self.accounts.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()
        await self.accounts.close()

    async def post(self, path: str, token: str | None = None, **members: Any) -> httpx2.Response:
        """Send `members` as JSON."""
        return await self.client.post(path, json=members, headers=_bearer(token))

    async def get(self, path: str, token: str | None = None) -> httpx2.Response:
        return await self.client.get(path, headers=_bearer(token))

    async def register(self, name: str = "alice", password: str = PASSWORD) -> httpx2.Response:
        return await self.post("/auth/register", name=name, password=password)

    async def sign_in(self, name: str = "alice", password: str = PASSWORD) -> httpx2.Response:
        return await self.post("/auth/sign-in", name=name, password=password)

    async def token(self, name: str = "alice") -> str:
        """The token of an account that signs in."""
        answer = await self.sign_in(name)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def flood(self, count: int, name: str = "alice") -> list[httpx2.Response]:
        """So many sign-ins at once, each at a name and from a network of its own, so that no limit is in the way."""
        guesses = (self.knock(f"127.{at}.0.1", f"{name}{at}") for at in range(count))
        return await asyncio.gather(*guesses)

    async def knock(self, client: str, name: str = "alice", password: str = WRONG, **members: Any) -> httpx2.Response:
        """A sign-in from this address."""
        transport = httpx2.ASGITransport(self.app, client=(client, 1))
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as guest:
            return await guest.post("/auth/sign-in", json={"name": name, "password": password, **members})


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}
