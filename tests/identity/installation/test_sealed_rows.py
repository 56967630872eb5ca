"""Every sealed value follows the master secret, or none does."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.installation.sealed_rows import SEALED, SealedRows
from buckler.randomness import secret_text
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow, CodeRow, InstallationRow, LetterRow, SigningKeyRow, Table
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import SealBroken, Vault

OLD, NEW = secret_text(48), secret_text(48)
MANY = 1203
"""Letters: more than are read at a time, some times over."""
DIGESTS = {"digest", "key", "subject", "current_digest", "previous_digest"}
NOT_SEALED = DIGESTS | {"mac", "link", "emptied_mac", "anchor_mac"}
"""Columns of bytes that hold keyed digests."""


@dataclass(frozen=True)
class Rows:
    """A database with every kind of sealed value in it."""

    database: Database

    async def opened_by(self, secret: str) -> dict[str, dict[int, int]]:
        async with self.database.reading() as connection:
            tallies = await SealedRows(_vault(secret)).verify(connection, _unwatched)
        return {tally.title: dict(tally.opened) for tally in tallies}

    async def renew(self, secret: str) -> int:
        async with self.database.writing() as connection:
            return await SealedRows(_vault(secret)).renew(connection, _unwatched)


@asynccontextmanager
async def rows(path: Path) -> AsyncGenerator[Rows]:
    database = Database(path)
    await database.open()
    try:
        async with database.writing() as connection:
            await _fill(connection, _vault(OLD))
        yield Rows(database)
    finally:
        await database.close()


def test_every_sealed_column_is_in_the_list() -> None:
    """Each column of bytes is sealed and in it, or a digest and named here."""
    every = {
        (table.name, column.name)
        for table in Table.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.name not in NOT_SEALED
    }
    assert {(each.table.__tablename__, each.sealed.key) for each in SEALED} == every


async def test_everything_is_sealed_anew_and_the_old_secret_may_go(tmp_path: Path) -> None:
    """More rows than are read at once; a second time there is nothing to do."""
    async with rows(tmp_path / "x.db") as found:
        both = f"{NEW},{OLD}"
        assert await found.opened_by(OLD) == _all(1)
        assert await found.opened_by(both) == _all(2)
        assert await found.renew(both) == 5 + MANY
        assert await found.opened_by(both) == await found.opened_by(NEW) == _all(1)
        assert await found.renew(both) == 0
        assert not any((await found.opened_by(OLD)).values())


async def test_what_was_destroyed_stays_so(tmp_path: Path) -> None:
    """The empty value in the place of a key is no broken seal."""
    async with rows(tmp_path / "x.db") as found:
        async with found.database.writing() as connection:
            await connection.execute(update(SigningKeyRow).values(sealed=b""))
            assert await SealedRows(_vault(OLD)).count(connection) == 4 + MANY
        assert (await found.opened_by(OLD))["signing keys"] == {}
        assert await found.renew(f"{NEW},{OLD}") == 4 + MANY
        async with found.database.reading() as connection:
            assert (await connection.execute(select(SigningKeyRow.sealed))).scalar_one() == b""


async def test_one_that_does_not_open_is_named_and_stops_everything(tmp_path: Path) -> None:
    """Sealed for another account; and not one row was changed."""
    async with rows(tmp_path / "x.db") as found:
        async with found.database.writing() as connection:
            await connection.execute(update(LetterRow).where(LetterRow.id == "letter-9").values(id="moved"))
        with pytest.raises(SealBroken):
            await found.renew(f"{NEW},{OLD}")
        async with found.database.reading() as connection:
            tallies = await SealedRows(_vault(OLD)).verify(connection, _unwatched)
        assert {tally.title: tally.broken for tally in tallies if tally.broken} == {"letters": ["moved"]}
        assert sum(tally.opened[1] for tally in tallies) == 4 + MANY


async def test_progress_is_told_for_every_row(tmp_path: Path) -> None:
    """As many as were counted before."""
    async with rows(tmp_path / "x.db") as found:
        told = list[int]()
        sealed = SealedRows(_vault(f"{NEW},{OLD}"))
        async with found.database.writing() as connection:
            count = await sealed.count(connection)
            await sealed.renew(connection, told.append)
        assert sum(told) == count == 5 + MANY


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from buckler.identity.installation.sealed_rows import SealedRows
from buckler.storage.database import Database
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import Vault

async def main():
    database, told = Database(Path(sys.argv[1])), []
    await database.open()

    def advance(rows):
        told.append(rows)
        if len(told) == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)

    async with database.writing() as connection:
        await SealedRows(Vault(MasterSecret.from_text(sys.argv[2]), "here")).renew(connection, advance)

asyncio.run(main())
"""


@pytest.mark.heavy
async def test_killed_in_the_middle_it_changed_nothing_and_goes_on(tmp_path: Path) -> None:
    """After the first page and before the last: every value opens as before, and a second run ends it."""
    async with rows(tmp_path / "x.db") as found:
        both = f"{NEW},{OLD}"
        for page in ("1", "6"):
            line = [sys.executable, "-c", KILLED, str(found.database.path), both, page]
            done = await asyncio.to_thread(subprocess.run, line, capture_output=True, timeout=60)
            assert done.returncode == -9, done.stderr.decode()
            assert await found.opened_by(both) == _all(2)
        assert await found.renew(both) == 5 + MANY
        assert await found.opened_by(NEW) == _all(1)
        async with found.database.reading() as connection:
            assert (await connection.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"
            assert (await connection.execute(select(func.count(LetterRow.id)))).scalar_one() == MANY


def _all(number: int) -> dict[str, dict[int, int]]:
    counts = {"installation": 1, "log key": 1, "signing keys": 1, "passwords": 1, "codes": 1, "letters": MANY}
    return {title: {number: count} for title, count in counts.items()}


def _vault(secret: str) -> Vault:
    return Vault(MasterSecret.from_text(secret), "here")


async def _fill(connection: AsyncConnection, vault: Vault) -> None:
    await connection.execute(delete(InstallationRow))
    check = vault.seal("installation", "here", b"here")
    made = {"check_sealed": check, "log_key_sealed": vault.seal("log key", "here", bytes(32))}
    await connection.execute(insert(InstallationRow).values(id="here", created_at=1, **made))
    key = vault.seal("signing key", "kid", b"private")
    await connection.execute(insert(SigningKeyRow).values(kid="kid", algorithm="Ed25519", sealed=key, created_at=1))
    account = {"id": "ada", "name": "ada", "name_key": "ada", "roles": list[str](), "created_at": 1}
    await connection.execute(
        insert(AccountRow).values(**account, password_sealed=vault.seal("password", "ada", b"hash"))
    )
    code = {"id": "code", "digest": b"d", "purpose": "reset", "account_id": "ada", "created_at": 1, "expires_at": 2}
    await connection.execute(insert(CodeRow).values(**code, sealed=vault.seal("code", "code", b"{}")))
    without = code | {"id": "nothing to be done", "digest": b"e"}
    await connection.execute(insert(CodeRow).values(**without))
    letter = {"kind": "reset", "created_at": 1, "due_at": 1, "expires_at": 2}
    every = [
        {**letter, "id": f"letter-{number}", "sealed": vault.seal("letter", f"letter-{number}", b"text")}
        for number in range(MANY)
    ]
    await connection.execute(insert(LetterRow), every)


def _unwatched(_rows: int) -> None:
    """Nobody watches."""
