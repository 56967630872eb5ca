"""What the accounts stand on: the installation, the master secret, the signing keys.

1. The first start makes all three, in one transaction; of two processes at once one makes them.
2. Any later start must bring a master secret that opens what the first one sealed. A wrong or
   missing secret stops the start: with new keys every account and token would be lost silently.
3. Only in development, and only where nothing is kept yet, a missing secret is made on the spot.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.errors import ConfigurationError
from buckler.identity.settings import AccountsSettings
from buckler.randomness import identifier
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow, InstallationRow, SigningKeyRow
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import SealBroken, Vault

_CHECK: Final = "installation"
_KEY: Final = "signing key"


@dataclass(frozen=True, slots=True)
class Foundation:
    """What seals and what signs."""

    vault: Vault
    ring: KeyRing


async def lay_foundation(database: Database, settings: AccountsSettings, clock: Clock) -> Foundation:
    """Find or make it. Raises `ConfigurationError` when the master secret does not fit what is kept."""
    now = int(clock.now())
    async with database.writing() as connection:
        vault = await _open_vault(connection, settings, now)
        keys = await _restore_keys(connection, vault)
        return Foundation(vault, KeyRing(keys or [await _make_key(connection, vault, now)]))


async def _open_vault(connection: AsyncConnection, settings: AccountsSettings, now: int) -> Vault:
    query = select(InstallationRow.id, InstallationRow.check_sealed)
    known = (await connection.execute(query)).one_or_none()
    if known is not None:
        installation, check = known
        vault = Vault(_master_of(settings, may_make=False), installation)
        _prove(vault, installation, check)
        return vault
    await _refuse_orphans(connection)
    installation = identifier()
    vault = Vault(_master_of(settings, may_make=settings.development), installation)
    check = vault.seal(_CHECK, installation, installation.encode())
    row = {"id": installation, "created_at": now, "check_sealed": check}
    await connection.execute(insert(InstallationRow).values(row))
    return vault


def _prove(vault: Vault, installation: str, check: bytes) -> None:
    try:
        vault.unseal(_CHECK, installation, check)
    except SealBroken as error:
        raise ConfigurationError(
            "The master secret is not the one under which this database was sealed, so no account could sign in."
            " Give the right one, or put back the backup of its file; a list may hold old secrets after the new one."
        ) from error


def _master_of(settings: AccountsSettings, *, may_make: bool) -> MasterSecret:
    if settings.master_secret is not None:
        return MasterSecret.from_text(settings.master_secret.reveal())
    path = settings.master_secret_file or development_secret(settings.data)
    if settings.master_secret_file is None and not path.exists():
        if not may_make:
            raise ConfigurationError(
                f"No master secret is given and {str(path)!r} is missing, but this database was sealed with one."
                " Put the file back or give the secret; to begin anew, move the data folder away."
            )
        return MasterSecret.create_file(path)
    return MasterSecret.from_file(path, data=settings.data, development=settings.development)


def development_secret(data: Path) -> Path:
    """Where the secret lies that is made on the spot in development."""
    return data / "master.key"


async def _refuse_orphans(connection: AsyncConnection) -> None:
    for column in (AccountRow.id, SigningKeyRow.kid):
        if (await connection.execute(select(func.count(column)))).scalar_one():
            raise ConfigurationError(
                "The database has accounts or keys but not the installation they belong to: its row was removed."
                " Put the backup back."
            )


async def _restore_keys(connection: AsyncConnection, vault: Vault) -> list[SigningKey]:
    """Every key, the newest first: that one signs."""
    query = select(SigningKeyRow.kid, SigningKeyRow.sealed).order_by(SigningKeyRow.created_at.desc())
    rows = (await connection.execute(query)).all()
    try:
        return [SigningKey.restore(vault.unseal(_KEY, kid, sealed)) for kid, sealed in rows]
    except SealBroken as error:
        raise ConfigurationError(
            "A signing key in the database does not open: its row was altered or copied from elsewhere."
            " Put the backup back."
        ) from error


async def _make_key(connection: AsyncConnection, vault: Vault, now: int) -> SigningKey:
    key = SigningKey.generate()
    sealed = vault.seal(_KEY, key.kid, key.private_bytes())
    row = {"kid": key.kid, "algorithm": key.algorithm, "sealed": sealed, "created_at": now}
    await connection.execute(insert(SigningKeyRow).values(row))
    return key
