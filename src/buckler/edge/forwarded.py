"""Reading what proxies forward: `X-Forwarded-For`, `-Proto`, `-Host`, and `Forwarded` (RFC 7239).

1. All lines of a name count, joined in their order; a name is compared to the letter (`x_forwarded_for` is another).
2. Everything is read from the right, and no further than asked: what a stranger put on the left has no say in how
   the right is read, not even with a quote that never ends.
3. An address may have a port, brackets, a zone; an IPv4 one may be wrapped in IPv6. `unknown`, `_hidden` and
   anything else is no address. Who asks for it there refuses.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from buckler.asgi import Exchange
from buckler.ip_addresses import parse

X_FOR: Final = b"x-forwarded-for"
X_PROTO: Final = b"x-forwarded-proto"
X_HOST: Final = b"x-forwarded-host"
FORWARDED: Final = b"forwarded"

_QUOTE: Final = ord('"')
_COMMA: Final = ord(",")
_LONGEST_NODE: Final = 64
_MOST_READ: Final = 4096
"""Bytes of `Forwarded`, from the right: ten elements, each as long as they come."""
_NODE: Final = re.compile(
    r"(?:\[([0-9A-Fa-f:.%\w]{2,60})\]|([0-9.]{7,15}))(?::(?:[0-9]{1,5}|_[\w.-]{1,32}))?", re.ASCII
)
_PAIR: Final = re.compile(rb'([A-Za-z-]{1,32})=(?:"([^"\\]*)"|([^\s",;\\=]+))')
_SECURE: Final = {b"http": False, b"https": True, b"ws": False, b"wss": True}
"""Some proxies name the WebSocket's own scheme."""


class Unclear(Exception):
    """What a proxy of ours should have written is missing, or cannot be read."""


def joined(exchange: Exchange, name: bytes) -> bytes | None:
    """The value of a field, all its lines in their order; None where there is none."""
    if name not in exchange.repeated:
        return exchange.headers.get(name)
    return b",".join(value for each, value in exchange.scope["headers"] if each == name)


def from_right(line: bytes) -> Iterator[bytes]:
    """The entries of a list without quotes, the last one first. An empty one is one too."""
    comma = b","
    while comma:
        line, comma, entry = line.rpartition(b",")
        yield entry.strip(b" \t")


def names_peer(line: bytes, host: str, port: int) -> bool:
    """Whether a list without quotes has an entry that a server could have made this peer from.

    As uvicorn and others read it: to the letter, in brackets or without, with the entry's own port, or 0 where it
    has none or one that is no number.
    """
    entries = {each.strip() for each in line.decode("latin-1").split(",") if host in each}
    return any((host, port) in _readings(each) for each in entries)


def _readings(entry: str) -> tuple[tuple[str, int], ...]:
    whole, (host, _, port) = entry.strip("[]"), entry.rpartition(":")
    bare = host.strip("[]")
    try:
        number = int(port)
    except ValueError:
        number = 0
    return (entry, 0), (whole, 0), (bare, 0), (bare, number)


def last(line: bytes, count: int) -> list[bytes]:
    """The last `count` entries of a list without quotes, or all where there are fewer."""
    return [each.strip(b" \t") for each in line.rsplit(b",", count)[-count:]]


@lru_cache(maxsize=4096)
def _address(entry: bytes) -> str | None:
    text = entry.decode("latin-1")
    found = _NODE.fullmatch(text)
    address = parse(found[1] or found[2] if found else text)
    return None if address is None else str(address)


def address_in(entry: bytes) -> str | None:
    """The address of one entry, in its one spelling; None where it is none."""
    return _address(entry) if len(entry) <= _LONGEST_NODE else None


def elements(line: bytes) -> Iterator[dict[bytes, bytes]]:
    """The elements of `Forwarded` (RFC 7239 section 4), the last one first; empty where one is malformed.

    Backslashes are malformed: no address, scheme or host needs one, and without them a quote is a
    quote from either side.
    """
    line = line[-_MOST_READ:]
    end, quoted = len(line), False
    for place in range(len(line) - 1, -1, -1):
        sign = line[place]
        if sign == _QUOTE:
            quoted = not quoted
        elif sign == _COMMA and not quoted:
            yield _element(line[place + 1 : end])
            end = place
    yield _element(line[:end])


def _element(text: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for part in text.split(b";"):
        pair = _PAIR.fullmatch(part.strip(b" \t"))
        if pair is None or pair[1].lower() in found:
            return {}
        found[pair[1].lower()] = pair[2] if pair[3] is None else pair[3]
    return found


def is_secure(scheme: bytes) -> bool:
    """Whether a scheme that a proxy wrote is that of TLS. Raises `Unclear` for what is none."""
    secure = _SECURE.get(scheme.lower())
    if secure is None:
        raise Unclear("a forwarded scheme that is neither http nor https")
    return secure
