"""Verifying a token of another issuer: one call, one order, no shorter path (RFC 7515 section 5.2; RFC 9068).

Size, three canonical segments, strict JSON, `iss` chooses the entry, header rules, the keys of that issuer, the
signature, then each check of the claims. What is encrypted has five segments and is refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from buckler.clock import Clock
from buckler.defence import Defence, only
from buckler.input.json import MalformedJson, judge
from buckler.oauth.foreign_checks import (
    ForeignClaims,
    ForeignIssuer,
    ForeignKeyUse,
    ForeignSignature,
    ForeignSize,
    HeaderRule,
    Presented,
)
from buckler.oauth.foreign_keys import ForeignKey
from buckler.oauth.issuer import Issuer
from buckler.oauth.issuer_keys import IssuerKeys
from buckler.tokens.claims import read, text
from buckler.tokens.jwt import InvalidToken
from buckler.tokens.segments import decode

_SEGMENT: Final = rb"([A-Za-z0-9_-]+)"
_COMPACT: Final = re.compile(_SEGMENT + rb"\." + _SEGMENT + rb"\." + _SEGMENT)


@dataclass(frozen=True, slots=True)
class Entry:
    """An issuer and its keys."""

    issuer: Issuer
    keys: IssuerKeys


@dataclass(frozen=True, slots=True)
class Verified:
    """What a good token says, who says it, and by which key."""

    entry: Entry
    claims: Mapping[str, object]
    key: bytes


class Proof:
    """Whether a key of an issuer signed a token, as its header says (RFC 7515 section 5.2)."""

    def __init__(self, checks: Sequence[Defence]) -> None:
        self._rules = tuple(each for each in checks if isinstance(each, HeaderRule))
        self._use = only(ForeignKeyUse, checks)
        self._signature = only(ForeignSignature, checks)

    def judge_header(self, presented: Presented, issuer: Issuer) -> None:
        """Raises `InvalidToken`."""
        for rule in self._rules:
            reason = rule.check(presented, issuer)
            if reason is not None:
                raise InvalidToken(reason)

    def signer(self, presented: Presented, keys: Sequence[ForeignKey]) -> ForeignKey:
        """The one of `keys` that signed. Raises `InvalidToken`."""
        fitting = [key for key in keys if self._use is None or self._use.agrees(key, presented.algorithm)]
        if len(fitting) != 1:
            # Fail closed: without a key there is no proof, and with several it is unclear which one was meant.
            raise InvalidToken("no key of its issuer is meant for it" if not fitting else "its key is unclear")
        if self._signature is not None and not self._signature.holds(fitting[0], presented):
            raise InvalidToken("its signature does not hold")
        return fitting[0]


class ForeignTokens:
    """Verifies the tokens of the issuers that were named."""

    def __init__(self, entries: Sequence[Entry], clock: Clock, checks: Sequence[Defence]) -> None:
        self._entries = tuple(entries)
        self._now = clock.now
        self._size = only(ForeignSize, checks)
        self._issuer = only(ForeignIssuer, checks)
        self._proof = Proof(checks)
        self._claims = tuple(each for each in checks if isinstance(each, ForeignClaims))

    def issuer_of(self, token: bytes) -> str | None:
        """The `iss` that a token names, believed by nobody. None where it cannot be read."""
        try:
            return text(self._read(token)[1], "iss")
        except InvalidToken:
            return None

    async def verify(self, token: bytes) -> Verified:
        """What the token says. Raises `InvalidToken`, and `KeysUnreachable` where nobody can tell."""
        presented, claims = self._read(token)
        entries = [each for each in self._entries if self._issuer is None or self._issuer.is_named(claims, each.issuer)]
        refused = InvalidToken("its issuer is none that was named")
        for entry in entries:  # one at most, unless a twin left out who is to be asked
            try:
                return await self._verify(presented, claims, entry)
            except InvalidToken as error:
                refused = error
        raise refused

    async def _verify(self, presented: Presented, claims: Mapping[str, object], entry: Entry) -> Verified:
        self._proof.judge_header(presented, entry.issuer)
        key = self._proof.signer(presented, await entry.keys.named(presented.kid))
        now = self._now()
        for check in self._claims:
            reason = check.check(presented, claims, entry.issuer, now)
            if reason is not None:
                raise InvalidToken(reason)
        return Verified(entry, claims, key.print)

    def _read(self, token: bytes) -> tuple[Presented, Mapping[str, object]]:
        if self._size is not None and not self._size.fits(token):
            raise InvalidToken("it is too long")
        presented = take_apart(token)
        return presented, _members(presented.payload)


def take_apart(token: bytes) -> Presented:
    """The parts of a token. Raises `InvalidToken` for all but the compact form in its one spelling."""
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise InvalidToken("it has not three segments of base64url")
    try:
        header, payload, signature = map(decode, match.groups())
    except ValueError as error:
        raise InvalidToken("a segment is not the canonical base64url") from error
    return Presented(_members(header), payload, token[: match.end(2)], signature)


def _members(segment: bytes) -> Mapping[str, object]:
    try:
        if b"\\u" in segment:
            judge(segment)  # half of a surrogate pair is a text that nobody can write down
        return read(segment)
    except (ValueError, MalformedJson) as error:
        raise InvalidToken("it is not strict JSON") from error
