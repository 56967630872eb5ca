"""D211: is a token let in after the password was changed, or after the account was switched off or removed?

1. Somebody new has two sessions and changes the password in one. The other, which may be a thief's, has to end, and
   its refresh token with it. The controls: it was let in before, and the new password signs in.
2. Who was switched off before the drill shows a token. An administrator switches somebody new off, or removes him; and
   somebody new removes the own account. The controls: the token was let in before, and signing in is refused after.
   Where an administrator ends all sessions of an account, its token has to end as well.
3. Somebody new exchanges a key for another, where a route is there for that. The control: the new one is let in.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Final

from buckler.drill.arriving.asking import asked, done
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.tokens.credentials import credential_of
from buckler.drill.attacks.tokens.endings import Ending, endings, hired
from buckler.drill.attacks.tokens.exchanged_keys import exchanged, exchanges
from buckler.drill.attacks.tokens.probe import Probe, probe_for
from buckler.drill.attacks.tokens.refreshing import keep, refreshing
from buckler.drill.drafting.made_up import made_up
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.identity import Account, Identity
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.secrets import label

ABOUT: Final = About(
    id="D211",
    name="alive after a change of the account",
    family="tokens",
    severity="high",
    sends="The token of another session after a change of the password, and that of an account that is gone.",
    proves="Whoever stole a token, or was thrown out, goes on as before.",
    cwe=(613,),
    owasp=("API2",),
    asvs=("7.4.2", "7.4.3"),
    fix="End every other session of the account when its password changes, and all of them when it is switched off.",
)


async def _verdicts(on: Engagement) -> Verdicts:
    yield await _changed(on)
    if on.cast.disabled is not None:
        yield await _shown(on, on.cast.disabled)
    async for verdict in _ended(on):
        yield verdict
    of_key = await _exchanged(on)
    if of_key is not None:
        yield of_key


async def _changed(on: Engagement) -> Verdict:
    step = on.cast.entry.change_password if on.cast.entry is not None else None
    if step is None:
        return Untested(EVERYWHERE, "the target has no route that was found to change a password")
    key, who = step.route.key, await on.cast.newcomers.arrive()
    other = await on.cast.newcomers.sign_in(who) if who is not None else None
    if who is None or who.account is None or other is None:
        return Untested(key, "nobody new can come, with two sessions")
    probe = await probe_for(on, who)
    if isinstance(probe, Untested):
        return probe
    before = await probe.ask(on, other)
    if not probe.lets_in(before.answer) or not probe.lets_in((await probe.ask(on, who)).answer):
        return Untested(key, "two sessions of one account do not live beside each other", who.name)
    password = made_up(who.account.password)
    on.secrets.keep(password, f"NEW_PASSWORD_{label(who.name)}")
    out = await _change(on, step, who, who.account, password)
    renewed = replace(who, account=replace(who.account, password=password))
    if not done(out.answer) or await on.cast.newcomers.sign_in(renewed) is None:
        return Untested(key, f"the password could not be changed: {out.answer.outcome}", who.name)
    after = await probe.ask(on, other)
    if probe.lets_in(after.answer):
        words = "Another session of the account is let in after its password was changed."
        return Finding(key, words, after, (before, out), who.name, "access token")
    if after.answer.says_nothing:
        return Untested(key, f"what the other session is worth after it was not seen: {after.answer.outcome}", who.name)
    return await _refresh_after(on, key, other, (before, out))


async def _change(on: Engagement, step: Step, who: Identity, account: Account, password: str) -> Exchange:
    values: dict[Part, str] = {
        "name": account.name,
        "email": account.email or account.name,
        "password": account.password if "new_password" in step.fields else password,
        "new_password": password,
        "password_again": password,
    }
    return await asked(on, step, values, who)


async def _refresh_after(on: Engagement, key: str, other: Identity, before: tuple[Exchange, ...]) -> Verdict:
    found = await refreshing(on, other) if other.tokens.get("refresh") else None
    if found is None or isinstance(found, Untested):
        return Clean(key, other.name)
    keep(on, found[2])
    words = "The refresh token of another session gives another token after the password was changed."
    return Finding(key, words, found[1], before, other.name, "refresh token")


async def _shown(on: Engagement, disabled: Identity) -> Verdict:
    live = next((each for each in on.cast.people if each.role == disabled.role), None)
    live = live or next(iter(on.cast.people), None)
    probe = await probe_for(on, live) if live is not None else Untested(EVERYWHERE, "nobody is there to compare with")
    if isinstance(probe, Untested):
        return probe
    exchange = await probe.ask(on, disabled)
    if exchange.answer.says_nothing:
        return Untested(EVERYWHERE, "it met a limit, a failure, or no answer", disabled.name)
    if not probe.lets_in(exchange.answer):
        return Clean(EVERYWHERE, disabled.name)
    words = "The token of an account that was switched off is let in."
    return Finding(EVERYWHERE, words, exchange, (probe.good, probe.refused), disabled.name)


async def _exchanged(on: Engagement) -> Verdict | None:
    route = exchanges(on)
    who = (await on.cast.newcomers.arrive() or await hired(on)) if route is not None else None
    shown = credential_of(who) if who is not None else None
    if route is None or shown is None or shown.kind != "key":
        return None
    return await exchanged(on, route, shown)


async def _ended(on: Engagement) -> AsyncGenerator[Verdict]:
    for ending in endings(on):
        victim = await on.cast.newcomers.arrive() or await hired(on)
        if victim is None or victim.account is None:
            yield Untested(ending.route.key, "nobody new can come, to be switched off or removed")
            return
        probe = await probe_for(on, victim)
        yield probe if isinstance(probe, Untested) else await _end(on, ending, victim, probe)


async def _end(on: Engagement, ending: Ending, victim: Identity, probe: Probe) -> Verdict:
    key, before = ending.route.key, await probe.ask(on, victim)
    if not probe.lets_in(before.answer):
        return Untested(key, f"who signed in just now is not let in: {before.answer.outcome}", victim.name)
    out = await ending.ask(on, victim)
    if isinstance(out, Untested):
        return out
    if not done(out.answer):
        return Untested(key, f"it did not work: {out.answer.outcome}", victim.name)
    after = await probe.ask(on, victim)
    if after.answer.says_nothing:
        return Untested(key, f"what the token is worth after it was not seen: {after.answer.outcome}", victim.name)
    if not probe.lets_in(after.answer):
        return Clean(key, victim.name)
    if ending.signs_out:
        words = "An administrator ended every session of the account, and its old token is let in."
        return Finding(key, words, after, (before, out), victim.name)
    if await on.cast.newcomers.sign_in(victim) is not None:
        return NotApplicable(key, "the account signs in as before, so this ends no account", victim.name)
    gone = "cannot sign in any more" if on.cast.entry is not None else "was switched off or removed"
    words = f"The account {gone}, and its old token is let in."
    return Finding(key, words, after, (before, out), victim.name)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
