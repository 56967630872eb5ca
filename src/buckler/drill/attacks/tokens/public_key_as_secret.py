"""D202: is the public key taken for a secret?

1. A token that is signed with a private key is signed anew by HS256, with the public key as the secret: as PEM, with
   and without its last line end, as DER, SSH, JWK, modulus, and as the app hands it out.
2. The key comes from the target: its set of keys, or any answer that carries one. Without one this is untested.
3. The controls: the genuine token is let in, and a made-up one is refused.
"""

from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.tokens.forging import Forged, each_signed, judged
from buckler.drill.attacks.tokens.probe import Stand
from buckler.drill.attacks.tokens.published_keys import published_keys
from buckler.drill.engagement import Engagement
from buckler.drill.transport.compact import HASHES, Compact, with_secret

ABOUT: Final = About(
    id="D202",
    name="public key taken for a secret",
    family="tokens",
    severity="critical",
    sends="The token of a caller, signed by HS256 with the public key of the target.",
    proves="Whoever reads the public key signs tokens that are let in.",
    cwe=(347,),
    owasp=("API2",),
    asvs=("9.1.2",),
    fix="Name the one algorithm of each key, and refuse a token whose header names another.",
)


def _verdicts(on: Engagement) -> Verdicts:
    return each_signed(on, _judge)


async def _judge(on: Engagement, found: Stand, parts: Compact) -> Verdict:
    name = found.credential.who.name
    if parts.algorithm in HASHES:
        return NotApplicable(EVERYWHERE, "tokens are signed with a secret, so there is no public key", name)
    keys = await published_keys(on, found.credential.who)
    if not keys:
        return Untested(EVERYWHERE, "no public key was found that belongs to the tokens", name)
    secrets = {secret: words for key in keys for words, secret in key.spellings()}
    header = {**parts.header, "alg": "HS256"}
    forged = (
        Forged(f"HS256 with the public key ({words})", with_secret(header, parts.claims, secret))
        for secret, words in secrets.items()
    )
    return await judged(on, found, forged)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
