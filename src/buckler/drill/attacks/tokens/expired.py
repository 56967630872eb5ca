"""D205: is a token let in that is over?

1. Where somebody shows a credential that was good and is over, it is shown.
2. Else, where the signing secret was found (D204), a token is signed that ended an hour ago.
3. The controls: a token that is not over is let in, and a made-up one is refused.
"""

from dataclasses import replace
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.tokens.credentials import Credential, credential_of, credentials
from buckler.drill.attacks.tokens.forging import ANYTHING, each_stand
from buckler.drill.attacks.tokens.probe import NOBODY, Stand, stand
from buckler.drill.attacks.tokens.weak_secret import resigned
from buckler.drill.attacks.tokens.well_known import cracked
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D205",
    name="expired tokens",
    family="tokens",
    severity="high",
    sends="A token that was good and is over.",
    proves="A token that was stolen once is good for ever.",
    cwe=(613,),
    owasp=("API2",),
    asvs=("9.2.1",),
    fix="Refuse a token after its `exp`, with a leeway of seconds, and refuse one without.",
)
_LONG_AGO: Final = -3600


async def _verdicts(on: Engagement) -> Verdicts:
    over = on.cast.expired
    if over is not None:
        yield await _shown(on, over)
        return
    async for verdict in each_stand(on, _signed):
        yield verdict


async def _shown(on: Engagement, over: Identity) -> Verdict:
    fitting = [each for each in credentials(on) if each.kind in over.tokens] or list(credentials(on))
    found = await stand(on, _alike(on, over, fitting)) if fitting else Untested(EVERYWHERE, NOBODY)
    if isinstance(found, Untested):
        return found
    if found.takes_anything:
        return Untested(EVERYWHERE, ANYTHING, over.name)
    exchange = await found.probe.ask(on, replace(over, address=on.fresh_address()))
    return _verdict(found, exchange, over.name)


def _alike(on: Engagement, over: Identity, fitting: list[Credential]) -> Credential:
    """What somebody shows of the same role, who is let in where this one was."""
    same = [each for who in on.cast.people if who.role == over.role and (each := credential_of(who)) is not None]
    return next((each for each in same if each.kind == fitting[0].kind), fitting[0])


async def _signed(on: Engagement, found: Stand) -> Verdict:
    parts, name = found.credential.parts, found.credential.who.name
    secret = cracked(on, parts) if parts is not None else None
    if parts is None or secret is None or "exp" not in parts.claims:
        return Untested(EVERYWHERE, on.cast.missing.get("expired", "nobody shows a token that is over"), name)
    fresh = await found.show(on, resigned(parts, secret))
    if not found.probe.lets_in(fresh.answer):
        return Untested(
            EVERYWHERE, "tokens that are signed anew are refused, so those that are over tell nothing", name
        )
    return _verdict(found, await found.show(on, resigned(parts, secret, _LONG_AGO)), name)


def _verdict(found: Stand, exchange: Exchange, name: str) -> Verdict:
    if exchange.answer.says_nothing:
        return Untested(EVERYWHERE, "the token that is over met a limit, a failure, or no answer", name)
    if found.probe.lets_in(exchange.answer):
        return Finding(EVERYWHERE, "A token that is over is let in.", exchange, found.controls, name)
    return Clean(EVERYWHERE, name)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
