"""One nursery for all tests of this folder: what it imports is imported once."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.faults.killing import Nursery, nursery
from tests.faults.place import Place


@pytest.fixture(scope="package")
def nursed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """It has a place that somebody has moved into."""
    folder = tmp_path_factory.mktemp("faults")
    template = Place(folder / "template")
    asyncio.run(template.settle_in())
    with nursery(folder, template.folder) as made:
        yield made
