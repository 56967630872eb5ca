"""What the accounts stand on: the installation, the master secret, the signing keys.

1. The first start makes all three, in one transaction; of two processes at once one makes them.
2. Any later start must bring a master secret that opens what the first one sealed. A wrong or
   missing secret stops the start: with new keys every account and token would be lost silently.
3. Only in development, and only where nothing is kept yet, a missing secret is made on the spot.
4. What another process changes, a key or the list in the file of the secret, is taken up by `reload`.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.events.journal import Journal
from buckler.identity.installation.log_key_row import open_journal
from buckler.identity.installation.secret_place import SecretPlace
from buckler.identity.installation.signing_keys import SigningKeys
from buckler.identity.settings import AccountsSettings
from buckler.randomness import identifier
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow, InstallationRow, SigningKeyRow
from buckler.tokens.keys import KeyRing
from buckler.tokens.vault import SealBroken, Vault

CHECK: Final = "installation"


@dataclass(frozen=True, slots=True)
class Foundation:
    """What seals, what signs, and what keeps the log."""

    vault: Vault
    ring: KeyRing
    keys: SigningKeys
    place: SecretPlace
    database: Database
    journal: Journal
    installation: str
    epoch: int
    """How many times a backup was put back."""

    async def reload(self) -> None:
        """Read secret and keys again: the feed of revocations says that another process changed them.

        Keys that ended are refused from now on, also where the rest does not open; then the event says so, and
        what was known is gone on with. Raises `ConfigurationError` where nothing is left to sign with.
        """
        async with self.database.reading() as connection:
            good = await self.keys.good(connection)
            try:
                await self._adopt(connection)
                # All at once: where the key that signs was revoked, only its successor has no end.
                self.ring.replace(await self.keys.restore(connection))
            except ConfigurationError as error:
                self.ring.keep({record.kid for record in good})
                self.ring.is_outdated = True
                self.journal.emit("sys_keys_unreadable", None, reason=str(error))
                return
        self.ring.is_outdated = False
        self.journal.emit("sys_keys_changed", None, kid=self.ring.current.kid, trusted=len(good))

    async def _adopt(self, connection: AsyncConnection) -> None:
        installation, check = await _installation(connection)
        master = self.place.read()
        _prove(Vault(master, installation), installation, check)
        self.vault.adopt(master)


async def lay_foundation(database: Database, settings: AccountsSettings, clock: Clock, events: EventLog) -> Foundation:
    """Find or make it. Raises `ConfigurationError` when the master secret does not fit what is kept."""
    place = SecretPlace.of(settings)
    async with database.writing() as connection:
        vault = await open_vault(connection, place) or await _make_installation(connection, place, clock)
        keys = SigningKeys(vault, clock)
        await keys.prepare(connection, settings.signing_algorithm)
        ring = KeyRing(await keys.restore(connection), clock)
        here = (await connection.execute(select(InstallationRow.id, InstallationRow.epoch))).one()
    journal = await open_journal(database, vault, clock, events)
    return Foundation(vault, ring, keys, place, database, journal, here.id, here.epoch)


async def open_vault(connection: AsyncConnection, place: SecretPlace) -> Vault | None:
    """The vault of what is kept, or None where nothing is. Raises `ConfigurationError`."""
    known = (await connection.execute(select(InstallationRow.id))).scalar_one_or_none()
    if known is None:
        await _refuse_orphans(connection)
        return None
    installation, check = await _installation(connection)
    vault = Vault(place.read(), installation)
    _prove(vault, installation, check)
    return vault


async def _make_installation(connection: AsyncConnection, place: SecretPlace, clock: Clock) -> Vault:
    installation = identifier()
    vault = Vault(place.read_or_make(), installation)
    check = vault.seal(CHECK, installation, installation.encode())
    row = {"id": installation, "created_at": int(clock.now()), "check_sealed": check}
    await connection.execute(insert(InstallationRow).values(row))
    return vault


async def _installation(connection: AsyncConnection) -> tuple[str, bytes]:
    query = select(InstallationRow.id, InstallationRow.check_sealed)
    installation, check = (await connection.execute(query)).one()
    return installation, check


def _prove(vault: Vault, installation: str, check: bytes) -> None:
    try:
        vault.unseal(CHECK, installation, check)
    except SealBroken as error:
        raise ConfigurationError(
            "The master secret is not the one under which this database was sealed, so no account could sign in."
            " Give the right one, or put back the backup of its file; a list may hold old secrets after the new one."
        ) from error


async def _refuse_orphans(connection: AsyncConnection) -> None:
    for column in (AccountRow.id, SigningKeyRow.kid):
        if (await connection.execute(select(func.count(column)))).scalar_one():
            raise ConfigurationError(
                "The database has accounts or keys but not the installation they belong to: its row was removed."
                " Put the backup back."
            )
