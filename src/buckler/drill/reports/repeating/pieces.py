"""A text taken apart: what stands in it as it is, what stands for a secret, and what is the same many times over.

A body of a megabyte is a few words this way, and `$NAME` is filled in by whoever repeats it. What only looks like
a name of a shell, as attacks on shells do, stays as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from buckler.drill.transport.folding import parts_of
from buckler.drill.transport.request import Request, Run

MOST: Final = 16 * 1024
"""Bytes of all that is not the same over and over. What is longer cannot be repeated from a page."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Plain:
    """Stands there as it is."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """A secret, which is filled in."""

    name: str


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


def pieces_of_body(request: Request, names: frozenset[str]) -> tuple[Piece, ...]:
    """The parts of a body, in their order: also of one that is kept in few words."""
    parts = (request.body, *request.rest)
    return tuple(chain.from_iterable((each,) if isinstance(each, Run) else pieces_of(each, names) for each in parts))


def weight(pieces: tuple[Piece, ...]) -> int:
    """How many bytes have to be written down for them."""
    return sum(len(piece.data) if isinstance(piece, Plain) else 12 for piece in pieces)


def wire(text: str) -> bytes:
    """The bytes that a text of a request line or a field is sent as (RFC 9110 section 5.5)."""
    return text.encode("latin-1", "replace")


def _runs(data: bytes) -> Iterator[Piece]:
    return (part if isinstance(part, Run) else Plain(part) for part in parts_of(data, MOST))
