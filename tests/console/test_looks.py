"""Looking through much: two at once, whoever asks, and nobody who signs in waits for them."""

import asyncio

import pytest

from buckler.console import looks
from buckler.console.looks import AT_ONCE, Looks
from buckler.events.journal.log_reader import LogReader
from buckler.events.journal.looking_back import Look
from buckler.refused import Refused
from tests.console.visit import ConsoleHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGES = ("/console/log", "/console/accounts", "/console/administration")


async def test_so_many_have_a_turn_and_the_next_hears_that_it_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "WAIT", 0.0)
    turns, free = Looks(), asyncio.Event()

    async def look() -> None:
        async with turns.turn():
            await free.wait()

    held = [asyncio.ensure_future(look()) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await look()
    assert (refused.value.refusal.status, refused.value.refusal.code) == (503, "search-busy")
    free.set()
    await asyncio.gather(*held)
    await look()  # whoever is done leaves it to the next, and so does one that failed
    with pytest.raises(ZeroDivisionError):
        async with turns.turn():
            raise ZeroDivisionError
    await asyncio.gather(look(), look())


async def test_searches_leave_the_database_to_others(house: ConsoleHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten at once: two look, the others hear so, and somebody signs in meanwhile."""
    ada, free, looking = await house.person("admin"), asyncio.Event(), list[int]()

    async def look_back(*_: object, **__: object) -> Look:
        looking.append(1)
        await free.wait()
        return Look((), None, False, None)

    monkeypatch.setattr(looks, "WAIT", 0.01)
    monkeypatch.setattr(LogReader, "look_back", look_back)
    asked = [asyncio.ensure_future(ada.client.get(PAGES[0])) for _ in range(10)]
    await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    assert await (await house.person()).is_in()
    assert (await ada.client.get(PAGES[1])).status_code == 503
    free.set()
    answers = await asyncio.gather(*asked)
    assert sorted(each.status_code for each in answers) == [200, 200, *[503] * 8]
    busy = next(each for each in answers if each.status_code == 503)
    assert "Others search here just now." in busy.text
    assert (busy.headers["retry-after"], len(looking)) == ("2", 2)


@pytest.mark.parametrize("page", PAGES)
async def test_nobody_looks_more_often_than_anybody_reads(house: ConsoleHouse, page: str) -> None:
    """Thirty times a minute, by account."""
    ada, bea = await house.person("admin"), await house.person("admin")
    answers = [(await ada.client.get(page)).status_code for _ in range(31)]
    assert answers == [*[200] * 30, 429]
    assert (await bea.client.get(page)).status_code == 200
