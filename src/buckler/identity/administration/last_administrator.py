"""Somebody always administrates: the last enabled holder of the administrator's role keeps it (ASVS 8.3.2).

Whatever would take it away, disable the account or erase it asks here first, in its own transaction. Two at
once wait for each other, so one of them finds itself the last.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.errors import BucklerError
from buckler.identity.account_store import holders
from buckler.storage.database.tables import InstallationRow


class LastAdministrator(BucklerError):
    """Without this account nobody would administrate."""


async def keep_an_administrator(connection: AsyncConnection, role: str, account_id: str) -> None:
    """Raise `LastAdministrator` where this account is the only enabled one with `role`.

    Call it before the change, in the same transaction.
    """
    await wait_turn(connection)
    # Fail closed: one that is disabled cannot stand in, so it does not count.
    if await holders(connection, role, enabled=True) == [account_id]:
        raise LastAdministrator("This is the last account that administrates; give another one the role first.")


async def wait_turn(connection: AsyncConnection) -> None:
    """One change of rights at a time, also where a database lets several transactions write."""
    await connection.execute(select(InstallationRow.id).with_for_update())
