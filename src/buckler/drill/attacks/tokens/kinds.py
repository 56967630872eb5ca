"""D207: is one kind of token taken for another?

1. A refresh token is shown where callers show theirs, and an access token is sent to the route that refreshes.
2. A code or token that a letter brought, for a reset or a sign-in by link, is shown there too, before it is used.
3. The controls: the genuine token of each kind does what it is for, and a made-up one is refused.
"""

import re
from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.arriving.asking import done, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.tokens.credentials import credential_of
from buckler.drill.attacks.tokens.forging import ANYTHING
from buckler.drill.attacks.tokens.probe import NOBODY, Stand, stand
from buckler.drill.attacks.tokens.refreshing import refreshing
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.fields import parts_of
from buckler.drill.people.handed import handed
from buckler.drill.people.post import NOT_FOUND, post_for
from buckler.drill.plan.route import Route
from buckler.drill.preparing.spare import NOBODY_AGAIN, with_session
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D207",
    name="kinds of tokens mixed up",
    family="tokens",
    severity="high",
    sends="A refresh token, or one out of a letter, as an access token; and an access token as a refresh token.",
    proves="A token for one purpose is good for another, with a longer life or from a less careful place.",
    cwe=(345, 863),
    owasp=("API2",),
    asvs=("9.2.2",),
    fix="Write the kind into the token (`typ`), keep kinds in tables of their own, and compare wherever one is read.",
)
_SENDS: Final = re.compile(r"magic|passwordless|forgot|reset|recover|verif|confirm|resend|link|invite", re.IGNORECASE)
_SHORTEST: Final = 16
"""Characters of a token; what is shorter is typed by people."""
_MOST: Final = 3


async def _verdicts(on: Engagement) -> Verdicts:
    who = new = await on.cast.newcomers.arrive()
    who = who or await with_session(on)
    fresh = credential_of(who) if who is not None else None
    if who is None or fresh is None:
        yield Untested(EVERYWHERE, NOBODY_AGAIN if who is None else NOBODY)
        return
    found = await stand(on, fresh)
    if isinstance(found, Untested):
        yield found
    elif found.takes_anything:
        yield Untested(EVERYWHERE, ANYTHING, who.name)
    else:
        yield await _as_access(on, found)
        yield await _as_refresh(on, found)
        async for verdict in _mailed(on, found) if new is not None else _not_mailed(on, found):
            yield verdict


async def _as_access(on: Engagement, found: Stand) -> Verdict:
    token, name = found.credential.who.tokens.get("refresh", ""), found.credential.who.name
    if not token or token == found.credential.token:
        return NotApplicable(EVERYWHERE, "signing in gives no refresh token", name)
    exchange = await found.probe.ask(on, found.credential.with_token(token, on.fresh_address()))
    words = "A refresh token is let in as an access token."
    return _verdict(found, exchange, words, EVERYWHERE, "refresh token")


async def _as_refresh(on: Engagement, found: Stand) -> Verdict:
    """The access token of a session at the refresh route, whose genuine token works there after it."""
    who = found.credential.who
    another = await on.cast.newcomers.sign_in(who) or who
    way = await refreshing(on, another)
    if isinstance(way, Untested):
        return NotApplicable(way.route, way.reason, who.name)
    how, control, _ = way
    key = how.step.route.key
    if another is who:
        return Untested(key, "there is no second session to try it with", who.name)
    exchange = await how.ask(on, who, found.credential.token)
    if exchange.answer.says_nothing:
        return Untested(key, "it met a limit, a failure, or no answer", who.name)
    if done(exchange.answer) and not handed(exchange.answer).is_nothing and how.way == "field":
        words = "An access token is taken as a refresh token, and gives another."
        return Finding(key, words, exchange, (control,), who.name, "access token")
    return Clean(key, who.name)


async def _mailed(on: Engagement, found: Stand) -> AsyncGenerator[Verdict]:
    who = found.credential.who
    address = who.account.email if who.account is not None else ""
    for step in _sending(on)[:_MOST]:
        key = _taking(on, step.route)
        if not on.may_send("POST") or not address or who.account is None:
            yield Untested(key, "no letter can be had", who.name)
            continue
        post = post_for(who.account, on.cast.letters, on.setting.logged)
        values: dict[Part, str] = {"name": who.account.name, "email": address}
        asking = await Knocking(on, step, "ask_reset").ask(values, without(who, on.fresh_address()))
        codes = [code for code in await post.codes() if len(code) >= _SHORTEST]
        if not done(asking.answer) or not codes:
            yield Untested(key, NOT_FOUND, who.name)
            continue
        for code in codes[:_MOST]:
            exchange = await found.show(on, code)
            words = "A token that a letter brought is let in as an access token."
            verdict = _verdict(found, exchange, words, key, "mailed token")
            yield verdict
            if isinstance(verdict, Finding):
                break


async def _not_mailed(on: Engagement, found: Stand) -> AsyncGenerator[Verdict]:
    """Nobody new can come: a letter would reach somebody who asked for none."""
    for step in _sending(on)[:_MOST]:
        yield Untested(
            _taking(on, step.route), "a letter is asked for by nobody but newcomers", found.credential.who.name
        )


def _sending(on: Engagement) -> list[Step]:
    """Routes that send a letter to whoever is named, and ask for nothing else."""
    entry = on.cast.entry
    known = [entry.ask_reset] if entry is not None and entry.ask_reset is not None else []
    taken = {step.route.key for step in known} | (entry.routes if entry is not None else frozenset[str]())
    for route in on.routes:
        if route.method != "POST" or route.params or route.key in taken or not _SENDS.search(route.path):
            continue
        parts = parts_of(route, on.setting.document.schemas, "ask_reset")
        if parts.keys() <= {"name", "email"} and parts and len(on.slots(route)) == len(parts):
            known.append(Step(route, parts))
    return known


def _taking(on: Engagement, asking: Route) -> str:
    """The route that takes what the letter brings, where it stands below; else the one that sends it."""
    entry = on.cast.entry
    known = entry.ask_reset if entry is not None else None
    if entry is not None and known is not None and entry.reset is not None and asking.key == known.route.key:
        return entry.reset.route.key
    below = (each for each in on.routes if each.method == "POST" and each.path.startswith(f"{asking.path}/"))
    return next((each.key for each in below), asking.key)


def _verdict(found: Stand, exchange: Exchange, words: str, route: str, place: str) -> Verdict:
    name = found.credential.who.name
    if exchange.answer.says_nothing:
        return Untested(route, "it met a limit, a failure, or no answer", name)
    if found.probe.lets_in(exchange.answer):
        return Finding(route, words, exchange, found.controls, name, place)
    return Clean(route, name)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
