"""Timing single steps that are too small to see in a request."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.clock import cpu_ns, quiet_garbage
from bench.spread import Spread, spread_of

Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of work done `count` times in one go. `prepare` is not timed and is called for every go.

    The loop around the step, some 0.03 us a turn, is counted as part of it.
    """

    name: str
    title: str
    count: int
    prepare: Callable[[], Awaitable[Work]]


async def time_steps(steps: Sequence[Step], rounds: int) -> Mapping[str, Sequence[float]]:
    """Microseconds of CPU time a turn, for each step and round; interleaved, one round thrown away."""
    costs: dict[str, list[float]] = {step.name: [] for step in steps}
    for number in range(-1, rounds):
        for step in steps:
            cost = await _time_once(step)
            if number >= 0:
                costs[step.name].append(cost)
    return costs


async def _time_once(step: Step) -> float:
    work = await step.prepare()
    with quiet_garbage():
        begin = cpu_ns()
        await work()
        spent = cpu_ns() - begin
    return spent / 1000 / step.count


def paired(own: Sequence[float], base: Sequence[float]) -> Spread:
    """The spread of the ratios, round by round."""
    return spread_of([mine / theirs for mine, theirs in zip(own, base, strict=True)])
