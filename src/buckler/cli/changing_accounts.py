"""What changes accounts on their database, beside a running service."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from buckler.access.declarations.roles import Roles
from buckler.cli.built_app import accounts_of
from buckler.cli.installation import Installation, work
from buckler.cli.log_lines import write_log_lines
from buckler.cli.options import Environment
from buckler.clock import SystemClock
from buckler.events.journal import Journal
from buckler.identity.account_store import AccountStore
from buckler.identity.administration.administration import OPERATOR, AccountMissing, Administration, UnknownRole
from buckler.identity.login_names import InvalidName
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.identity.settings import ADMINISTRATOR
from buckler.redact import plain
from buckler.storage.database import Database

Result = TypeVar("Result")


def administer(
    data: Path, name: str, step: Callable[[Administration, str], Awaitable[Result]], roles: Roles | None = None
) -> Result:
    """Do something to the account of this name, beside a running service. Raises `BucklerError`."""
    write_log_lines()

    async def done(at: Installation) -> Result:
        account_id = await _id_of(AccountStore(at.database), name)
        return await step(administration_of(at.database, roles or Roles({}), at.journal), account_id)

    return work(data, done)


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
    known = accounts_of(app, data, environment).roles if asked else None

    async def step(administration: Administration, account_id: str) -> frozenset[str]:
        administration.judge(OPERATOR, asked)
        return await administration.change_roles(OPERATOR, account_id, give, take)

    with whose_roles(app):
        return administer(data, name, step, known)


@contextmanager
def whose_roles(app: str | None) -> Generator[None]:
    """Where no app was named, a role that is not there says whose roles were looked through."""
    try:
        yield
    except UnknownRole as refusal:
        if app is not None:
            raise
        raise UnknownRole(f"{refusal} These are the reference service's; for your own app: --app main:app") from refusal


def administration_of(database: Database, roles: Roles, journal: Journal) -> Administration:
    """What administrates the accounts of a database, as its operator."""
    clock = SystemClock()
    feed = RevocationFeed(database, None, clock)
    return Administration(roles, ADMINISTRATOR, database, feed, clock, journal)


async def _held(administration: Administration, account_id: str) -> frozenset[str]:
    return await administration.change_roles(OPERATOR, account_id, (), ())


async def _id_of(store: AccountStore, name: str) -> str:
    try:
        found = await store.find(name)
    except InvalidName:
        found = None
    found = found or await store.find_by_id(name)
    if found is None:
        raise AccountMissing(f"There is no account {plain(name)!r}. See them all: buckler users list")
    return found.id
