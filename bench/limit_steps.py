"""What counting in memory costs: time a step, bytes a key, and the longest single step (B4)."""

import time
import tracemalloc
from typing import Final

from bench.budgets import Row
from bench.clock import quiet_garbage
from bench.spread import spread_of
from bench.steps import Step, Work, time_steps
from buckler.clock import SystemClock
from buckler.edge.rates import Counter, Rate

RATE: Final = Rate.parse("1000000/minute")
TURNS: Final = 200
KEYS: Final = tuple(f"client 203.0.113.{number}" for number in range(64))
MANY: Final = 1_000_000
WEIGHED: Final = 200_000


async def limit_rows(rounds: int) -> list[Row]:
    """The three rows of B4."""
    step = Step("limit_step", "one count in memory", TURNS * len(KEYS), _counting)
    costs = await time_steps([step], rounds)
    return [
        Row(step.name, step.title, "us", spread_of(costs[step.name])),
        Row(
            "limit_bytes", f"memory a key at {WEIGHED:,} keys, the key's own text aside", "bytes", spread_of([_weigh()])
        ),
        Row("limit_stall", f"the longest step on the way to {MANY:,} keys", "ms", spread_of([_longest()])),
    ]


async def _counting() -> Work:
    counter = Counter(RATE, SystemClock())

    async def work() -> None:
        hit = counter.hit
        for _ in range(TURNS):
            for key in KEYS:
                hit(key)

    return work


def _weigh() -> float:
    keys = [f"account {number:07}" for number in range(WEIGHED)]
    counter = Counter(RATE, SystemClock())
    tracemalloc.start()
    try:
        for key in keys:
            counter.hit(key)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return held / WEIGHED


def _longest() -> float:
    hit = Counter(RATE, SystemClock()).hit
    now = time.thread_time_ns
    longest = 0
    with quiet_garbage():
        for number in range(MANY):
            key = f"account {number:07}"
            begin = now()
            hit(key)
            longest = max(longest, now() - begin)
    return longest / 1_000_000
