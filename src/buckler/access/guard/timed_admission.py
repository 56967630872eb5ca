"""The time that a request spends at the door of its route, measured while somebody collects it."""

from collections.abc import Awaitable

from buckler.access.guard.guard import Admit, Post
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.metrics import Tally
from buckler.metrics.instruments import GUARD_TIME, ONE_IN


def timed(admit: Admit, tally: Tally, clock: Clock) -> Admit:
    """`admit`, with a watch around it for one request in `ONE_IN`: what it waits for counts too."""
    now, count = clock.monotonic, 0

    def admitted(exchange: Exchange, post: Post) -> bool | Awaitable[bool]:
        nonlocal count
        count += 1
        if count % ONE_IN != 1:
            return admit(exchange, post)
        begun = now()
        outcome = admit(exchange, post)
        if not isinstance(outcome, bool):
            return waited(begun, outcome)
        tally.note(GUARD_TIME, now() - begun)
        return outcome

    async def waited(begun: float, outcome: Awaitable[bool]) -> bool:
        try:
            return await outcome
        finally:
            tally.note(GUARD_TIME, now() - begun)

    return admitted
