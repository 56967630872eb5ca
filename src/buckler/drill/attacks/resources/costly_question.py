"""D504: is there a number that multiplies the work?

1. A number called like days, depth or iterations grows in steps so small that none takes long, up to what the schema
   allows. In process the work of the processor is measured, by URL the time.
2. It counts where the work of one answer is noticed, twice, and is ten times that of a number a hundred times smaller
   (or of one), each measured three times in turns: the least of the larger against the greatest of the smaller.
3. The control is the request with the smaller number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from buckler.clock import SystemClock
from buckler.drill.attack import About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, served
from buckler.drill.attacks.aiming.sending import Stopped, renewed, send
from buckler.drill.attacks.resources.numbers import maximum_of, numbers_judged
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route, Slot
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D504",
    name="costly question",
    family="resources",
    severity="medium",
    sends="A number that grows in small steps, up to a million or what the schema allows.",
    proves="One number in a small request keeps the server busy for as long as one likes.",
    cwe=(770, 407),
    owasp=("API4",),
    asvs=("2.2.1", "15.1.3"),
    fix="Give the parameter a maximum at which the work is still small, as in `Query(ge=1, le=90)`.",
)
_MULTIPLIES: Final = re.compile(
    r"(^|_)(days?|weeks?|months?|years?|hours?|depth|levels?|iterations?|rounds?|repeat(s|_count)?|times|loops?|steps?"
    r"|width|height|rows?|columns?|samples?|simulations?|precision|digits|generations?|degree|size|length|n)$",
    re.IGNORECASE,
)
_STEPS: Final = (1, 2, 4, 6, 8, 10, 13, 16, 19, 22, 25, 28, 32)
_MOST: Final = 1_000_000
_NOTICED: Final = 0.1
"""Seconds beyond the first answer that end the steps: the next one would take at most some times as long."""
_TOO_MUCH: Final = 0.5
"""Seconds of one answer at which no larger number is tried."""
_LEAST: Final = 0.04
_TEN: Final = 10


@dataclass(frozen=True, slots=True)
class _Measured:
    """An answer, and what it cost."""

    exchange: Exchange
    seconds: float


def _verdicts(on: Engagement) -> Verdicts:
    return numbers_judged(on, _multiplies, _judge, "no number of it is called like one that multiplies the work")


def _multiplies(_route: Route, slot: Slot) -> bool:
    return bool(_MULTIPLIES.search(slot.name))


async def _judge(on: Engagement, aim: Aim, slot: Slot) -> Verdict:
    try:
        return await _grown(on, aim, slot)
    except Stopped as why:
        return Untested(aim.route.key, str(why), aim.who.name)


async def _grown(on: Engagement, aim: Aim, slot: Slot) -> Verdict:
    """What comes of larger and larger numbers, up to what is taken or costs too much to go on."""
    clean = Clean(aim.route.key, aim.who.name)
    usual: float | None = None
    for value in steps(maximum_of(on, slot)):
        measured = await _measured(on, aim, slot, value)
        if not served(measured.exchange.answer):
            if usual is None:
                continue
            return clean
        usual = measured.seconds if usual is None else min(usual, measured.seconds)
        if measured.seconds <= usual + _NOTICED:
            continue
        # What was late once, beside other work or since it was the first of its kind, is not what the number costs.
        again = min(measured, await _measured(on, aim, slot, value), key=_cost)
        found = await _compared(on, aim, slot, value) if again.seconds > usual + _NOTICED else None
        if found is not None:
            return _finding(aim, slot, value, *found)
        if again.seconds > _TOO_MUCH:
            why = f"{slot.name}={value:,} costs {again.seconds:.2f} s, and whether that grows could not be seen"
            return Untested(aim.route.key, why, aim.who.name)
    return clean


def _finding(aim: Aim, slot: Slot, value: int, less: _Measured, more: _Measured) -> Finding:
    words = f"{slot.name}={value:,} costs {more.seconds:.2f} s, and {max(less.seconds, 0.001):.3f} s a smaller one."
    return Finding(aim.route.key, words, more.exchange, (less.exchange,), aim.who.name, str(slot))


async def _compared(on: Engagement, aim: Aim, slot: Slot, value: int) -> tuple[_Measured, _Measured] | None:
    """The smaller and the larger number, where the larger one costs ten times as much."""
    larger: list[_Measured] = []
    smaller: list[_Measured] = []
    for _ in range(3):  # In turns: what else the machine does is then beside both of them.
        larger.append(await _measured(on, aim, slot, value))
        smaller.append(await _measured(on, aim, slot, max(1, value // 100)))
    if not all(served(each.exchange.answer) for each in (*larger, *smaller)):
        return None
    more, less = min(larger, key=_cost), max(smaller, key=_cost)
    return (less, more) if more.seconds > _LEAST and more.seconds >= _TEN * less.seconds else None


def steps(most: int | None) -> Iterator[int]:
    """Numbers from one to the most that is allowed: first so that not even doubling with each hurts, then doubled."""
    limit = _MOST if most is None else min(most, _MOST)
    value = 0
    for value in _STEPS:
        if value > limit:
            return
        yield value
    while value < limit:
        value = min(2 * value, limit)
        yield value


async def _measured(on: Engagement, aim: Aim, slot: Slot, value: int) -> _Measured:
    draft = (await renewed(on, aim)).put(slot, value)
    before = SystemClock.processor()
    exchange = await send(on, aim, draft)
    spent = SystemClock.processor() - before if on.in_process else exchange.answer.seconds
    return _Measured(exchange, spent)


def _cost(measured: _Measured) -> float:
    return measured.seconds


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
