"""A point in time: written out, with its offset, kept in UTC."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from buckler.input import Moment
from tests.input.twin import taking, value_of
from tests.proof import two_sided


@pytest.mark.parametrize("sent", ["2030-01-31T12:00:00Z", "2030-01-31T14:00:00+02:00", "2030-01-31 12:00:00.000z"])
def test_a_moment_is_kept_in_utc(sent: str) -> None:
    """Whatever its offset."""
    assert value_of(Moment, sent) == datetime(2030, 1, 31, 12, tzinfo=UTC)
    assert value_of(Moment, sent).tzinfo is UTC


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize(
    "sent",
    [1_700_000_000, 1_700_000_000_000, "1700000000", 1.5, "2030-01-31", "2030-01-31T12:00:00", "0001-01-01T00:00:00Z",
     "9999-12-31T23:59:59-12:00", "1969-12-31T23:59:59Z", datetime(2030, 1, 1)],  # noqa: DTZ001 - the attack
    ids=str,
)  # fmt: skip
def test_a_guess_at_a_moment_is_refused(sent: object) -> None:
    """Bare numbers, times without offset, and years where calendars overflow."""

    def attack(kind: Any) -> bool:
        return taking(kind)(sent)

    two_sided(attack, whole=Moment, twin=datetime)


@pytest.mark.parametrize(
    "sent", ["", "x", "2030-13-01T00:00:00Z", "2030-02-30T00:00:00Z", "2030-01-01T25:00:00Z", None, [], True]
)
def test_what_is_no_moment_is_refused(sent: object) -> None:
    """In words that repeat nothing."""
    assert not taking(Moment)(sent)


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 28)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_every_moment_comes_back_as_it_went(naive: datetime, minutes: int) -> None:
    """Through JSON."""
    adapter = TypeAdapter[Any](Moment)
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert adapter.validate_json(adapter.dump_json(adapter.validate_python(moment))) == moment


def test_the_document_calls_it_a_point_in_time() -> None:
    """As RFC 3339 writes it."""
    assert TypeAdapter[Any](Moment).json_schema()["format"] == "date-time"
