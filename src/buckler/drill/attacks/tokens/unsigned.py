"""D201: is a token let in whose signature is missing or wrong?

1. A token of three parts is shown with `alg` none in several spellings, without a signature, with another one, and with
   other claims under the old one.
2. Of any other token one letter is changed, near its end and in its middle.
3. The controls: the genuine token is let in, and a made-up one is refused. Where a made-up one is let in as well, that
   is the finding.
"""

from collections.abc import Iterator
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Finding, Verdict, Verdicts
from buckler.drill.attacks.tokens.forging import Forged, each_stand, judged
from buckler.drill.attacks.tokens.probe import Stand
from buckler.drill.drafting.made_up import altered
from buckler.drill.engagement import Engagement
from buckler.drill.transport.compact import Compact, to_sign

ABOUT: Final = About(
    id="D201",
    name="unsigned tokens",
    family="tokens",
    severity="critical",
    sends="The token of a caller with `alg` none, without a signature, with a wrong one, and with other claims.",
    proves="Whoever writes a token is whoever the token says.",
    cwe=(347, 345),
    owasp=("API2",),
    asvs=("9.1.1", "9.1.2"),
    fix="Verify the signature by the algorithms that you issue and no others: `algorithms=[...]`.",
)
_NONE: Final = ("none", "None", "NONE", "nOnE")


def _verdicts(on: Engagement) -> Verdicts:
    return each_stand(on, _judge)


async def _judge(on: Engagement, found: Stand) -> Verdict:
    if found.takes_anything:
        words = "A made-up token is let in as the genuine one is; only those who show nothing are refused."
        name, kind = found.credential.who.name, found.credential.kind
        return Finding(EVERYWHERE, words, found.bad, (found.good, found.probe.refused), name, kind)
    parts = found.credential.parts
    return await judged(on, found, _opaque(found.credential.token) if parts is None else _unsigned(parts))


def _unsigned(parts: Compact) -> Iterator[Forged]:
    for spelling in _NONE:
        yield Forged(f"alg is {spelling}", to_sign({**parts.header, "alg": spelling}, parts.claims) + ".")
    bare = {name: value for name, value in parts.header.items() if name != "alg"}
    yield Forged("there is no alg", to_sign(bare, parts.claims) + ".")
    yield Forged("two parts, with alg none", to_sign({**parts.header, "alg": "none"}, parts.claims))
    yield Forged("the signature is empty", f"{parts.signed}.")
    if parts.signature:
        yield Forged(
            "the signature is another", f"{parts.signed}.{altered(parts.signature, len(parts.signature) // 2)}"
        )
    more = to_sign(parts.header, {**parts.claims, "drill": 1})
    yield Forged("a claim was added under the old signature", f"{more}.{parts.signature}")


def _opaque(token: str) -> Iterator[Forged]:
    """Not the very last letters: where a text is base64 some bits of them mean nothing."""
    bare = token.rstrip("=")
    if len(bare) >= 8:
        yield Forged("a letter near its end is another", altered(bare, len(bare) - 4) + token[len(bare) :])
        yield Forged("a letter in its middle is another", altered(bare, len(bare) // 2) + token[len(bare) :])


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
