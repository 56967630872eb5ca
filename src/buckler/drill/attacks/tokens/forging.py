"""Tokens that nobody issued, shown one after the other; and the verdict on what became of them."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import EVERYWHERE, Clean, Finding, NotApplicable, Severity, Untested, Verdict, Verdicts
from buckler.drill.attacks.tokens.credentials import credentials
from buckler.drill.attacks.tokens.probe import NOBODY, Stand, stands
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.compact import Compact

OPAQUE: Final = "what callers show is no token of three parts"
ANYTHING: Final = "whatever is shown is let in, also what is made up"


@dataclass(frozen=True, slots=True)
class Forged:
    """One of them, and how it was made."""

    words: str
    """`signed with nothing, and alg none`."""
    token: str


Judge = Callable[[Engagement, Stand, Compact], Awaitable[Verdict]]


async def each_stand(on: Engagement, judge: Callable[[Engagement, Stand], Awaitable[Verdict]]) -> Verdicts:
    """The verdicts of an attack, for each kind of token that callers show."""
    several = await stands(on, credentials(on))
    if not several:
        yield Untested(EVERYWHERE, NOBODY)
    for found in several:
        yield found if isinstance(found, Untested) else await judge(on, found)


def each_signed(on: Engagement, judge: Judge) -> Verdicts:
    """The verdicts of an attack on tokens of three parts, for each kind of token that callers show."""

    async def judge_parts(on: Engagement, found: Stand) -> Verdict:
        parts, name = found.credential.parts, found.credential.who.name
        if parts is None:
            return NotApplicable(EVERYWHERE, OPAQUE, name)
        if found.takes_anything:
            return Untested(EVERYWHERE, ANYTHING, name)
        return await judge(on, found, parts)

    return each_stand(on, judge_parts)


async def judged(on: Engagement, found: Stand, forged: Iterable[Forged], severity: Severity | None = None) -> Verdict:
    """Show them all. One finding, whatever the number that is let in."""
    name, several = found.credential.who.name, tuple(forged)
    taken: list[tuple[Forged, Exchange]] = []
    unclear = 0
    for each in several:
        exchange = await found.show(on, each.token)
        if found.probe.lets_in(exchange.answer):
            taken.append((each, exchange))
        unclear += exchange.answer.says_nothing
    if taken:
        words = f"A token that nobody issued is let in: {'; '.join(each.words for each, _ in taken)}."
        return Finding(EVERYWHERE, words, taken[0][1], found.controls, name, found.credential.kind, severity)
    if unclear:
        return Untested(
            EVERYWHERE, f"{unclear} of {len(several)} made-up tokens met a limit, a failure, or no answer", name
        )
    return Clean(EVERYWHERE, name)
