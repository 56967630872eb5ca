"""Which rows: by names, comparisons and values from a closed list."""

from typing import Any

import pytest
from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, TypeDecorator
from sqlalchemy import Enum as Choice

from buckler import ConfigurationError
from buckler.input import Filters
from tests.input.query.shelf import Book, Shelf

ODD = Table(
    "odd",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("any", JSON),
    Column("state", Choice("open", "shut")),
)


class Folded(TypeDecorator[str]):
    """A text in a coat."""

    impl = String(10)
    cache_ok = True
    python_type = str


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"title": "book 1"}, ["book 1"]),
        ({"title": "book"}, []),
        ({"title__contains": "ook 2"}, ["book 2"]),
        ({"title__starts_with": "book"}, ["book 3", "book 2", "book 1", "book 0"]),
        ({"title__starts_with": "ook"}, []),
        ({"made__after": "2026-01-02T00:00:00Z"}, ["book 3", "book 2"]),
        ({"made__after": "2026-01-02T01:00:00+01:00", "made__before": "2026-01-04"}, ["book 2"]),
        ({"pages__from": 100, "pages__to": 100}, ["book 3", "book 2", "book 1", "book 0"]),
        ({"pages__after": 100}, []),
        ({"pages__before": 100}, []),
        ({"id__in": [1, 3]}, ["book 2", "book 0"]),
        ({"id__in": 5}, []),
        ({"lent": "true"}, []),
        ({"lent": "false", "shape": "octavo", "title": "book 0"}, ["book 0"]),
        ({"isbn": "00000000-0000-0000-0000-000000000002"}, ["book 2"]),
        ({"read__from": "2026-01-01"}, []),
    ],
)
async def test_a_filter_narrows_what_the_statement_shows(
    whole: Shelf, query: dict[str, Any], titles: list[str]
) -> None:
    """And never widens it: book 5 is somebody else's."""
    assert await whole.titles(**query) == titles


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "x" * 81),
        ("title.contains", ""),
        ("title.contains", "x" * 81),
        ("title.contains", "a\0b"),
        ("pages.from", "32768"),
        ("pages.from", "1" + "0" * 30),
        ("pages.from", "1.5"),
        ("pages.from", "0x10"),
        ("id.in", [str(number) for number in range(21)]),
        ("id.in", "9" * 5000),
        ("id.in", "x"),
        ("made.after", "5"),
        ("made.after", "9999-12-31T23:59:59-14:00"),
        ("made.after", "2026-01-01T25:00"),
        ("read.from", "1e9"),
        ("lent", "perhaps"),
        ("shape", "FOLIO"),
        ("isbn", "1"),
    ],
)
async def test_a_value_of_another_type_or_width_is_422(whole: Shelf, name: str, value: object) -> None:
    """Before the database hears of it."""
    before = len(whole.statements)
    answer = await whole.ask(**{name: value})
    assert (answer.status, answer.error) == (422, None)
    assert len(whole.statements) == before


@pytest.mark.parametrize(
    "name", ["owner.is", "title.like", "title.", ".title", "cover.contains", "made.contains", "a.b.c"]
)
async def test_a_filter_that_is_not_there_is_422_and_the_answer_says_which_are(whole: Shelf, name: str) -> None:
    """Ignored, it would show more than was asked for."""
    answer = await whole.ask(**{name: "eve"})
    assert answer.status == 422
    assert "title.contains, title.starts_with" in answer.problem["errors"][0]["msg"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"title": ("title",)}, "no column"),
        ({"Title": (Book.title,)}, "small letters"),
        ({"a.b": (Book.title,)}, "small letters"),
        ({"title": (Book.title, "like")}, "no such comparison; it is one of is, in"),
        ({"pages": (Book.pages, "contains")}, "only a text"),
        ({"shape": (Book.shape, "starts_with")}, "only a text"),
        ({"state": (ODD.c.state, "contains")}, "only a text"),
        ({"title": (Book.title, "after")}, "only numbers"),
        ({"lent": (Book.lent, "from")}, "only numbers"),
        ({"cover": (Book.cover,)}, "neither sorted nor filtered"),
        ({"any": (ODD.c.any,)}, "neither sorted nor filtered"),
    ],
)
def test_a_filter_that_can_never_work_cannot_be_built(columns: dict[str, Any], words: str) -> None:
    """The words say why."""
    with pytest.raises(ConfigurationError) as error:
        Filters(columns)
    assert words in str(error.value)


def test_choices_and_coats_are_read_as_what_they_are() -> None:
    """An enumeration without a class, and a text under a decorator."""
    coated = Table("coated", MetaData(), Column("name", Folded))
    assert Filters({"state": (ODD.c.state,), "name": (coated.c.name, "contains")}).names == ("state", "name.contains")
