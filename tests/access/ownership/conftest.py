"""What the tests of ownership share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.access.ownership.library import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Filled anew for each test."""
    made = Database(tmp_path)
    yield made
    await made.close()
