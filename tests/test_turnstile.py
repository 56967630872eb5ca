"""The turnstile keeps order between tasks, loops and the impatient."""

import asyncio
from threading import Thread

import pytest

from buckler.turnstile import NoTurn, Turnstile


async def test_no_more_than_its_slots_are_inside() -> None:
    """Of twenty tasks at a turnstile of three, never more than three are inside, and all pass."""
    turnstile, inside, most, passed = Turnstile(3), 0, 0, 0

    async def go() -> None:
        nonlocal inside, most, passed
        async with turnstile.turn():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            passed += 1

    await asyncio.gather(*(go() for _ in range(20)))
    assert (most, passed) == (3, 20)


async def test_first_come_is_first_served() -> None:
    """Waiters enter in the order in which they came."""
    turnstile, order = Turnstile(), list[int]()

    async def go(number: int) -> None:
        async with turnstile.turn():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(go(number) for number in range(10)))
    assert order == list(range(10))


async def test_whoever_has_waited_long_enough_is_told_and_blocks_nobody() -> None:
    """Its place in the queue is free; the next one enters."""
    turnstile, entered = Turnstile(), asyncio.Event()
    async with turnstile.turn():
        with pytest.raises(NoTurn, match=r"in 0\.01 s"):
            async with turnstile.turn(0.01):
                entered.set()
        waiter = asyncio.create_task(_pass(turnstile, entered))
        await asyncio.sleep(0)
    await asyncio.wait_for(waiter, 5)
    assert entered.is_set()
    async with turnstile.turn(0.0):
        pass


@pytest.mark.parametrize("handed_over", [False, True])
async def test_a_waiter_that_goes_away_blocks_nobody(handed_over: bool) -> None:
    """A task cancelled while it waits, or just as it was let in, leaves the slot to the next."""
    turnstile = Turnstile()
    holder, entered = turnstile.turn(), asyncio.Event()
    await holder.__aenter__()
    waiter = asyncio.create_task(_pass(turnstile, entered))
    await asyncio.sleep(0)
    if handed_over:
        await holder.__aexit__(None, None, None)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    if not handed_over:
        await holder.__aexit__(None, None, None)
    assert not entered.is_set()
    await asyncio.wait_for(_pass(turnstile, entered), 5)
    assert entered.is_set()


def test_loops_of_several_threads_share_it() -> None:
    """Four threads with a loop each count to a hundred together, and no step is lost."""
    turnstile, count = Turnstile(), 0

    async def go() -> None:
        nonlocal count
        for _ in range(25):
            async with turnstile.turn():
                seen = count
                await asyncio.sleep(0)
                count = seen + 1

    threads = [Thread(target=asyncio.run, args=(go(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert count == 100


async def _pass(turnstile: Turnstile, entered: asyncio.Event) -> None:
    async with turnstile.turn():
        entered.set()
