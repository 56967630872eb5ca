"""D302: does the time of an answer tell which accounts there are?

1. A wrong password is sent for accounts that are there and for names of their shape that nobody has, in turn, each from
   an address of its own, few for each account: what counts wrong passwords must not be what is measured.
2. A first round of a few pairs is judged by rank (Cliff's delta) and by size: the medians, and the least of each, to
   which a busy machine adds nothing. Only what stands out there is asked again, with other accounts and more pairs; it
   counts where both rounds say the same.
3. A limit met on the way leaves it untested.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from statistics import median
from typing import Final

from buckler.drill.arriving.asking import shown_by, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.accounts.doors import NO_SIGN_IN, NOBODY_NEW, nobody_like, steps_in, wrong_passwords
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Step
from buckler.drill.people.identity import Identity
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D302",
    name="accounts told by time",
    family="accounts",
    severity="medium",
    sends="Wrong passwords for accounts that are there and for some that are not, in turn.",
    proves="The time of an answer tells which names have accounts.",
    cwe=(208,),
    owasp=("API2",),
    asvs=("6.3.8",),
    fix="Hash the password against a made-up hash of the same cost where there is no account.",
)
_FEW: Final = 3
_MORE: Final = 5
"""Accounts of the two rounds, with two pairs for each."""
_OF_EACH: Final = 2
_EFFECT: Final = 0.6
_APART: Final = 0.005
"""Seconds between the medians, which a network does not hide from somebody patient."""
_FLOOR: Final = 0.001
_RATIO: Final = 1.5


@dataclass(frozen=True, slots=True)
class _Round:
    """Seconds for accounts that are there, and for some that are not."""

    there: tuple[Exchange, ...]
    nowhere: tuple[Exchange, ...]

    @property
    def effect(self) -> float:
        """Cliff's delta: from -1, where nobody takes longer each time, to 1, where those who are there do."""
        pairs = [(one.answer.seconds, two.answer.seconds) for one in self.there for two in self.nowhere]
        return sum((one > two) - (one < two) for one, two in pairs) / len(pairs)

    @property
    def medians(self) -> tuple[float, float]:
        """Of those who are there, and of the others."""
        return median(_seconds(self.there)), median(_seconds(self.nowhere))

    @property
    def stands_out(self) -> bool:
        """Whether the two differ by rank and by size; the least of each too, to which a busy machine adds nothing."""
        least = min(_seconds(self.there)), min(_seconds(self.nowhere))
        same_way = (least[0] > least[1]) == (self.medians[0] > self.medians[1])
        return abs(self.effect) >= _EFFECT and same_way and all(map(_is_far, (self.medians, least)))


def _seconds(several: tuple[Exchange, ...]) -> list[float]:
    return [each.answer.seconds for each in several]


def _is_far(two: tuple[float, float]) -> bool:
    less, more = sorted(two)
    return more - less > _APART or (more - less > _FLOOR and more > _RATIO * less)


async def _verdicts(on: Engagement) -> Verdicts:
    steps = steps_in(on)
    if not steps:
        yield Untested(EVERYWHERE, NO_SIGN_IN)
    for step in steps:
        yield await _judge(on, step)


async def _judge(on: Engagement, step: Step) -> Verdict:
    first = await _round(on, step, _FEW)
    if isinstance(first, Untested):
        return first
    if not first.stands_out:
        return Clean(step.route.key)
    second = await _round(on, step, _MORE)
    if isinstance(second, Untested):
        return second
    if not second.stands_out or (first.effect > 0) != (second.effect > 0):
        return Clean(step.route.key)
    there, nowhere = (1000 * each for each in second.medians)
    words = (
        f"A wrong password takes {there:.1f} ms where there is an account, and {nowhere:.1f} ms where there is none."
    )
    return Finding(step.route.key, words, second.there[-1], (second.nowhere[-1],))


async def _round(on: Engagement, step: Step, accounts: int) -> _Round | Untested:
    door, key = Knocking(on, step, "sign_in", patient=False), step.route.key
    there, nowhere = list[Exchange](), list[Exchange]()
    # Before anything is measured: making an account is work, of which something may be left for the next request.
    newcomers = [who async for who in _newcomers(on, accounts)]
    for who in newcomers:
        if not there and who.account is not None:
            # The first of all may have to open what the others find open.
            await door.ask(shown_by(nobody_like(who.account), "never mind"), without(who, on.fresh_address()))
        for number, one, two in await _pairs(on, door, who):
            there.append(one)
            nowhere.append(two)
            if any(each.answer.limited or each.answer.broke for each in (one, two)):
                return Untested(key, f"a limit was met at the {number}. wrong password, or no answer came")
    if not there:
        return Untested(key, NOBODY_NEW)
    if {each.answer.meant for each in there} != {each.answer.meant for each in nowhere}:
        return Untested(key, "the status tells it already, so the time was not measured")
    return _Round(tuple(there), tuple(nowhere))


async def _newcomers(on: Engagement, several: int) -> AsyncGenerator[Identity]:
    for _ in range(several):
        who = await on.cast.newcomers.arrive()
        if who is None:
            return
        yield who


async def _pairs(on: Engagement, door: Knocking, who: Identity) -> list[tuple[int, Exchange, Exchange]]:
    found, account = list[tuple[int, Exchange, Exchange]](), who.account
    if account is None:
        return found
    for number, wrong in zip(range(1, _OF_EACH + 1), wrong_passwords(account), strict=False):
        both = [account, nobody_like(account, number)]
        turn = both if number % 2 else both[::-1]
        seen = [await door.ask(shown_by(each, wrong), without(who, on.fresh_address())) for each in turn]
        one, two = seen if number % 2 else seen[::-1]
        found.append((number, one, two))
    return found


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True, signs_in=True)
