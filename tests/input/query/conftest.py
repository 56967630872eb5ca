"""The shelves that the tests of this room ask."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.input.query.shelf import SECRET, THEIRS, Book, Shelf, book, put_together, shelf


@pytest.fixture
async def whole(tmp_path: Path) -> AsyncGenerator[Shelf]:
    """Four books of mine and one of somebody else's, listed by our parts."""
    async with shelf(tmp_path / "whole.sqlite3", five_books()) as made:
        yield made


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncGenerator[Shelf]:
    """The same books, listed by statements that are put together from text."""
    async with shelf(tmp_path / "twin.sqlite3", five_books(), put_together) as made:
        yield made


def five_books() -> list[Book]:
    return [*(book(number) for number in range(4)), book(90, owner=THEIRS, title=SECRET)]
