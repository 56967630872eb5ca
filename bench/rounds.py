"""Interleaved batches: every round times every subject once, each round begins with another one.

A ratio pairs a subject with the bare app *of the same round*, so that a machine which turns slow
for a minute slows both. The order moves by one place each round, so nobody always runs first.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.clock import cpu_ns, quiet_garbage
from bench.exchange import Answer
from bench.spread import Spread, spread_of
from bench.subject import Subject

WARM_UP = 2
"""Rounds that are driven and thrown away."""
_SETTLING = 0.02
"""Seconds for what apps do by the clock. Left until it is overdue, that of all apps would fall on one batch."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What one subject cost, against the bare app and in microseconds a request."""

    ratio: Spread
    microseconds: Spread


async def time_rounds(
    subjects: Sequence[Subject], rounds: int, batch: int, tell: Callable[[int], None]
) -> Mapping[str, Timing]:
    """Time every subject; each ratio is to the cost of the subject named in `against`."""
    costs: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    for number in range(-WARM_UP, rounds):
        tell(max(number, 0))
        for subject in _rotated(subjects, number):
            cost = await time_batch(subject, batch)
            if number >= 0:
                costs[subject.name].append(cost)
    return {subject.name: _timing(costs[subject.name], costs[subject.against]) for subject in subjects}


async def time_batch(subject: Subject, batch: int) -> float:
    """Microseconds of CPU time a request, over `batch` requests of which each was answered right."""
    calls = [subject.calls[number % len(subject.calls)] for number in range(batch)]
    scopes = [call.request.scope() for call in calls]
    answers = [Answer(call.request.body) for call in calls]
    app = subject.app
    await asyncio.sleep(_SETTLING)
    with quiet_garbage():
        begin = cpu_ns()
        for scope, answer in zip(scopes, answers, strict=True):
            await app(scope, answer.receive, answer.send)
        spent = cpu_ns() - begin
    for call, answer in zip(calls, answers, strict=True):
        subject.judge(call, answer)
    return spent / 1000 / batch


def _rotated(subjects: Sequence[Subject], number: int) -> list[Subject]:
    turn = number % len(subjects)
    return [*subjects[turn:], *subjects[:turn]]


def _timing(own: Sequence[float], bare: Sequence[float]) -> Timing:
    return Timing(spread_of([mine / base for mine, base in zip(own, bare, strict=True)]), spread_of(own))
