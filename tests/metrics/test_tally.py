"""Counting for every sink: bounded, and harmless where a sink breaks."""

from collections.abc import Sequence

import pytest

from buckler.events.vocabulary import CATALOGUE
from buckler.metrics.instruments import INSTRUMENTS, REFUSALS, Instrument
from buckler.metrics.tally import MOST_SERIES, OTHER, Take, Tally


class Notes:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, float, tuple[str, ...]]] = []

    def take(self, instrument: Instrument) -> Take:
        return lambda amount, values: self.taken.append((instrument.name, amount, tuple(values)))


class Broken:
    """A sink that fails."""

    def take(self, instrument: Instrument) -> Take:
        def failing(amount: float, values: Sequence[str]) -> None:
            raise RuntimeError("the collector is away")

        return failing


def test_every_sink_gets_it_and_a_broken_one_harms_none() -> None:
    one, other = Notes(), Notes()
    Tally([one, Broken(), other]).refusal("forbidden", 403, "requirements")
    assert one.taken == other.taken == [("buckler.refusals", 1, ("forbidden", "requirements", "403"))]


def test_what_no_defence_refused_the_route_did() -> None:
    notes = Notes()
    Tally([notes]).refusal("sign-in-failed", 401, None)
    assert notes.taken == [("buckler.refusals", 1, ("sign-in-failed", "route", "401"))]


def test_there_is_a_most_to_the_series_of_an_instrument() -> None:
    """An app may raise refusals of its own, with codes that a stranger chose."""
    notes = Notes()
    tally = Tally([notes])
    for number in range(2 * MOST_SERIES):
        tally.refusal(f"code-{number}", 400, "route")
    tally.refusal("code-0", 400, "route")
    values = [taken[2] for taken in notes.taken]
    assert len(set(values)) == MOST_SERIES + 1
    assert values[-2:] == [(OTHER,) * 3, ("code-0", "route", "400")]


@pytest.mark.parametrize(
    ("name", "fields", "counted"),
    [
        ("authn_login_success", {}, ("buckler.sign_ins", 1, ("success", ""))),
        ("authn_login_fail", {"reason": "password"}, ("buckler.sign_ins", 1, ("failure", "password"))),
        ("session_created", {}, ("buckler.sessions.begun", 1, ())),
        ("session_ended", {}, ("buckler.sessions.ended", 1, ("ended",))),
        ("session_expired", {}, ("buckler.sessions.ended", 1, ("expired",))),
        ("sys_storage_failed", {"reason": "full: SQLITE_FULL"}, ("buckler.storage.failures", 1, ("full",))),
        ("sys_storage_failed", {"reason": None}, ("buckler.storage.failures", 1, (OTHER,))),
    ],
)
def test_some_events_are_counted_for_themselves(name: str, fields: dict[str, object], counted: object) -> None:
    """Names of the catalogue; one that is renamed there is found here."""
    assert name in CATALOGUE
    notes = Notes()
    Tally([notes]).event(name, fields)
    assert notes.taken == [("buckler.events", 1, (name,)), counted]


def test_labels_are_ours_and_few() -> None:
    assert {label for each in INSTRUMENTS for label in each.labels} == {
        "buckler.refusal.code",
        "buckler.defence",
        "buckler.event.name",
        "buckler.outcome",
        "error.type",
        "http.response.status_code",
    }
    assert len({each.name for each in INSTRUMENTS}) == len(INSTRUMENTS)
    assert REFUSALS in INSTRUMENTS
