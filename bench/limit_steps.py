"""What counting in memory costs: time a step, bytes a key, and the longest single step (B4)."""

import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Final

from bench.budgets import Row
from bench.clock import quiet_garbage
from bench.spread import spread_of
from bench.steps import Step, Work, time_steps
from buckler.clock import SystemClock
from buckler.edge.counting import Counter, counter_of
from buckler.edge.quota_fields import Quota, limit_field
from buckler.edge.rates import Rate

RATE: Final = Rate.parse("1000000/minute")
EXACT: Final = Rate.parse("16/hour")
REFILLED: Final = Rate.parse("16/second")
TURNS: Final = 200
KEYS: Final = tuple(f"client 203.0.113.{number}" for number in range(64))
MANY: Final = 1_000_000
WEIGHED: Final = 200_000


class _Turned:
    """A clock that jumps a whole window ahead when told."""

    now = staticmethod(time.time)

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead


async def limit_rows(rounds: int) -> list[Row]:
    """The rows of B4."""
    steps = [
        Step("limit_step", "one count in memory", TURNS * len(KEYS), _counting(RATE)),
        Step("limit_exact", "the same in an exact window", TURNS * len(KEYS), _counting(REFILLED)),
        Step("limit_fields", "one count and its RateLimit field", TURNS * len(KEYS), _telling),
    ]
    costs = await time_steps(steps, rounds)
    stall, turn = _longest()
    return [
        *(Row(step.name, step.title, "us", spread_of(costs[step.name])) for step in steps),
        Row(
            "limit_bytes",
            f"memory a key at {WEIGHED:,} keys, the key's own text aside",
            "bytes",
            spread_of([_weigh(RATE, 1)]),
        ),
        Row("limit_bytes_exact", "the same where all 16 times are kept", "bytes", spread_of([_weigh(EXACT, 16)])),
        Row("limit_stall", f"the longest step on the way to {MANY:,} keys", "ms", spread_of([stall])),
        Row("limit_turn", "the longest step while all of them are dropped", "ms", spread_of([turn])),
    ]


def _counting(rate: Rate) -> Callable[[], Awaitable[Work]]:
    async def prepare() -> Work:
        counter = counter_of(rate, SystemClock())

        async def work() -> None:
            hit = counter.hit
            for _ in range(TURNS):
                for key in KEYS:
                    hit(key)

        return work

    return prepare


async def _telling() -> Work:
    counter, quota = counter_of(RATE, SystemClock()), Quota("1000000/minute", RATE)

    async def work() -> None:
        take = counter.take
        for _ in range(TURNS):
            for key in KEYS:
                limit_field(quota.left(take(key)))

    return work


def _weigh(rate: Rate, times: int) -> float:
    keys = [f"account {number:07}" for number in range(WEIGHED)]
    counter = counter_of(rate, SystemClock())
    tracemalloc.start()
    try:
        for key in keys:
            for _ in range(times):
                counter.hit(key)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return held / WEIGHED


def _longest() -> tuple[float, float]:
    """Milliseconds of the longest step while the counter fills, and while a new generation begins in every shard."""
    clock = _Turned()
    counter = counter_of(RATE, clock)
    with quiet_garbage():
        filling = _longest_of(counter, MANY)
        longest = 0.0
        for _ in range(2):
            clock.ahead += RATE.window
            longest = max(longest, _longest_of(counter, MANY // 10))
    return filling, longest


def _longest_of(counter: Counter, keys: int) -> float:
    hit, now, longest = counter.hit, time.thread_time_ns, 0
    for number in range(keys):
        key = f"account {number:07}"
        begin = now()
        hit(key)
        longest = max(longest, now() - begin)
    return longest / 1_000_000
