"""What makes accounts of an app, by its roles and its settings: `buckler users add` and `import`."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, TypeVar

import typer

from buckler.cli import data_folder
from buckler.cli.built_app import accounts_of
from buckler.cli.changing_accounts import administration_of, whose_roles
from buckler.cli.log_lines import write_log_lines
from buckler.cli.options import Environment
from buckler.clock import SystemClock
from buckler.events import EventLog
from buckler.identity.account_store import Account
from buckler.identity.accounts import DATABASE_FILE, Accounts
from buckler.identity.administration.adding import Adding
from buckler.identity.administration.importing import Importing
from buckler.identity.installation.foundation import lay_foundation
from buckler.identity.installation.secret_place import development_secret
from buckler.identity.passwords.hashing import PasswordHashing
from buckler.identity.passwords.workbench import Workbench
from buckler.identity.settings import AccountsSettings
from buckler.storage.database import Database
from buckler.storage.database.damage import damage_told

Maker = TypeVar("Maker", Adding, Importing)
_MADE_HERE: Final = (
    "This is a development installation: its master secret was made on the spot, in {file}. Production wants one of its"
    " own, in a file outside the data folder, and refuses this database with that: for production begin in an empty"
    " data folder, with BUCKLER_ENVIRONMENT=production and BUCKLER_MASTER_SECRET_FILE as the service has them."
)


def add_account(
    app: str | None, data: Path, environment: Environment | None, name: str, email: str | None,
    roles: list[str] | None, read_password: Callable[[], str],
) -> Account:  # fmt: skip
    """Make an account of an app. The password is asked for when everything else is in order."""
    accounts = accounts_of(app, data, environment)
    write_log_lines()
    chosen = roles if roles is not None else [] if accounts.roles.new is None else [accounts.roles.new]

    async def judged() -> None:
        async with making(accounts, Adding) as adding:
            await adding.judge(name, email, chosen)

    async def added(password: str) -> Account:
        async with making(accounts, Adding) as adding:
            return await adding.add(name, email, password, chosen)

    database = accounts.settings.data / DATABASE_FILE
    with data_folder.explained(data), damage_told(database), whose_roles(app):
        asyncio.run(judged())
        return asyncio.run(added(read_password()))


@asynccontextmanager
async def making(accounts: Accounts, kind: type[Maker]) -> AsyncGenerator[Maker]:
    """What makes accounts of an app, on its database."""
    settings, clock = accounts.settings, SystemClock()
    events, database, workbench = EventLog(clock), Database(settings.data / DATABASE_FILE), Workbench(None)
    await database.open()
    try:
        with _new_secret_told(settings):
            foundation = await lay_foundation(database, settings, clock, events)
        hashing = PasswordHashing(settings.hashing, foundation.vault, workbench)
        administration = administration_of(database, accounts.roles, foundation.journal)
        yield kind(settings, administration, database, hashing, clock, foundation.journal)
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
