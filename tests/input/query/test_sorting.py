"""The order of a list: by names from a closed list, whole, and the same on every database."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, func, select
from sqlalchemy.dialects import postgresql

from buckler import ConfigurationError
from buckler.input import PageQuery, Sorting
from tests.input.query.shelf import SORTING, Book, Shelf

PAIR = Table("pair", MetaData(), Column("left", Integer, primary_key=True), Column("right", Integer, primary_key=True))
CODED = Table("coded", MetaData(), Column("code", String(200), primary_key=True), Column("name", String(20)))
KEYED = Table("keyed", MetaData(), Column("code", String(20), unique=True, nullable=False), Column("n", Integer))


@pytest.mark.parametrize(
    "sort",
    [
        *("owner", "cover", "", "-", "--title", "title,", ",title", "title, made", "title,owner", "Title"),
        *("title desc", "title;made", "book.title", "title,made,pages,id", "title" * 50, "\u0000", "1", "random()"),
        "тitle",
    ],
)
async def test_a_name_that_is_not_in_the_list_is_422_and_the_answer_says_which_are(whole: Shelf, sort: str) -> None:
    """No column of the table but those that were listed, and no other words."""
    answer = await whole.ask(sort=sort)
    assert answer.status == 422
    assert [each["loc"] for each in answer.problem["errors"]] == [["query", "sort"]]
    if len(sort) < 30:
        assert answer.problem["errors"][0]["msg"].startswith("Sort by id, title, summary, pages,")


def test_a_name_counts_once() -> None:
    """What comes behind it can order nothing more."""
    order = SORTING.order("title,-title,title")
    assert order is not None
    assert [str(key.expression) for key in order.keys] == ["Book.title", "Book.id"]


@pytest.mark.parametrize(
    ("sort", "clauses"),
    [
        ("title", "book.title ASC, book.id ASC"),
        ("-title", "book.title DESC, book.id DESC"),
        ("-pages,title", "book.pages DESC, book.title ASC, book.id ASC"),
        ("id,title", "book.id ASC"),
        ("rating", "CASE WHEN (book.rating IS NULL) THEN 1 ELSE 0 END, book.rating ASC, book.id ASC"),
        (
            "-summary",
            "CASE WHEN ({0} IS NULL) THEN 1 ELSE 0 END, {0} DESC, book.id DESC".format("substr(book.summary, 1, 100)"),
        ),
    ],
)
def test_an_order_is_whole(sort: str, clauses: str) -> None:
    """It ends with what is unique, says where rows without a value stand, and takes the beginning of long texts."""
    order = SORTING.order(sort)
    assert order is not None
    statement = PageQuery(order, 5).narrow(select(Book.id))
    written = str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
    assert " ".join(written.split("ORDER BY ")[1].split("LIMIT")[0].split()) == clauses


def test_a_column_of_another_table_may_be_empty() -> None:
    """An outer join leaves it so, whatever its own table says."""
    order = Sorting({"name": CODED.c.name, "title": Book.title}, default="name", tie=Book.id).order("name,title")
    assert order is not None
    assert [key.nullable for key in order.keys] == [True, False, False]


def test_a_computed_column_may_be_sorted_by() -> None:
    """An expression of the app's own, of a type that is known."""
    order = Sorting({"name": func.lower(Book.title, type_=String)}, default="-name", tie=Book.id).order("-name")
    assert order is not None
    assert order.keys[0].nullable


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"columns": {"title": "title"}}, "no column"),
        ({"columns": {"title": None}}, "no column"),
        ({"columns": {"cover": Book.cover}}, "neither sorted nor filtered"),
        ({"columns": {"the title": Book.title}}, "small letters"),
        ({"columns": {"title": Book.title, "-x": Book.id}}, "small letters"),
        ({"columns": {"title": Book.title}, "default": "made"}, "write one of title"),
        ({"tie": Book.title}, "primary key"),
        ({"tie": PAIR.c.left}, "primary key"),
        ({"tie": func.lower(Book.title, type_=String)}, "primary key"),
        ({"tie": CODED.c.code}, "String(n)"),
        ({"tie": "id"}, "no column"),
    ],
)
def test_what_can_never_be_an_order_cannot_be_built(given: dict[str, Any], words: str) -> None:
    """The words say why."""
    whole: dict[str, Any] = {"columns": {"title": Book.title}, "default": "title", "tie": Book.id, **given}
    with pytest.raises(ConfigurationError) as error:
        Sorting(whole["columns"], default=whole["default"], tie=whole["tie"])
    assert words in str(error.value)


def test_a_unique_column_that_is_never_empty_is_a_tie() -> None:
    """It need not be the primary key."""
    assert Sorting({"n": KEYED.c.n}, default="n", tie=KEYED.c.code).order("n") is not None
    with pytest.raises(ConfigurationError):
        Sorting({"n": KEYED.c.n}, default="n", tie=KEYED.c.n)


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_text_is_an_order_or_none(text: str) -> None:
    """And it is one exactly when the document's pattern says so."""
    asked = SORTING.order(text)
    assert (asked is not None) == (re.fullmatch(SORTING.pattern, text) is not None)
    assert asked is None or len(text) <= SORTING.longest


@given(st.lists(st.sampled_from([sign + name for name in SORTING.names for sign in ("", "-")]), min_size=1, max_size=3))
def test_every_listed_name_is_taken(names: list[str]) -> None:
    """In every combination of three."""
    text = ",".join(names)
    assert SORTING.order(text) is not None
    assert len(text) <= SORTING.longest
