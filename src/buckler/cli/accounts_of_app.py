"""What `buckler users` does inside: with the database alone, and with the settings and roles of an app."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import typer

from buckler.access.roles import Roles
from buckler.cli import data_folder
from buckler.cli.installation import Installation, work
from buckler.cli.log_lines import write_log_lines
from buckler.cli.options import Environment
from buckler.cli.target import Surroundings, load, split
from buckler.clock import SystemClock
from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.identity.account_store import Account, AccountStore
from buckler.identity.accounts import DATABASE_FILE, Accounts
from buckler.identity.administration.adding import Adding
from buckler.identity.administration.administration import OPERATOR, AccountMissing, Administration, UnknownRole
from buckler.identity.installation.foundation import lay_foundation
from buckler.identity.installation.secret_place import development_secret
from buckler.identity.login_names import InvalidName
from buckler.identity.passwords.hashing import PasswordHashing
from buckler.identity.passwords.workbench import Workbench
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.identity.settings import ADMINISTRATOR, AccountsSettings
from buckler.install import buckler_of
from buckler.redact import plain
from buckler.storage.database import Database
from buckler.storage.database.damage import damage_told

Result = TypeVar("Result")
_MADE_HERE = (
    "This is a development installation: its master secret was made on the spot, in {file}. Production wants one of its"
    " own, in a file outside the data folder, and refuses this database with that: for production begin in an empty"
    " data folder, with BUCKLER_ENVIRONMENT=production and BUCKLER_MASTER_SECRET_FILE as the service has them."
)
_ORIGIN = "https://localhost"
"""Where no service is started nobody reaches it; a token is never made here."""


def administer(
    data: Path, name: str, step: Callable[[Administration, str], Awaitable[Result]], roles: Roles | None = None
) -> Result:
    """Do something to the account of this name, beside a running service. Raises `BucklerError`."""
    write_log_lines()

    async def done(at: Installation) -> Result:
        account_id = await _id_of(AccountStore(at.database), name)
        return await step(_administration(at.database, roles or Roles({})), account_id)

    return work(data, done)


def add_account(
    app: str | None, data: Path, environment: Environment | None, name: str, email: str | None,
    roles: list[str] | None, read_password: Callable[[], str],
) -> Account:  # fmt: skip
    """Make an account of an app. The password is asked for when everything else is in order."""
    accounts = _accounts_of(app, data, environment)
    write_log_lines()
    chosen = roles if roles is not None else [] if accounts.roles.new is None else [accounts.roles.new]

    async def judged() -> None:
        async with _adding(accounts) as adding:
            await adding.judge(name, email, chosen)

    async def added(password: str) -> Account:
        async with _adding(accounts) as adding:
            return await adding.add(name, email, password, chosen)

    database = accounts.settings.data / DATABASE_FILE
    with data_folder.explained(data), damage_told(database), _whose_roles(app):
        asyncio.run(judged())
        return asyncio.run(added(read_password()))


def change_roles(
    app: str | None, data: Path, environment: Environment | None, name: str, give: Sequence[str], take: Sequence[str]
) -> frozenset[str]:
    """Give some and take some; the roles that the account has then.

    A role to take is one that it has, also where the app has it no more, or one of the app. Raises `BucklerError`.
    """
    held = administer(data, name, _held)
    if not give and not take:
        return held
    asked = [*give, *(role for role in take if role not in held)]
    known = _accounts_of(app, data, environment).roles if asked else None

    async def step(administration: Administration, account_id: str) -> frozenset[str]:
        administration.judge(OPERATOR, asked)
        return await administration.change_roles(OPERATOR, account_id, give, take)

    with _whose_roles(app):
        return administer(data, name, step, known)


async def _held(administration: Administration, account_id: str) -> frozenset[str]:
    return await administration.change_roles(OPERATOR, account_id, (), ())


@contextmanager
def _whose_roles(app: str | None) -> Generator[None]:
    """Where no app was named, a role that is not there says whose roles were looked through."""
    try:
        yield
    except UnknownRole as refusal:
        if app is not None:
            raise
        raise UnknownRole(f"{refusal} These are the reference service's; for your own app: --app main:app") from refusal


def _accounts_of(app: str | None, data: Path, environment: Environment | None) -> Accounts:
    """The accounts of an app, which is built and not started."""
    if app is not None:
        split(app)
    named = environment or ("development" if app is None else "production")
    origin = os.environ.get("BUCKLER_ORIGIN") or (_ORIGIN if named == "development" else None)
    Surroundings(named, data_folder.resolve(data), origin).establish()
    buckler = buckler_of(load(app))
    if buckler is None or buckler.accounts is None:
        raise ConfigurationError(f"{app}: this app keeps no accounts. They come with Buckler(app, accounts=True).")
    return buckler.accounts


@asynccontextmanager
async def _adding(accounts: Accounts) -> AsyncGenerator[Adding]:
    settings, clock = accounts.settings, SystemClock()
    events, database, workbench = EventLog(clock), Database(settings.data / DATABASE_FILE), Workbench(None)
    await database.open()
    try:
        with _new_secret_told(settings):
            foundation = await lay_foundation(database, settings, clock, events)
        hashing = PasswordHashing(settings.hashing, foundation.vault, workbench)
        administration = _administration(database, accounts.roles)
        yield Adding(settings, administration, database, hashing, clock, events)
    finally:
        workbench.close()
        await database.close()


@contextmanager
def _new_secret_told(settings: AccountsSettings) -> Generator[None]:
    """Production refuses what was sealed with a secret made on the spot, so whoever has one made is told."""
    file = development_secret(settings.data)
    was_there = file.exists()
    yield
    if not was_there and file.exists():
        typer.echo(_MADE_HERE.format(file=file), err=True)


def _administration(database: Database, roles: Roles) -> Administration:
    clock = SystemClock()
    feed = RevocationFeed(database, None, clock)
    return Administration(roles, ADMINISTRATOR, database, feed, clock, EventLog(clock))


async def _id_of(store: AccountStore, name: str) -> str:
    try:
        found = await store.find(name)
    except InvalidName:
        found = None
    found = found or await store.find_by_id(name)
    if found is None:
        raise AccountMissing(f"There is no account {plain(name)!r}. See them all: buckler users list")
    return found.id
