"""Whether the accounts can do their work now: what a probe of the platform is told."""

from sqlalchemy import select

from buckler.identity.opened import Opened
from buckler.storage.database import Database
from buckler.storage.database.tables import InstallationRow


async def why_not_ready(opened: Opened, database: Database) -> str | None:
    """The cause, for the log; None where they can. Raises whatever the database does.

    Asks what a request asks: stale ends of tokens are read again first, and only where that fails nobody gets in.
    Then one row is read, through the same connections. Nothing is written.
    """
    if opened.ring.is_outdated:
        return "the signing keys that another process changed do not open here"
    if opened.revocations.is_stale:
        await opened.revocations.refresh()
    async with database.reading() as connection:
        await connection.execute(select(InstallationRow.id).limit(1))
    return None
