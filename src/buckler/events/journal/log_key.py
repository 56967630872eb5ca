"""The key of the log: whoever lacks it can write no row, no batch and no checkpoint that holds (ASVS 16.4.2).

HMAC-SHA256 (RFC 2104). Every statement begins with its kind, and each part stands behind its length: no statement
reads as one of another kind, or with its parts cut elsewhere.
"""

import hmac
from hashlib import sha256
from typing import Final

LENGTH: Final = 32
"""Bytes."""
BEGINNING: Final = bytes(32)
"""The link before the first batch."""


class LogKey:
    """Signs what the log consists of, and tells whether it did."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def entry(self, writer: str, sequence: int, body: str) -> bytes:
        """Over one row."""
        return self._over("entry", writer.encode(), _number(sequence), body.encode())

    def emptied(self, mac: bytes, emptied_at: int) -> bytes:
        """Over the fact that the row of this MAC was emptied."""
        return self._over("emptied", mac, _number(emptied_at))

    def link(self, number: int, before: bytes, at: int, rows: "Rows") -> bytes:
        """Over a batch, and through the link before it over all that stand before."""
        return self._over("batch", _number(number), before, _number(at), _number(rows.count), rows.digest())

    def anchor(self, number: int, link: bytes) -> bytes:
        """Over the fact that the log begins behind this batch."""
        return self._over("anchor", _number(number), link)

    def checkpoint(self, installation: str, epoch: int, number: int, at: int, link: bytes) -> bytes:
        """Over what is told outside: how far the log went, and when."""
        return self._over("checkpoint", installation.encode(), _number(epoch), _number(number), _number(at), link)

    def _over(self, kind: str, *parts: bytes) -> bytes:
        framed = b"".join(_number(len(part)) + part for part in (kind.encode(), *parts))
        return hmac.digest(self._key, framed, "sha256")


class Rows:
    """The rows of a batch, in their order: each by its MAC, which outlives its text."""

    def __init__(self) -> None:
        self._digest = sha256()
        self.count = 0

    def add(self, mac: bytes) -> None:
        """The next row."""
        self._digest.update(_number(len(mac)) + mac)
        self.count += 1

    def digest(self) -> bytes:
        """Over all of them."""
        return self._digest.digest()


def same(one: bytes, other: bytes) -> bool:
    """Whether two MACs are equal, in the same time for all."""
    return hmac.compare_digest(one, other)


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big")
