"""Figures of what went on."""

import re

from buckler.install import buckler_of
from tests.console.administration.people import ADA, BEA, ConsoleHouse, signed_in

OVERVIEW = "/console/administration"


async def test_sign_ins_of_an_hour_stand_in_their_hour(house: ConsoleHouse) -> None:
    """Good and failed ones; an hour that is over is read once and still told, and the days are sums of hours."""
    ada = await signed_in(house, ADA, "admin")
    await house.account(BEA)
    for _ in range(3):
        await house.visitor().sign_in(BEA, "another otter plays the harp")
    house.clock.advance(61)
    await house.opened.keeper.tick()
    page = await ada.get(OVERVIEW)
    assert "Fri 15 Jan, 08:00 to 08:59 1 3" in page.words
    house.clock.advance(5 * 3600)
    await ada.sign_in()
    for _ in range(2):
        page = await ada.get(OVERVIEW)
        assert "Fri 15 Jan, 13:00 to 13:59 1 0" in page.words
        assert "Fri 15 Jan, 08:00 to 08:59 1 3" in page.words
    assert "Fri 15 Jan 2027 2 3" in (await ada.get(f"{OVERVIEW}?span=month")).words
    assert "Signed in 2 in 24 hours" in page.words
    assert "Failed sign-ins 3" in page.words


async def test_refusals_and_hashes_are_those_of_this_process(house: ConsoleHouse) -> None:
    """Counted where nobody else collects, and no request that passes is timed for it."""
    ada = await signed_in(house, ADA, "admin")
    for _ in range(4):
        await house.visitor().get("/nowhere")
    page = await ada.get(OVERVIEW)
    assert re.search(r"Refused 4 .* Refusals by kind .*: 4\b", page.words)
    assert "1 hashed, the longest wait" in page.words
    buckler = buckler_of(house.app)
    assert buckler is not None
    assert buckler._running._serving is buckler._running.edge


async def test_only_metrics_that_are_there_are_named(house: ConsoleHouse) -> None:
    ada = await signed_in(house, ADA, "admin")
    page = await ada.get(OVERVIEW)
    assert "those of the worker process" in page.words
    assert "/metrics" not in page.words
    assert "All times are UTC." in page.words


async def test_an_odd_span_is_told(house: ConsoleHouse) -> None:
    ada = await signed_in(house, ADA, "admin")
    for query in ("?span=year", "?span=", "?x=1", "?span=day&span=month"):
        page = await ada.get(OVERVIEW + query)
        assert page.status == 200
        assert ('role="alert"' in page.answer.text) == (query != "?span="), query
