"""D209: does a refresh token work that was used before?

1. Somebody new refreshes twice, with the next token each time. Then the first token is sent again. That it was used
   and followed is the point: the one before the last may stand in for a moment, so that two tabs do not part ways.
2. It counts where it gives another token. Where it is refused, the newest token has to be over as well: one of the two
   who have them is a thief, and nobody knows which. That it lives on is a finding of low weight.
3. Where the same token is taken each time and no other is given, it counts with low weight.
4. The control: both refreshes worked.
"""

from typing import Final

from buckler.drill.arriving.asking import done
from buckler.drill.attack import About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.tokens.refreshing import Refreshing, keep, next_of, refreshing
from buckler.drill.engagement import Engagement
from buckler.drill.people.handed import handed
from buckler.drill.people.identity import Identity
from buckler.drill.preparing.spare import NOBODY_AGAIN, with_session
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D209",
    name="refresh token used again",
    family="tokens",
    severity="high",
    sends="A refresh token that was used, after its successor was used too.",
    proves="A copy of a refresh token is good beside its owner's, and nobody notices.",
    cwe=(294, 613),
    owasp=("API2",),
    asvs=("10.4.5", "10.4.8"),
    fix="Give a new refresh token each time, refuse the old one, and end the whole family when an old one comes back.",
)


async def _verdicts(on: Engagement) -> Verdicts:
    who = await with_session(on)
    if who is None:
        yield Untested("*", NOBODY_AGAIN)
        return
    yield await _judge(on, who)


async def _judge(on: Engagement, who: Identity) -> Verdict:
    first = await refreshing(on, who)
    if isinstance(first, Untested):
        return first
    way, exchange, given = first
    old, second = who.tokens["refresh"], next_of(given)
    key = way.step.route.key
    if not second or second == old:
        return await _unchanged(on, who, way, exchange)
    then = await way.ask(on, who, second)
    given = handed(then.answer)
    keep(on, given)
    if not done(then.answer) or given.is_nothing:
        return Untested(key, f"the second refresh did not work: {then.answer.outcome}", who.name)
    replayed = await way.ask(on, who, old)
    if replayed.answer.unheard:
        return Untested(key, "the replay met a limit, or no answer", who.name)
    if done(replayed.answer) and not handed(replayed.answer).is_nothing:
        keep(on, handed(replayed.answer))
        words = "A refresh token that was used two refreshes ago gives another token."
        return Finding(key, words, replayed, (exchange, then), who.name)
    return await _descendant(on, who, way, next_of(given) or second, (exchange, then, replayed))


async def _unchanged(on: Engagement, who: Identity, way: Refreshing, exchange: Exchange) -> Verdict:
    again = await way.ask(on, who, who.tokens["refresh"])
    if not done(again.answer) or handed(again.answer).is_nothing:
        return Clean(way.step.route.key, who.name)
    keep(on, handed(again.answer))
    words = "The same refresh token works again and again, and no other is given: a copy of it is never noticed."
    return Finding(way.step.route.key, words, again, (exchange,), who.name, severity="low")


async def _descendant(
    on: Engagement, who: Identity, way: Refreshing, newest: str, before: tuple[Exchange, ...]
) -> Verdict:
    """Whether what came of the token lives on after the replay."""
    after = await way.ask(on, who, newest)
    if done(after.answer) and not handed(after.answer).is_nothing:
        keep(on, handed(after.answer))
        words = "The replay of a used refresh token is refused, and what came of that token works on."
        return Finding(way.step.route.key, words, after, before, who.name, severity="low")
    return Clean(way.step.route.key, who.name)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
