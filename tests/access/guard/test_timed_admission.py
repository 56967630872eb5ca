"""The watch at the guard: one request in so many, and what it waits for counts too."""

from typing import Any, cast

import pytest

from buckler.access.guard.timed_admission import timed
from buckler.metrics.instruments import ONE_IN
from buckler.metrics.tally import Tally
from tests.clocks import FakeClock
from tests.metrics.test_tally import Notes

NOBODY = cast("Any", None)


@pytest.mark.parametrize("outcome", [True, False])
async def test_the_outcome_is_passed_on_and_the_time_is_noted(outcome: bool) -> None:
    """At once, or awaited."""
    clock, notes = FakeClock(), Notes()

    def at_once(exchange: Any, post: Any) -> bool:
        clock.advance(3)
        return outcome

    async def later() -> bool:
        clock.advance(5)
        return outcome

    def awaited(exchange: Any, post: Any) -> Any:
        clock.advance(3)
        return later()

    admit, waits = (timed(each, Tally([notes]), clock) for each in (at_once, awaited))
    assert admit(NOBODY, NOBODY) is outcome
    assert await cast("Any", waits(NOBODY, NOBODY)) is outcome
    assert [amount for _, amount, _ in notes.taken] == [3, 8]


def test_one_in_so_many_is_timed() -> None:
    notes = Notes()
    admit = timed(lambda *_: True, Tally([notes]), FakeClock())
    assert all(admit(NOBODY, NOBODY) for _ in range(3 * ONE_IN))
    assert len(notes.taken) == 3
