"""What a trial may be: a day, a reason, and names of a closed list."""

from datetime import UTC, date, datetime

import pytest
from fastapi import FastAPI

from buckler import Buckler, ConfigurationError, Trial
from buckler.edge.trial import LIFTED, MOST_DAYS
from tests.clocks import FakeClock
from tests.stage import production

WHY = "moving to Buckler"
TODAY = date(2027, 1, 15)
"""Of `FakeClock`."""


def test_a_day_is_given_as_a_date_or_as_its_text() -> None:
    """Both are the same trial; without `only` it lifts all that a trial can."""
    trial = Trial(until="2027-03-01", reason=WHY)
    assert trial == Trial(until=date(2027, 3, 1), reason=WHY)
    assert trial.only == frozenset(LIFTED) - {"cookies", "csrf", "csp"}
    assert trial.end == datetime(2027, 3, 2, tzinfo=UTC).timestamp()
    assert Trial(until="2027-03-01", reason=WHY, only={"host"}).only == {"host"}


@pytest.mark.parametrize(
    "until",
    ["", "1.3.2027", "2027-3-1", "2027-02-30", "20270301", "2027-W09-1", None, 1_800_000_000, True,
     datetime(2027, 3, 1, tzinfo=UTC), date(1, 1, 1), date.max],
)  # fmt: skip
def test_what_is_no_day_is_refused(until: object) -> None:
    """A moment too: its hour would belong to some zone."""
    with pytest.raises(ConfigurationError, match="Trial"):
        Trial(until=until, reason=WHY)  # type: ignore[arg-type]


@pytest.mark.parametrize("reason", ["", "  ", None, 7])
def test_a_trial_says_why(reason: object) -> None:
    with pytest.raises(ConfigurationError, match="in words"):
        Trial(until="2027-03-01", reason=reason)  # type: ignore[arg-type]


WRONG: list[tuple[object, str]] = [
    ({"hosts"}, "did you mean 'host'"),
    ({"size"}, "did you mean 'sizes'"),
    ({"permissions"}, "nothing else"),
    ({"credentials"}, "cannot be lifted"),
    ({"framing"}, "cannot be lifted"),
    ({"exit-gate"}, "cannot be lifted"),
    ({"loopback"}, "cannot be lifted"),
    ({"scheme"}, "cannot be lifted"),
    ([7], "cannot be lifted"),
    ("host", "as a set"),
    (frozenset[str](), "as a set"),
    ({"host": True}, "as a set"),
]


@pytest.mark.parametrize(("only", "words"), WRONG)
def test_only_names_of_the_list_are_lifted(only: object, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Trial(until="2027-03-01", reason=WHY, only=only)  # type: ignore[arg-type]


def test_a_trial_is_short() -> None:
    """At most 180 days from the day of the start, by the clock of the app."""
    latest = date.fromordinal(TODAY.toordinal() + MOST_DAYS)
    Buckler(FastAPI(), settings=production(), clock=FakeClock(), trial=Trial(until=latest, reason=WHY))
    longer = Trial(until=date.fromordinal(latest.toordinal() + 1), reason=WHY)
    with pytest.raises(ConfigurationError, match=f"up to {latest}"):
        Buckler(FastAPI(), settings=production(), clock=FakeClock(), trial=longer)


def test_what_is_no_trial_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="write trial=Trial"):
        Buckler(FastAPI(), settings=production(), trial="2027-03-01")  # type: ignore[arg-type]
