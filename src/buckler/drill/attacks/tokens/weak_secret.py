"""D204: is the secret that signs tokens one that attackers try first?

1. The token of a caller is signed with each secret of a list: those of tutorials and placeholders, made longer as
   people do, the app's own title, and what has a few characters. Nothing is sent for that.
2. It counts where a token is let in that was signed anew with what was found, with another time at which it ends.
3. The same is done for the cookie of Starlette's session middleware.
4. The controls: the genuine token is let in, and a made-up one is refused.
"""

from typing import Final

from buckler.clock import SystemClock
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.tokens.forging import ANYTHING, OPAQUE, each_stand
from buckler.drill.attacks.tokens.probe import Stand
from buckler.drill.attacks.tokens.well_known import cookie_signature, cracked, cracked_cookie, described
from buckler.drill.engagement import Engagement
from buckler.drill.transport.compact import HASHES, Compact, with_secret, written

ABOUT: Final = About(
    id="D204",
    name="weak signing secret",
    family="tokens",
    severity="critical",
    sends="A token that is signed anew with a well-known or short secret.",
    proves="Anybody finds the signing secret with one token of his own, and signs tokens for whomever he likes.",
    cwe=(1391, 798, 321),
    owasp=("API2", "API8"),
    asvs=("9.1.1", "11.2.3", "13.3.1"),
    fix="Make a secret of at least 32 random bytes (`openssl rand -hex 32`), keep it out of the code, and end all"
    " tokens that the old one signed.",
)
_DAY: Final = 86_400


def _verdicts(on: Engagement) -> Verdicts:
    return each_stand(on, _judge)


async def _judge(on: Engagement, found: Stand) -> Verdict:
    parts, name = found.credential.parts, found.credential.who.name
    if found.takes_anything:
        return Untested(EVERYWHERE, ANYTHING, name)
    if parts is None:
        return await _cookie(on, found)
    if parts.algorithm not in HASHES:
        return NotApplicable(EVERYWHERE, f"tokens are signed by {parts.algorithm}, not with a secret", name)
    secret = cracked(on, parts)
    return await _proved(on, found, secret, resigned(parts, secret) if secret is not None else "")


def resigned(parts: Compact, secret: bytes, seconds: int = _DAY) -> str:
    """The token with another end, from now; signed anew."""
    now = int(SystemClock.now())
    times = {"exp": now + seconds} if "exp" in parts.claims else {"drill": now}
    return with_secret(parts.header, {**parts.claims, **times}, secret)


async def _cookie(on: Engagement, found: Stand) -> Verdict:
    cookie, name = found.credential.token.strip('"'), found.credential.who.name
    secret = cracked_cookie(on, cookie)
    if secret is None:
        return NotApplicable(EVERYWHERE, OPAQUE, name)
    # Never one that lies ahead, which is refused whatever signs it.
    stamp = int(SystemClock.now()) - 2
    signed = f"{cookie.split('.')[0]}.{written(stamp.to_bytes((stamp.bit_length() + 7) // 8))}"
    return await _proved(on, found, secret, f"{signed}.{cookie_signature(signed, secret)}")


async def _proved(on: Engagement, found: Stand, secret: bytes | None, token: str) -> Verdict:
    name = found.credential.who.name
    if secret is None:
        return Clean(EVERYWHERE, name)
    exchange = await found.show(on, token)
    if not found.probe.lets_in(exchange.answer):
        return Untested(EVERYWHERE, "the signing secret is a weak one, but what is signed with it is refused", name)
    words = f"The signing secret is {described(secret)}, and a token that was signed with it is let in."
    return Finding(EVERYWHERE, words, exchange, found.controls, name, found.credential.kind)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
