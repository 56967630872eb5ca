"""A step in the background ends as a whole."""

import asyncio

from buckler.recurring import Recurring


class Steps:
    """A step that waits to be let go on."""

    def __init__(self) -> None:
        self.begun, self.ended = 0, 0
        self.may_end = asyncio.Event()
        self.has_begun = asyncio.Event()

    async def take(self) -> None:
        self.begun += 1
        self.has_begun.set()
        await self.may_end.wait()
        self.ended += 1


async def test_the_step_under_way_is_taken_to_its_end() -> None:
    """And no other follows it."""
    steps = Steps()
    recurring = Recurring("steps", 0.0, steps.take)
    recurring.start()
    await asyncio.wait_for(steps.has_begun.wait(), 10)
    closing = asyncio.create_task(recurring.close())
    await asyncio.sleep(0)
    assert not closing.done()
    steps.may_end.set()
    await asyncio.wait_for(closing, 10)
    assert (steps.begun, steps.ended) == (1, 1)


async def test_before_its_time_comes_it_ends_at_once_and_may_begin_again() -> None:
    """A second end does nothing."""
    steps = Steps()
    recurring = Recurring("steps", 3600.0, steps.take)
    for _ in range(2):
        recurring.start()
        await asyncio.wait_for(recurring.close(), 10)
        await recurring.close()
    assert steps.begun == 0


def test_it_is_ended_from_another_event_loop() -> None:
    """As the test client of Starlette does."""
    recurring = Recurring("steps", 3600.0, asyncio.Event().wait)  # type: ignore[arg-type]  # it is never taken

    async def start() -> asyncio.Task[None]:
        recurring.start()
        assert recurring._task is not None
        return recurring._task

    with asyncio.Runner() as first:
        task = first.run(start())
        with asyncio.Runner() as second:
            second.run(recurring.close())
        first.run(asyncio.wait_for(asyncio.shield(task), 10))
    with asyncio.Runner() as third:
        third.run(recurring.close())
