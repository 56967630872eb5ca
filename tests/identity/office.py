"""An app with an administrator and others, whose rules of administration can be left out."""

from pathlib import Path
from typing import Any

import httpx2

from buckler.access.declarations.roles import Roles
from buckler.identity.administration.administration import OPERATOR, Acting, Administration
from tests.clocks import FakeClock
from tests.identity.house import House, accounts, settings

ROLES = Roles(
    {
        "reader": {"reports:read"},
        "desk": {"accounts:read", "accounts:write", "reader"},
        "granter": {"accounts:roles", "reader"},
        "admin": {"*"},
    },
    new="reader",
)


class Lax(Administration):
    """Asks for no rights."""

    def _judge(self, acting: Acting, roles: Any) -> None:
        """Anybody may."""


class Careless(Administration):
    """Lets the last one go."""

    async def _keep_administrator(self, connection: Any, account: Any, lost: Any) -> None:
        """Nobody need be left."""


class Mild(Administration):
    """Leaves whoever is inside there."""

    async def _end_sessions(self, connection: Any, account_id: str, reason: str) -> int:
        return 0


class Vain(Administration):
    """Looks at nobody's rights again, and lets everybody act on himself."""

    async def _target(self, connection: Any, acting: Acting, account_id: str) -> Any:
        return await super()._target(connection, Acting(None, acting.permissions), account_id)


class Office(House):
    """An app with an administrator and others, and an `Administration` of its kind."""

    def __init__(self, folder: Path, kind: type[Administration] = Administration, roles: Roles = ROLES) -> None:
        super().__init__(accounts(settings(folder), FakeClock(), roles=roles))
        made = self.accounts
        own = made._opener._administration

        def administration(feed: Any, journal: Any) -> Administration:
            whole = own(feed, journal)
            return kind(roles, "admin", whole._database, feed, made.clock, journal)

        made._opener._administration = administration  # type: ignore[method-assign]  # the twin takes its place
        self.ids: dict[str, str] = {}

    async def hire(self, name: str, *roles: str) -> str:
        """A new account with these roles; its token."""
        self.ids[name] = (await self.register(name)).json()["id"]
        if roles:
            await self.administration.set_roles(OPERATOR, self.ids[name], roles)
        return await self.token(name)

    @property
    def administration(self) -> Administration:
        return self.accounts.opened().administration

    async def ask(self, method: str, path: str, token: str | None, **members: Any) -> httpx2.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self.client.request(method, path, json=members or None, headers=headers)

    async def roles_of(self, name: str) -> set[str]:
        found = await self.administration.accounts.find(self.ids[name])
        assert found is not None
        return set(found.roles)
