"""D410: is there a text that makes a pattern try again and again?

1. Runs of one character with a wrong end are sent, longer from step to step. As soon as a step takes noticeably longer
   than the plain request, no longer one is sent: nothing is brought to a standstill.
2. It counts where the time grows much faster than the text does: a shorter and a longer one are asked in turns, and
   the longer ones take several times as long as the shorter ones. In process the work is what counts.
"""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

from buckler.clock import processor_seconds
from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, aims_of
from buckler.drill.attacks.aiming.sending import fired, instead, is_firm
from buckler.drill.attacks.input.waiting import unmet
from buckler.drill.attacks.input.walk import finding, takes_text, walked
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D410",
    name="pattern that backtracks (ReDoS)",
    family="input",
    severity="medium",
    sends="Runs of one character with a wrong end, longer from step to step.",
    proves="A short text keeps a pattern, and with it the server, busy for as long as one likes.",
    cwe=(1333, 407),
    owasp=("API4",),
    asvs=("1.3.12",),
    fix="Bound the length first, and write the pattern so that one text matches it in one way, or use pydantic's.",
)
_LENGTHS: Final = (14, 20, 28, 40, 60, 90, 130, 200, 300, 600, 1200, 2400, 4800)
"""Steps so small that what was not noticed at one takes no more than a second or two at the next."""
_RUNS: Final = (("", "a", "!"), ("", "0", "!"), ("a", " ", "a"))
_RUN_OF_A_DOMAIN: Final = ("a@", "a", "!")
"""What stands before, what is repeated, and the end that fits nothing."""
Run = tuple[str, str, str]
Slots = tuple[Slot, ...]
_NOTICED: Final = 0.012
"""Seconds beyond the plain request that end the steps."""
_SLOW: Final = 0.03
_TOO_SLOW: Final = 0.025
"""Seconds beyond the plain request at which no longer text is tried, steep or not."""
_LEAST: Final = 0.015
"""Seconds beyond the plain request that the longer text takes at least."""
_FEW: Final = 3
_TURNS: Final = 6
_SQUARES: Final = 400
"""Characters from which on a pattern is noticed that tries again for each of them."""
_STEEP: Final = 2.0
"""Times as long, for a quarter more of text."""
_STEEP_SQUARE: Final = 2.8
"""Times as long, for twice the text."""


_STEEP_IN_NOISE: Final = 8.0
"""Times as long in the middle."""
UNSURE: Final = "unsure"
"""It takes noticeably longer, and whether that grows could not be seen."""
Grown = tuple[Exchange, Exchange] | Literal["unsure"] | None


async def _verdicts(on: Engagement) -> Verdicts:
    aims_of(on).unlooked = {each.key for each in on.routes}
    async for verdict in walked(on, _judge, takes_text):
        yield verdict
    aims_of(on).unlooked.clear()


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    known = aims_of(on)
    known.unlooked.discard(aim.route.key)
    for slots in await _groups(on, aim):
        places = {(aim.route.key, slot) for slot in slots}
        unsure = True  # and so it stays where this is cut
        try:
            looks = [each async for each in _looks(on, aim, slots)]
            unsure = any(each == UNSURE for each in looks)
        finally:
            known.doubted |= places if unsure else set()
        found = next((each for each in looks if isinstance(each, tuple)), None)
        if found is not None:
            words = f"The time grows faster than the text: {found[0].answer.seconds:.2f} s for a short one."
            yield finding(aim, words, found[0], slots[0], aim.control, found[1])
            known.slow |= places


async def _looks(on: Engagement, aim: Aim, slots: Slots) -> AsyncGenerator[Grown]:
    """What each kind of run shows, until one shows something."""
    for run in _runs(aim, slots):
        grown = await _grows(on, aim, slots, run)
        yield grown
        if isinstance(grown, tuple):
            return


async def _groups(on: Engagement, aim: Aim) -> list[tuple[Slot, ...]]:
    """The places of a body or a query, each alone. Where answers take long, as where a password is hashed, together."""
    slots = [slot for slot in aim.slots if slot.place not in ("header", "path")]
    slots = [slot for slot in slots if slot in aim.free or not await is_firm(on, aim, slot)]
    if not _takes_long(aim):
        return [(slot,) for slot in slots]
    others = tuple(slot for slot in slots if "pass" not in slot.name.lower())
    return [others] if others else []


def _takes_long(aim: Aim) -> bool:
    return aim.control.answer.seconds > _SLOW


def _runs(aim: Aim, slots: tuple[Slot, ...]) -> tuple[Run, ...]:
    if _takes_long(aim):
        return _RUNS[:1]
    return (*_RUNS, _RUN_OF_A_DOMAIN) if "mail" in slots[0].name.lower() else _RUNS


async def _grows(on: Engagement, aim: Aim, slots: Slots, run: Run) -> Grown:
    """The longer and the shorter text, where the time grows much faster than the length."""
    usual = await _fastest(on, aim, slots, run, 1)
    for length in _lengths(slots) if usual is not None else ():
        timed = await _timed(on, aim, slots, run, length)
        if timed is None or usual is None:
            return None
        if timed.seconds > usual.seconds + _NOTICED:
            again = await _fastest(on, aim, slots, run, length)
            beyond = 0.0 if again is None else again.seconds - usual.seconds
            steep = await _steep(on, aim, slots, run, _pair(length, beyond), usual) if beyond > _NOTICED else None
            if steep is not None or beyond > _TOO_SLOW:
                return steep or UNSURE
    return None


def _pair(length: int, beyond: float) -> tuple[int, int]:
    """A shorter and a longer text to compare; none is longer than this one where this one takes long already."""
    if length < _SQUARES:
        return (length * 3 // 4, length) if beyond > _TOO_SLOW else (length, length * 5 // 4)
    return (length // 2, length) if beyond > _TOO_SLOW else (length, length * 2)


async def _steep(
    on: Engagement, aim: Aim, slots: Slots, run: Run, pair: tuple[int, int], usual: "_Timed"
) -> tuple[Exchange, Exchange] | None:
    """Both, where the longer ones take several times as long as the shorter ones, asked in turns.

    By URL each of the longer ones as long as any of the shorter ones; beside other work, which makes single ones slow,
    where they do so by far in the middle, and each is the slower one. In process it is the work that is measured:
    other work only adds to it, now and then, so the least of each kind is what counts, and in doubt more are asked for.
    """
    shorter: list[_Timed] = []
    longer: list[_Timed] = []
    long: list[float] = []
    short: list[float] = []
    times = _STEEP if pair[1] < _SQUARES else _STEEP_SQUARE
    for _ in range(_TURNS):
        for length, several in zip(pair, (shorter, longer), strict=True):
            timed = await _timed(on, aim, slots, run, length)
            if timed is None:
                return None
            several.append(timed)
        long, short = ([each.seconds - usual.seconds for each in several] for several in (longer, shorter))
        if on.in_process and len(long) >= _FEW and _is_steep(long, short, times):
            return longer[-1].exchange, shorter[-1].exchange
        if min(long) <= (median(short) if on.in_process else max(short)):
            return None
    if on.in_process:
        return None
    steep = min(long) >= times * max(short) or median(long) >= _STEEP_IN_NOISE * median(short)
    return (longer[-1].exchange, shorter[-1].exchange) if steep and min(long) >= _LEAST else None


def _is_steep(long: list[float], short: list[float], times: float) -> bool:
    """Whether the least work of each kind grew so much, and no longer text was ever less work than shorter ones are."""
    return min(long) >= max(times * min(short), _LEAST) and min(long) > median(short)


async def _fastest(on: Engagement, aim: Aim, slots: Slots, run: Run, length: int) -> "_Timed | None":
    found = [await _timed(on, aim, slots, run, length) for _ in range(_FEW)]
    return min((each for each in found if each is not None), key=lambda each: each.seconds, default=None)


@dataclass(frozen=True, slots=True)
class _Timed:
    exchange: Exchange
    seconds: float
    """Of work where the app runs in this process, whatever else the machine does; else of waiting."""


async def _timed(on: Engagement, aim: Aim, slots: Slots, run: Run, length: int) -> _Timed | None:
    before, repeated, after = run
    began = processor_seconds()
    shot = await fired(on, aim, instead(f"{before}{repeated * length}{after}{unmet('{number}')}"), slots)
    worked = processor_seconds() - began
    if shot is None:
        return None
    return _Timed(shot.exchange, worked if on.in_process else shot.exchange.answer.seconds)


def _lengths(slots: Slots) -> Iterator[int]:
    longest = [slot.schema.get("maxLength") for slot in slots]
    most = min((each - 4 for each in longest if isinstance(each, int)), default=_LENGTHS[-1])
    return (length for length in _LENGTHS if length <= most)


ATTACK: Final = Attack(ABOUT, _verdicts)
