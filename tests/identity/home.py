"""A house in which somebody has an account, and one part of it may be of another kind: a twin."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from buckler.access.declarations.roles import Roles
from buckler.defence import Defence
from buckler.identity.account_store import Account
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.opened import Opened
from buckler.identity.sessions.sessions import Begun, Sessions
from buckler.tokens.segments import decode
from tests.clocks import FakeClock
from tests.identity.account_world import parts
from tests.identity.house import PASSWORD, ROLES, House, accounts, settings

ME = "/auth/me"


@dataclass(frozen=True)
class Held:
    """What a client holds after a sign-in or a refresh."""

    access: str
    refresh: str
    expires_in: int
    refresh_expires_in: int

    @property
    def claims(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(decode(self.access.split(".")[1].encode()))
        return found

    @property
    def session_id(self) -> str:
        return self.refresh.partition(".")[0]


class Home(House):
    """A house in which `owner` has an account. `become` is what the part that it derives from is in a twin."""

    def __init__(
        self, folder: Path, become: type[object] | None = None, *, clock: FakeClock | None = None,
        without: type[Defence] | None = None, roles: Roles = ROLES, owner: str = "alice", **changes: Any,
    ) -> None:  # fmt: skip
        self.clock = clock or FakeClock()
        self.folder = folder
        self.owner = owner
        super().__init__(accounts(settings(folder, **changes), self.clock, without=without, roles=roles))
        self._become = become

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        if self._become is not None:
            exchange_part(self.opened, self._become)
        assert (await self.register(self.owner)).status_code in (201, 409)  # it may be open elsewhere
        return self

    @property
    def opened(self) -> Opened:
        return self.accounts.opened()

    @property
    def sessions(self) -> Sessions:
        return self.opened.sessions

    async def account(self, name: str | None = None) -> Account:
        found = await self.accounts._opener._store.find(name or self.owner)
        assert found is not None
        return found

    async def begin(self, name: str | None = None, **members: Any) -> Held:
        """A sign-in, by the route."""
        answer = await self.post("/auth/sign-in", name=name or self.owner, **{"password": PASSWORD, **members})
        assert answer.status_code == 200, answer.text
        return held(answer.json())

    async def begin_inside(self, **given: Any) -> Held:
        """A session of the owner without a password to hash, where there are many."""
        return held_of(await self.sessions.begin(await self.account(), None, **given))

    async def renew(self, refresh: str) -> Held | None:
        """What a refresh token brings; None where it is refused."""
        answer = await self.post("/auth/refresh", refresh_token=refresh)
        assert answer.status_code in (200, 401), answer.text
        return held(answer.json()) if answer.status_code == 200 else None

    async def must_renew(self, refresh: str) -> Held:
        renewed = await self.renew(refresh)
        assert renewed is not None
        return renewed

    async def is_in(self, access: str) -> bool:
        """Whether the guard lets this access token in."""
        status = (await self.get(ME, access)).status_code
        assert status in (200, 401)
        return status == 200

    async def lives(self, sitting: Held) -> bool:
        """Whether anything of a sign-in is still good."""
        return await self.is_in(sitting.access) or await self.renew(sitting.refresh) is not None

    def rows(self, query: str) -> list[Any]:
        """What the file has, as a thief of it reads it."""
        with closing(sqlite3.connect(self.folder / DATABASE_FILE)) as connection, connection:
            return connection.execute(query).fetchall()


def exchange_part(opened: Opened, kind: type[object]) -> None:
    """Make every part of the kind that `kind` derives from one of `kind`."""
    found = [each for each in parts(opened) if type(each) is kind.__base__]
    assert found, f"no part is a {kind.__base__}"
    for each in found:
        each.__class__ = kind


def held(told: dict[str, Any]) -> Held:
    return Held(told["access_token"], told["refresh_token"], told["expires_in"], told["refresh_expires_in"])


def held_of(begun: Begun) -> Held:
    return Held(begun.access_token, begun.refresh_token, begun.expires_in, begun.refresh_expires_in)
