"""A text taken apart: what stands in it as it is, what stands for a secret, and what is the same many times over.

A body of a megabyte is a few words this way, and `$NAME` is filled in by whoever repeats it. What only looks like
a name of a shell, as attacks on shells do, stays as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST: Final = 16 * 1024
"""Bytes of all that is not the same over and over. What is longer cannot be repeated from a page."""
_OFTEN: Final = 64
_RUN: Final = re.compile(rb"([\x20-\x7e]{1,12}?)\1{%d,}" % (_OFTEN - 1))
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Plain:
    """Stands there as it is."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """A secret, which is filled in."""

    name: str


@dataclass(frozen=True, slots=True)
class Run:
    """Printable characters, many times over."""

    unit: bytes
    times: int


Piece = Plain | Named | Run


def pieces_of(data: bytes, names: frozenset[str]) -> tuple[Piece, ...]:
    """The parts, in their order."""
    known = sorted((name for name in names if _NAME.fullmatch(name)), key=len, reverse=True)
    if not known:
        return tuple(_runs(data))
    pattern = re.compile(rb"\$(%s)" % b"|".join(name.encode() for name in known))
    parts = pattern.split(data)
    found: list[Piece] = []
    for place, part in enumerate(parts):
        found += [Named(part.decode())] if place % 2 else _runs(part)
    return tuple(found)


def weight(pieces: tuple[Piece, ...]) -> int:
    """How many bytes have to be written down for them."""
    return sum(len(piece.data) if isinstance(piece, Plain) else 12 for piece in pieces)


def wire(text: str) -> bytes:
    """The bytes that a text of a request line or a field is sent as (RFC 9110 section 5.5)."""
    return text.encode("latin-1", "replace")


def _runs(data: bytes) -> Iterator[Piece]:
    at = 0
    for match in _RUN.finditer(data) if len(data) >= _OFTEN else ():
        if match.start() > at:
            yield Plain(data[at : match.start()])
        unit = match[1]
        yield Run(unit, len(match[0]) // len(unit))
        at = match.end()
    if at < len(data):
        yield Plain(data[at:])
