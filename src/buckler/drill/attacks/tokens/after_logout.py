"""D208: is a token let in after its owner signed out?

1. Somebody new signs in, is let in, signs out, and shows the same again: the access token, the cookie of the session,
   and the refresh token where there is one. Where one may come in with cookies or with a token, both are asked.
2. The same where one signs out everywhere at once, if there is such a route beside.
3. The controls: the token was let in before, and signing out was answered as done.
"""

import re
from dataclasses import replace
from typing import Final

from buckler.drill.arriving.asking import asked, done
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.tokens.probe import probe_for
from buckler.drill.attacks.tokens.refreshing import Refreshing, keep, next_of, refreshing
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Step
from buckler.drill.people.handed import Handed, handed
from buckler.drill.people.identity import Identity
from buckler.drill.preparing.spare import NOBODY_AGAIN, with_session
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D208",
    name="alive after logout",
    family="tokens",
    severity="medium",
    sends="The token or cookie of a session after it was signed out.",
    proves="Signing out ends nothing: who has a copy of the token goes on.",
    cwe=(613,),
    owasp=("API2",),
    asvs=("7.4.1",),
    fix="End the session where it is kept, and refuse access tokens of a session that ended.",
)
_NOBODY: Final = "nobody new can come, and this would end every session of somebody who is needed"
_EVERYWHERE: Final = re.compile(
    r"(log|sign)[-_]?(out|off)[-_/]?(all|everywhere)|(all|everywhere)[-_/]?(log|sign)[-_]?out", re.IGNORECASE
)
_NO_DOOR: Final = "the target has no route that was found to sign out"


async def _verdicts(on: Engagement) -> Verdicts:
    step = on.cast.entry.logout if on.cast.entry is not None else None
    if step is None:
        yield Untested(EVERYWHERE, _NO_DOOR)
        return
    if not on.may_send(step.route.method):
        yield Untested(step.route.key, f"{step.route.method} changes something, and --writes was not given")
        return
    kinds: set[bool] = set()
    for in_browser in (False, True):
        who = await with_session(on, in_browser=in_browser)
        if who is None:
            yield Untested(step.route.key, NOBODY_AGAIN)
            return
        if who.by_cookie not in kinds:
            kinds.add(who.by_cookie)
            yield await _judge(on, step, who)
    for other in _everywhere(on, step):
        somebody = await on.cast.newcomers.arrive()
        yield Untested(other.route.key, _NOBODY) if somebody is None else await _judge(on, other, somebody)


def _everywhere(on: Engagement, step: Step) -> tuple[Step, ...]:
    """Where one signs out of all sessions at once."""
    found = (each for each in on.routes if each.method == "POST" and not each.params and each != step.route)
    return tuple(replace(step, route=each) for each in found if _EVERYWHERE.search(each.path))


async def _judge(on: Engagement, step: Step, who: Identity) -> Verdict:
    key, probe = step.route.key, await probe_for(on, who)
    if isinstance(probe, Untested):
        return probe
    way = await _way(on, who)
    before = await probe.ask(on, who)
    if not probe.lets_in(before.answer):
        return Untested(key, f"who signed in just now is not let in: {before.answer.outcome}", who.name)
    refresh = "" if way is None else next_of(way[1]) or who.tokens.get("refresh", "")
    out = await asked(on, step, {"refresh": refresh}, who)
    if not done(out.answer):
        return Untested(key, f"signing out did not work: {out.answer.outcome}", who.name)
    after = await probe.ask(on, who)
    if probe.lets_in(after.answer):
        words = "What was shown before signing out is let in after it."
        return Finding(key, words, after, (before, out), who.name, "cookie" if who.by_cookie else "access token")
    if after.answer.says_nothing:
        return Untested(key, f"what was shown before it was not seen to be refused: {after.answer.outcome}", who.name)
    return await _refreshed(on, key, way[0], who, refresh, (before, out)) if way is not None else Clean(key, who.name)


async def _way(on: Engagement, who: Identity) -> tuple[Refreshing, Handed] | None:
    """How one refreshes here, found with the token of `who`, which gives the next one; None where nothing shows it."""
    found = await refreshing(on, who) if who.tokens.get("refresh") else None
    return None if found is None or isinstance(found, Untested) else (found[0], found[2])


async def _refreshed(
    on: Engagement, key: str, way: Refreshing, who: Identity, token: str, before: tuple[Exchange, ...]
) -> Verdict:
    after = await way.ask(on, who, token)
    if done(after.answer) and not handed(after.answer).is_nothing:
        keep(on, handed(after.answer))
        words = "The refresh token of a session gives another token after that session was signed out."
        return Finding(key, words, after, before, who.name, "refresh token")
    return Clean(key, who.name)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
