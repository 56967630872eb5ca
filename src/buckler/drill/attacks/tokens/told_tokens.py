"""Part of D210: is a token what everybody knows of its owner: the name, the address, the number?

1. What somebody shows is compared with what names the account: as it is, written otherwise, as its digest, and within a
   text that is the same around each of two.
2. The token of another account is made in the same way, or that of the same where there is no other, and shown. A
   made-up one of the same shape has to be refused.
"""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import EVERYWHERE, Finding, Untested, Verdict
from buckler.drill.attacks.tokens.credentials import Credential, credential_of
from buckler.drill.attacks.tokens.probe import stand
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Account, Identity

_WRITTEN: Final[Mapping[str, Callable[[str], str]]] = {
    "": lambda text: text,
    " in base64": lambda text: b64encode(text.encode()).decode(),
    " in base64 for URLs": lambda text: urlsafe_b64encode(text.encode()).decode().rstrip("="),
    " in hexadecimal digits": lambda text: text.encode().hex(),
    ", as its MD5": lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    ", as its SHA-1": lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
    ", as its SHA-256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
}
_FIELDS: Final[Mapping[str, Callable[[Account], str]]] = {
    "the name of the account": lambda account: account.name,
    "the address of the account": lambda account: account.email,
    "the number of the account": lambda account: account.id,
}
_LEAST: Final = 3
"""Characters of a name that stands in a longer text by no chance."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How a token is made of what is known."""

    words: str
    make: Callable[[Account], str]


async def told_token(on: Engagement) -> Verdict | None:
    """A finding where a token can be made for whoever is known by name; None where none is made so."""
    shown = [(each, found) for each in on.cast.people if (found := credential_of(each)) is not None]
    for who, credential in shown:
        others = [each for each in shown if each[0].name != who.name and each[1].kind == credential.kind]
        way = next(_ways(who, credential, others), None)
        if way is not None:
            return await _tried(on, credential, way, others[0][0] if others else who)
    return None


async def _tried(on: Engagement, credential: Credential, way: _Way, whose: Identity) -> Verdict | None:
    found = await stand(on, credential)
    if isinstance(found, Untested):
        return found
    if found.takes_anything or whose.account is None:
        return None
    exchange = await found.show(on, way.make(whose.account))
    if not found.probe.lets_in(exchange.answer):
        return None
    words = f"What is shown is {way.words}: whoever knows it is let in as {whose.name}."
    return Finding(EVERYWHERE, words, exchange, found.controls, credential.who.name, credential.kind)


def _ways(who: Identity, shown: Credential, others: list[tuple[Identity, Credential]]) -> Iterator[_Way]:
    for field, read in _FIELDS.items():
        known = read(who.account) if who.account is not None else ""
        for words, write in _WRITTEN.items():
            if known and shown.token == write(known):
                yield _Way(f"{field}{words}", _written(read, write))
        before, _, after = shown.token.partition(known) if len(known) >= _LEAST else ("", "", "")
        within = _within(read, before, after)
        if (before or after) and any(two.account and token.token == within(two.account) for two, token in others):
            yield _Way(f"{field} within what is the same for everybody", within)


def _written(read: Callable[[Account], str], write: Callable[[str], str]) -> Callable[[Account], str]:
    return lambda account: write(read(account))


def _within(read: Callable[[Account], str], before: str, after: str) -> Callable[[Account], str]:
    return lambda account: f"{before}{read(account)}{after}"
