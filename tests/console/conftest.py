"""What the tests of pages ask for: see `visit.py`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.console.visit import ConsoleHouse


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ConsoleHouse]:
    """An app with a console, where anybody may register and letters leave: one for each file of tests."""
    async with ConsoleHouse(tmp_path_factory.mktemp("house")) as made:
        yield made
