"""A `Set-Cookie` line as every browser reads it, or the reason why they would differ (RFC 6265bis sections 4.1, 5.6).

1. The line is printable ASCII. A control character ends the line for one reader and the cookie for another; letters
   beyond ASCII are read in two encodings.
2. Name and value are what the grammar for servers says. A value in quotes may be as Python's `http.cookies` writes
   it, with blanks and `\\073` for what cannot stand there: browsers keep it as it is.
3. An attribute stands once, `Secure` and `HttpOnly` have no value (`Secure=false` is Secure), and `SameSite` has one
   of its three. Unknown attributes pass: browsers skip them.
"""

import re
from dataclasses import dataclass
from typing import Final

from buckler.edge.cookie import LETTERS

_LINE: Final = re.compile(rb"[\x20-\x7e]*")
_NAME: Final = re.compile(f"{LETTERS}+".encode())
_PLAIN: Final = re.compile(rb"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
_QUOTED: Final = re.compile(rb'"(?:[\x20\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]|\\["\\0-7])*"')
_FLAGS: Final = frozenset((b"secure", b"httponly", b"partitioned"))
_SAME_SITE: Final = frozenset((b"lax", b"strict", b"none"))
_ENCODE: Final = "encode it, in base64url or with percent signs"


class Unreadable(ValueError):
    """Why a line reads in two ways, and what to write instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One cookie as an answer sets it. Names of attributes are in lower case, and flags have an empty value."""

    line: bytes
    name: str
    size: int
    """Bytes of name and value together."""
    attributes: dict[bytes, bytes]

    @property
    def place(self) -> tuple[str, bytes | None, bytes]:
        """What browsers tell cookies apart by. A second one of the same place takes the place of the first."""
        domain = self.attributes.get(b"domain", b"").lower().removeprefix(b".")
        return self.name, self.attributes.get(b"path"), domain

    def with_attributes(self, added: tuple[bytes, ...]) -> bytes:
        """The line with more attributes at its end."""
        return b"; ".join((self.line.rstrip(b"; "), *added)) if added else self.line


def read_set_cookie(line: bytes) -> SetCookie:
    """The cookie of one line. Raises `Unreadable`."""
    if not _LINE.fullmatch(line):
        raise Unreadable("a cookie has control characters, or letters beyond ASCII", _ENCODE)
    pair, *rest = line.split(b";")
    name, mark, value = (each.strip(b" ") for each in pair.partition(b"="))
    if not mark or not _NAME.fullmatch(name):
        raise Unreadable("a cookie has no name, or one that is no word", "name it with letters, digits, - and _")
    if not (_PLAIN.fullmatch(value) or _QUOTED.fullmatch(value)):
        raise Unreadable(f"the value of {_shown(name)} has what cannot stand in a cookie", _ENCODE)
    return SetCookie(line, name.decode(), len(name) + len(value), _attributes(_shown(name), rest))


def _attributes(name: str, parts: list[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for part in parts:
        key, mark, value = (each.strip(b" ") for each in part.partition(b"="))
        key = key.lower()
        if not key and not mark:
            continue  # nothing between two semicolons, or after the last
        if not _NAME.fullmatch(key):
            raise Unreadable(f"{name} has an attribute that is no word", "write its attributes with set_cookie()")
        if key in found:
            raise Unreadable(f"{name} has the attribute {_shown(key)} twice", "write it once")
        if key in _FLAGS and mark:
            raise Unreadable(f"{name} gives {_shown(key)} a value, and browsers take it as said", "leave it out for no")
        if key == b"samesite" and value.lower() not in _SAME_SITE:
            raise Unreadable(f"{name} has a SameSite that is none", "write Lax, Strict or None")
        found[key] = value
    return found


def _shown(name: bytes) -> str:
    """A name for the log: an app may make names of what it was sent."""
    return name[:64].decode()
