"""Looking for a text inside a text: what stands for anything in LIKE stands for itself here."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from buckler import ConfigurationError
from buckler.input import contains, starts_with
from buckler.refused import Refused
from tests.input.query.shelf import Book, Shelf
from tests.proof import two_sided_async

WILD = ("%", "_", "\\", "/", "%%", "b%k", "b__k", "\\%", "/%", "%_%", "_____0")


@pytest.mark.asvs("1.2.4")
@pytest.mark.parametrize("text", ["%", "_", "b%k", "b__k", "%0%", "____ _"])
async def test_what_stands_for_anything_stands_for_itself(whole: Shelf, twin: Shelf, text: str) -> None:
    """No book has such a title; the twin shows them all."""

    async def attack(target: Shelf) -> bool:
        return bool(await target.titles(title__contains=text))

    await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.parametrize("text", [*WILD, "O'Brien", '"', "100 %", "a_b", "[a-z]", "*", "?", "{{7*7}}", "本", "👩‍👩‍👧"])
async def test_a_text_is_found_where_it_stands(whole: Shelf, text: str) -> None:
    """Whatever it looks like, in the middle and at the beginning, and nowhere else."""
    await whole.add(title=f"<{text}>")
    await whole.add(title=f"{text}>")
    assert sorted(await whole.titles(title__contains=text)) == sorted([f"<{text}>", f"{text}>"])
    assert await whole.titles(title__starts_with=text) == [f"{text}>"]


@pytest.mark.parametrize("find", [contains, starts_with])
async def test_both_work_alone(whole: Shelf, find: object) -> None:
    """In any statement of the app's own."""
    assert callable(find)
    async with AsyncSession(whole.engine) as session:
        assert (await session.scalars(select(Book.title).where(find(Book.title, "book 2")))).all() == ["book 2"]


@pytest.mark.parametrize("text", ["x" * 201, "a\0b", "\ud800"])
def test_what_no_database_takes_is_422(text: str) -> None:
    """A NUL, half a surrogate pair, and a text over the bound."""
    with pytest.raises(Refused) as refused:
        contains(Book.title, text)
    assert refused.value.status_code == 422


def test_only_a_text_is_looked_into() -> None:
    """In another column it would mean something else."""
    for column in (Book.pages, Book.shape, Book.cover):
        with pytest.raises(ConfigurationError):
            contains(column, "x")
