"""Work that costs a core runs aside, bounded, whatever loop asks."""

import asyncio
from threading import Event, get_ident

import pytest

from buckler.identity.passwords.shedding import Busy, Shedding
from buckler.identity.passwords.workbench import Workbench, cores
from tests.waiting import wait_until_async


async def test_work_runs_in_another_thread_and_its_error_comes_back() -> None:
    """The result and the exception of the work reach whoever asked."""
    bench = Workbench(None)
    assert await bench.run(get_ident) != get_ident()
    with pytest.raises(ZeroDivisionError):
        await bench.run(lambda: 1 // 0)
    bench.close()


def test_each_loop_may_ask() -> None:
    """One workbench serves loop after loop, also after it was closed."""
    bench = Workbench(Shedding(1))

    async def ask() -> int:
        return await bench.run(lambda: 7)

    assert [asyncio.run(ask()) for _ in range(3)] == [7, 7, 7]
    bench.close()
    assert asyncio.run(ask()) == 7
    bench.close()


async def test_no_more_threads_than_cores() -> None:
    """However much is asked at once, the work is done by one thread a core."""
    bench, started = Workbench(None), Event()
    found = set(await asyncio.gather(*(bench.run(lambda: started.wait(0.001) or get_ident()) for _ in range(40))))
    bench.close()
    assert 1 <= len(found) <= cores()


async def test_a_place_is_free_when_the_work_ends_not_when_its_waiter_goes() -> None:
    """Whoever gives up frees nothing while a thread still works for it, and all of it once the thread is done."""
    bench, release = Workbench(Shedding(1), threads=1), Event()
    waiter = asyncio.create_task(bench.run(lambda: release.wait(30)))
    await wait_until_async(lambda: bench.begun == 1)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    with pytest.raises(Busy):
        await bench.run(lambda: None)
    release.set()
    assert await _soon(bench) == 7
    bench.close()


async def test_work_that_nobody_waits_for_is_not_begun() -> None:
    """A request that goes away while it queues costs no hash, and its place is free."""
    bench, release = Workbench(Shedding(2), threads=1), Event()
    first = asyncio.create_task(bench.run(lambda: release.wait(30)))
    second = asyncio.create_task(bench.run(lambda: pytest.fail("nobody waits for this")))
    await wait_until_async(lambda: bench.begun == 1)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    release.set()
    assert await first is True
    assert await _soon(bench) == 7
    assert bench.begun == 2
    bench.close()


async def _soon(bench: Workbench) -> int:
    """Ask until there is a place: the thread gives it back a moment after its result."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await bench.run(lambda: 7)
            except Busy:
                await asyncio.sleep(0)
