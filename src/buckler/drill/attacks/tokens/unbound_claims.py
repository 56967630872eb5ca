"""D206: may the claims of a token be missing, or another's?

1. A genuine token that has no end, and names neither a time nor a session that could be ended, is good for ever.
2. The rest can be asked only where tokens can be signed: where the secret was found (D204). Else it is untested.
3. Each claim that the genuine token has of `exp`, `iss`, `aud` and `sub` is left out; `iss` and `aud` are another's.
4. The controls: the token that is signed anew with all its claims is let in, and a made-up one is refused.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.tokens.forging import Forged, each_signed, judged
from buckler.drill.attacks.tokens.probe import Stand
from buckler.drill.attacks.tokens.weak_secret import resigned
from buckler.drill.attacks.tokens.well_known import cracked
from buckler.drill.engagement import Engagement
from buckler.drill.transport.compact import Compact, with_secret

ABOUT: Final = About(
    id="D206",
    name="claims not bound",
    family="tokens",
    severity="medium",
    sends="Tokens that are signed well, without `exp`, `iss`, `aud` or `sub`, or with those of another issuer.",
    proves="A token for another service, or one without an end, is let in.",
    cwe=(345, 613),
    owasp=("API2",),
    asvs=("9.2.1", "9.2.3"),
    fix="Require every claim that you issue, and compare `iss` and `aud` with your own.",
)
_ENDINGS: Final = frozenset(
    ("exp", "iat", "nbf", "auth_time", "jti", "sid", "session", "session_id", "nonce", "ver", "version")
)
"""Claims by which a token can be refused some day: by its time, or by what the app keeps of it."""
_FOR_EVER: Final = (
    "The token has no end, and names neither the time at which it was given nor a session: whoever has it is let in for"
    " ever."
)
_ELSEWHERE: Final = "https://elsewhere.example"


def _verdicts(on: Engagement) -> Verdicts:
    return each_signed(on, _judge)


async def _judge(on: Engagement, found: Stand, parts: Compact) -> Verdict:
    secret, name = cracked(on, parts), found.credential.who.name
    if parts.claims and _ENDINGS.isdisjoint(parts.claims):
        return Finding(EVERYWHERE, _FOR_EVER, found.good, (found.bad,), name, found.credential.kind)
    if secret is None:
        return Untested(EVERYWHERE, "no token can be signed: the key is not known", name)
    control = await found.show(on, resigned(parts, secret))
    if not found.probe.lets_in(control.answer):
        return Untested(EVERYWHERE, "a token that is signed anew is refused, with all its claims", name)
    return await judged(on, replace(found, good=control), _forged(parts, secret))


def _forged(parts: Compact, secret: bytes) -> Iterator[Forged]:
    for name in ("exp", "iss", "aud", "sub"):
        if name in parts.claims:
            left = {claim: value for claim, value in parts.claims.items() if claim != name}
            yield Forged(f"without {name}", with_secret(parts.header, left, secret))
    for name in ("iss", "aud"):
        if name in parts.claims:
            other = {**parts.claims, name: _ELSEWHERE}
            yield Forged(f"{name} is another's", with_secret(parts.header, other, secret))


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
