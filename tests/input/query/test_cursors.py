"""Where a page ended: what was not written by us for this order is refused, and never ends in a crash."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.input.query.cursors import LONGEST, read_cursor, write_cursor
from buckler.input.query.sorting import COMPARED, Order
from tests.input.query.shelf import SORTING, Shape, Shelf


def order_of(sort: str) -> Order:
    order = SORTING.order(sort)
    assert order is not None
    return order


def cursor_of(*parts: object) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "====",
        "a" * 4096,
        cursor_of(),
        cursor_of("title"),
        cursor_of("title", "a"),
        cursor_of("title", "a", 1, 1),
        cursor_of("-title", "a", 1),
        cursor_of("made", "a", 1),
        cursor_of("title", None, 1),
        cursor_of("title", "a", None),
        cursor_of("title", 5, 1),
        cursor_of("title", ["a"], 1),
        cursor_of("title", {"a": 1}, 1),
        cursor_of("title", "a" * (COMPARED + 1), 1),
        cursor_of("title", "a\0b", 1),
        cursor_of("title", "a", 10**30),
        cursor_of("title", "a", 2**63),
        cursor_of("title", "a", "1 OR 1=1"),
        cursor_of("title", "a", 1.5),
        cursor_of(5, "a", 1),
        urlsafe_b64encode(b'["title","\\ud800",1]').rstrip(b"=").decode(),
        urlsafe_b64encode(b'["title","\xff",1]').rstrip(b"=").decode(),
        urlsafe_b64encode(b"[" * 3000).rstrip(b"=").decode(),
        urlsafe_b64encode(b'{"title":"a"}').rstrip(b"=").decode(),
        urlsafe_b64encode(b'"title"').rstrip(b"=").decode(),
        urlsafe_b64encode(b'["title","a",1').rstrip(b"=").decode(),
        urlsafe_b64encode(b'["title","a",NaN]').rstrip(b"=").decode(),
    ],
)
async def test_a_forged_or_foreign_cursor_is_422(whole: Shelf, cursor: str) -> None:
    """Another order's, another type's, too wide, too long, no text, no JSON, no base64."""
    answer = await whole.ask(sort="title", cursor=cursor)
    assert (answer.status, answer.error) == (422, None)


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("made", "9999-12-31T23:59:59-14:00"),
        ("made", "10"),
        ("made", 10),
        ("made", "yesterday"),
        ("rating", "x"),
        ("read", "2026-13-01"),
        ("read", 5),
        ("shape", "quarto"),
        ("isbn", "x"),
        ("lent", "perhaps"),
        ("pages", 2**63),
    ],
)
def test_each_value_has_its_column_s_type_and_width(sort: str, value: object) -> None:
    """What a driver would choke on never reaches it."""
    assert read_cursor(order_of(sort), cursor_of(sort, value, 1)) is None


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("title,-rating", ("é'%\n", None, 3)),
        ("made", (datetime(2026, 1, 1, 1, 2, 3, 4, tzinfo=UTC), 3)),
        ("isbn", (UUID(int=7), 3)),
        ("shape,lent", (Shape.FOLIO, True, 3)),
        ("rating", (0.1 + 0.2, 3)),
        ("rating", (float("inf"), 3)),
        ("rating", (float("-inf"), 3)),
        ("pages", (2**40, 2**40)),
        ("title", ("a" * COMPARED, 3)),
    ],
)
def test_values_come_back_as_they_were(sort: str, values: tuple[Any, ...]) -> None:
    """To the last digit: a place that moved would lose a row."""
    order = order_of(sort)
    assert read_cursor(order, write_cursor(order, values)) == values


def test_a_time_that_a_database_gives_without_a_zone_is_utc_s() -> None:
    """SQLite forgets the zone."""
    order = order_of("made")
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - as the driver gives it
    assert read_cursor(order, write_cursor(order, (naive, 1))) == (naive.replace(tzinfo=UTC), 1)


def test_the_longest_cursor_fits() -> None:
    """Of texts that JSON writes at greatest length."""
    order = order_of("title,summary,-isbn")
    cursor = write_cursor(order, ("\x01" * 80, "\x01" * COMPARED, UUID(int=1), 1))
    assert len(cursor) < LONGEST
    assert json.loads(urlsafe_b64decode(cursor + "=="))[0] == "title,summary,-isbn"


@given(
    st.text(alphabet="ABCabc019_-", max_size=80)
    | st.binary(max_size=80).map(lambda raw: urlsafe_b64encode(raw).decode())
)
def test_no_text_crashes_the_reader(text: str) -> None:
    """None, or values."""
    assert read_cursor(order_of("title"), text) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_no_json_crashes_the_reader(value: object) -> None:
    """Whatever stands in the place of a value."""
    values = read_cursor(order_of("title"), cursor_of("title", value, 1))
    assert values is None or values == (value, 1)


async def test_a_number_that_no_column_holds_is_a_page_like_another(whole: Shelf) -> None:
    """Forged or not: it is compared as what it is, and no driver makes it narrower."""
    answer = await whole.ask(sort="pages", cursor=cursor_of("pages", 2**40, 1))
    assert (answer.status, answer.error) == (200, None)
