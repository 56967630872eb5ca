"""The world that the account machine acts in: a whole app with accounts, its clock, its letters and its backups.

Every request comes from a network of its own, so that no limit stands in the way; how often somebody may try is
proved elsewhere.
"""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import closing
from dataclasses import dataclass, field, fields
from itertools import count
from pathlib import Path
from typing import Any, TypeVar, get_args

import httpx2

from buckler.access.callers.authenticator import NotAccepted
from buckler.access.declarations.roles import Roles
from buckler.defence import Defence
from buckler.events import EventLog
from buckler.identity.accounts import DATABASE_FILE, Accounts
from buckler.identity.administration.administration import OPERATOR, Administration
from buckler.identity.installation.restoration import restore
from buckler.identity.installation.secret_place import SecretPlace
from buckler.identity.mail.settings import MailSettings
from buckler.identity.opened import Opened
from buckler.identity.settings import RegistrationMode
from buckler.principal import Principal
from buckler.storage.database.copies import save_copy
from tests.clocks import FakeClock
from tests.house.let_go import forget_functions
from tests.identity.house import ORIGIN, House, settings
from tests.identity.house import accounts as accounts_of
from tests.identity.mail.memory import MemoryMailer

Result = TypeVar("Result")
MODE: Any = "verified" if "verified" in get_args(RegistrationMode) else "open"
ROLES = Roles({"reader": {"reports:read"}, "writer": {"reports:write"}, "admin": {"*"}}, new="reader")


@dataclass(frozen=True)
class Twin:
    """What a twin of the world leaves out. The whole one leaves out nothing."""

    without: type[Defence] | None = None
    become: Mapping[type[object], type[object]] = field(default_factory=dict[type[object], type[object]])
    """Parts of the accounts that are of another kind."""
    plain_restore: bool = False
    """Whether a backup is just copied into its place."""
    forgets: bool = False
    """Whether a restart loses the table of what ended."""


def parts(whole: Opened) -> list[Any]:
    """Every part of the opened accounts, and those that they are made of."""
    outer: list[Any] = [getattr(whole, each.name) for each in fields(whole)]
    inner = [part for each in outer if hasattr(each, "__dict__") for part in vars(each).values()]
    return [each for each in (*outer, *inner) if hasattr(each, "__dict__")]


class World:
    """Everything that is real. Its methods wait until they are done."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._runner = asyncio.Runner()
        self._folder = Path(tempfile.mkdtemp(prefix="buckler-machine-"))
        self._networks = count(1)
        self._copies = count(1)
        self.clock = FakeClock()
        self.mailer = MemoryMailer()
        self.open()

    def open(self) -> None:
        """Start the app on what is kept."""
        self.is_open = False
        mail = MailSettings(mailer=self.mailer)
        own = settings(self._folder / "data", mail=mail, registration=MODE, identifier="email")
        made = accounts_of(own, self.clock, without=self._twin.without, roles=ROLES)
        self._house = House(made)
        self._do(self._house.__aenter__())
        for part in parts(made.opened()):
            if type(part) in self._twin.become:
                part.__class__ = self._twin.become[type(part)]
        self.is_open = True

    def close(self) -> None:
        self.is_open = False
        self._do(self._house.__aexit__(None, None, None))
        forget_functions()

    def restart(self) -> None:
        self.close()
        if self._twin.forgets:
            with closing(sqlite3.connect(self._database)) as connection, connection:
                connection.execute("DELETE FROM revocation")
        self.open()

    def end(self) -> None:
        """Leave nothing behind."""
        if self.is_open:
            self.close()
        self._runner.close()
        shutil.rmtree(self._folder)

    @property
    def now(self) -> int:
        return int(self.clock.now())

    def post(self, path: str, token: str | None = None, **members: Any) -> httpx2.Response:
        return self.ask("POST", path, token, json=members)

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> httpx2.Response:
        """One request of a client that nobody has seen before."""
        return self._do(self._ask(method, path, {} if token is None else {"Authorization": f"Bearer {token}"}, more))

    def caller(self, token: str) -> Principal | None:
        """Who is behind an access token, as the guard is told; None for nobody."""
        known = self._accounts.recall(token.encode())
        return known if known is not None else self._do(self._authenticated(token))

    def administer(self, step: Callable[[Administration], Awaitable[object]]) -> None:
        self._do(_awaited(step(self._accounts.opened().administration)))

    def id_of(self, name: str) -> str:
        """The id of the account of this name, as the administration sees it."""
        found = self._do(self._accounts.opened().administration.accounts.everybody())
        return next(each.id for each in found if each.name == name)

    def has(self, path: str) -> bool:
        """Whether the app has such a route."""
        return path in {getattr(route, "path", None) for route in self._accounts.router.routes}

    def code(self, kind: str, address: str) -> str | None:
        """The code of the letter of this kind that has just gone to this address, if one has."""
        self._do(self._settle())
        letters, self.mailer.letters = self.mailer.letters, []
        sent = [letter for letter in letters if (letter.kind, letter.to) == (kind, address)]
        if not sent:
            return None
        lines = sent[-1].text.splitlines()
        return lines[lines.index("Your code:") + 2].strip()

    def save(self) -> Path:
        """A backup of this moment."""
        copy = self._folder / f"backup-{next(self._copies)}"
        save_copy(self._database, copy)
        return copy

    def restore(self, copy: Path) -> None:
        """Put a backup back, and start again. It takes a second, as the names of what it puts aside want it."""
        self.close()
        self.clock.advance(1)
        if self._twin.plain_restore:
            for each in self._database.parent.glob(f"{DATABASE_FILE}*"):
                each.unlink()
            shutil.copy(copy, self._database)
        else:
            place = SecretPlace(self._database.parent, None, None, development=True)
            self._do(_awaited(restore(copy, self._database, place, self.clock, EventLog(self.clock), replace=True)))
        self.open()

    @property
    def _accounts(self) -> Accounts:
        return self._house.accounts

    @property
    def _database(self) -> Path:
        return self._folder / "data" / DATABASE_FILE

    async def _ask(self, method: str, path: str, headers: dict[str, str], more: dict[str, Any]) -> httpx2.Response:
        number = next(self._networks)
        client = (f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 40_000)
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self._house.app, client=client), base_url=ORIGIN
        ) as asking:
            return await asking.request(method, path, headers=headers, **more)

    async def _settle(self) -> None:
        """Carry away every letter that is on its way."""
        opened = self._accounts.opened()
        await opened.afterwards.settle()
        async with asyncio.timeout(10):
            while await opened.postbox.waiting():
                await opened.postbox.deliver_due()

    async def _authenticated(self, token: str) -> Principal | None:
        try:
            return await self._accounts.authenticate(token.encode())
        except NotAccepted:
            return None

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(work)


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work


__all__ = ["MODE", "OPERATOR", "Twin", "World", "parts"]
