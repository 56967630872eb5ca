"""An app whose roles differ in what they may of administration: one for each test, as most of them change everybody."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.administration.people import ROLES
from tests.console.visit import ConsoleHouse


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    """It, with letters that leave."""
    async with ConsoleHouse(tmp_path, roles=ROLES) as made:
        yield made
