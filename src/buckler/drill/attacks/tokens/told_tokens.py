"""Part of D210: is a token what everybody knows of its owner: the name, the address, the number?

1. What somebody shows is compared with what names the account: as it is, written otherwise, as its digest, and within a
   text that is the same around each of two, as in JSON that stands in base64.
2. The token of another account is made in the same way, or that of the same where there is no other, and shown. A
   made-up one of the same shape has to be refused.
"""

import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import EVERYWHERE, Finding, Untested, Verdict
from buckler.drill.attacks.tokens.credentials import Credential, credential_of
from buckler.drill.attacks.tokens.guesswork import DIGESTS
from buckler.drill.attacks.tokens.probe import stand
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Account, Identity


@dataclass(frozen=True, slots=True)
class _Writing:
    """A way to write a text, and to read it again."""

    words: str
    write: Callable[[str], str]
    read: Callable[[str], str]
    """Raises `ValueError` where a text is not written so."""


_WRITINGS: Final = (
    _Writing("", str, str),
    _Writing(
        " in base64",
        lambda text: b64encode(text.encode()).decode(),
        lambda text: b64decode(text, validate=True).decode(),
    ),
    _Writing(
        " in base64 for URLs",
        lambda text: urlsafe_b64encode(text.encode()).decode().rstrip("="),
        lambda text: urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode(),
    ),
    _Writing(" in hexadecimal digits", lambda text: text.encode().hex(), lambda text: bytes.fromhex(text).decode()),
)
_FIELDS: Final[Mapping[str, Callable[[Account], str]]] = {
    "the name of the account": lambda account: account.name,
    "the address of the account": lambda account: account.email,
    "the number of the account": lambda account: account.id,
}


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
        if not known:
            continue
        for name, digest in DIGESTS.items():
            if shown.token == digest(known.encode()):
                yield _Way(f"{field}, as its {name}", _digested(read, digest))
        for writing in _WRITINGS:
            if shown.token == writing.write(known):
                yield _Way(f"{field}{writing.words}", _written(read, writing, "", ""))
            for before, after in _around(known, shown.token, writing):
                make = _written(read, writing, before, after)
                if any(two.account and token.token == make(two.account) for two, token in others):
                    yield _Way(f"{field} within what is the same for everybody{writing.words}", make)


def _around(known: str, token: str, writing: _Writing) -> list[tuple[str, str]]:
    """What stands before and after it, at each place where it stands in the text of a token."""
    try:
        text = writing.read(token)
    except ValueError:
        return []
    places = (each.span() for each in re.finditer(f"(?={re.escape(known)})", text))
    return [(text[:start], text[start + len(known) :]) for start, _ in places if text != known]


def _digested(read: Callable[[Account], str], digest: Callable[[bytes], str]) -> Callable[[Account], str]:
    return lambda account: digest(read(account).encode())


def _written(read: Callable[[Account], str], writing: _Writing, before: str, after: str) -> Callable[[Account], str]:
    return lambda account: writing.write(f"{before}{read(account)}{after}")
