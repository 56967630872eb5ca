"""What somebody shows, and the same person with something else in its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.transport.compact import Compact, read_compact

_KINDS: Final = ("access", "session", "key")
_SHOWING: Final = re.compile(r"authorization|x-.*(key|token|session|auth)|.*api-?key", re.IGNORECASE)
_SHORTEST: Final = 8
_BESIDE: Final = re.compile(r"csrf|xsrf|refresh|device|lang|theme", re.IGNORECASE)
"""Cookies that stand beside the one that says who is calling."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A token of somebody, as it stands in a header."""

    who: Identity
    kind: str
    """`access`, `session` or `key`."""
    token: str

    @property
    def parts(self) -> Compact | None:
        """Its parts, where it is a token of three parts."""
        return read_compact(self.token)

    def with_token(self, token: str, address: str) -> Identity:
        """The same person with another token, at an address where nothing failed before."""
        headers = tuple((name, _exchanged(value, self.token, token)) for name, value in self.who.headers)
        return replace(self.who, headers=headers, address=address, tokens={self.kind: token})


def _exchanged(value: str, old: str, new: str) -> str:
    """A header with another token in it: a short one may be a part of the word that stands before it."""
    before, found, after = value.rpartition(old)
    return f"{before}{new}{after}" if found else value


def credential_of(who: Identity) -> Credential | None:
    """What this caller shows; None where it shows nothing that is known."""
    for kind in _KINDS:
        token = _alone(who.tokens.get(kind, ""), who)
        if token and any(token in value for _, value in who.headers):
            return Credential(who, kind, token)
    return _of_headers(who)


def _of_headers(who: Identity) -> Credential | None:
    """What stands in a header that was brought along ready."""
    for name, value in who.headers:
        scheme, _, token = value.rpartition(" ")
        least = 1 if name.lower() == "authorization" and scheme else _SHORTEST
        if _SHOWING.fullmatch(name) and scheme.lower() not in ("basic", "digest") and len(token) >= least:
            return Credential(who, "key", token)
    return None


def credentials(on: Engagement) -> Iterator[Credential]:
    """One of each kind that the people show."""
    seen: set[str] = set()
    for who in on.cast.people:
        found = credential_of(who)
        if found is not None and found.kind not in seen:
            seen.add(found.kind)
            yield found


def _alone(text: str, who: Identity) -> str:
    """The value of the cookie that says who is calling, where the text is a list of several; else the text."""
    several = text.split("; ")
    pairs = [
        pair.partition("=") for name, value in who.headers if name.lower() == "cookie" for pair in value.split("; ")
    ]
    listed = [(name, value) for name, sign, value in pairs if f"{name}{sign}{value}" in several]
    return next((value for name, value in listed if not _BESIDE.search(name)), text)
