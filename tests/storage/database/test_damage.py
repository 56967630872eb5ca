"""A damaged file is refused with its remedy; any other failure stays what it is."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from buckler.storage.database import Database
from buckler.storage.database.damage import DatabaseDamaged, damage_told


async def test_what_is_no_database_is_not_opened(tmp_path: Path) -> None:
    """And is left as it was, so that somebody can look at it."""
    path = tmp_path / "buckler.db"
    path.write_text("junk\n")
    with pytest.raises(DatabaseDamaged, match="buckler restore FILE --replace"):
        await Database(path).open()
    assert path.read_text() == "junk\n"


async def test_one_with_torn_pages_is_not_opened(tmp_path: Path) -> None:
    """The head of the file is sound, and what follows it is not."""
    path = tmp_path / "buckler.db"
    database = Database(path)
    await database.open()
    await database.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    with pytest.raises(DatabaseDamaged, match="malformed"):
        await Database(path).open()


async def test_a_wrong_statement_is_no_damage(tmp_path: Path) -> None:
    """Neither the driver's own error nor the one around it."""
    database = Database(tmp_path / "buckler.db")
    await database.open()
    with pytest.raises(OperationalError), damage_told(database.path):
        async with database.reading() as connection:
            await connection.execute(text("SELECT nothing FROM nowhere"))
    await database.close()
    with pytest.raises(sqlite3.OperationalError), damage_told(database.path):
        raise sqlite3.OperationalError("no such table")
