"""A database and a clock for the tests of one table."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow
from tests.clocks import FakeClock
from tests.identity.statements import share_statements


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An open database with the accounts `a` and `b`."""
    made = Database(tmp_path / "buckler.db")
    share_statements(made)
    await made.open()
    async with made.writing() as connection:
        for each in "ab":
            row = {"id": each, "name": each, "name_key": each, "password_sealed": b"", "roles": [], "created_at": 0}
            await connection.execute(insert(AccountRow).values(row))
    yield made
    await made.close()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that is turned by hand."""
    return FakeClock()
