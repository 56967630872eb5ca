"""Bodies that are encoded (RFC 9110 section 8.4), read as a browser reads them, and never beyond a bound.

A coding that neither Python nor an installed library knows is told: nobody knows what such a body says.
"""

import zlib
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final

from buckler.drill.transport.request import Fields

_MOST_CODINGS: Final = 3
"""Put on one after another. Nobody needs more than one."""
_ZSTD: Final = ("compression.zstd", "backports.zstd")
_BROTLI: Final = ("brotli", "brotlicffi")


class Unreadable(Exception):
    """A body that cannot be decoded. The text says why."""


def readable(body: bytes, headers: Fields, most: int) -> tuple[bytes, str]:
    """The body as it was meant, and why it stays as it came where it cannot be decoded."""
    try:
        return decoded(body, headers, most), ""
    except Unreadable as why:
        return body, str(why)


def decoded(body: bytes, headers: Fields, most: int) -> bytes:
    """The body without its codings. Raises `Unreadable`, also for one of more than `most` bytes."""
    codings = _codings(headers)
    if not body or not codings:
        return body
    if len(codings) > _MOST_CODINGS:
        raise Unreadable("it is encoded too many times")
    for coding in reversed(codings):
        if coding not in _DECODERS:
            raise Unreadable(f"its coding {coding[:20]} is not known here")
        try:
            body = _DECODERS[coding](body, most + 1)
        except Unreadable:
            raise
        except Exception as failure:  # each library has errors of its own
            raise Unreadable(f"it is no {coding}") from failure
        if len(body) > most:
            raise Unreadable(f"it has more than {most} bytes in {coding}")
    return body


def _codings(headers: Fields) -> Sequence[str]:
    said = ",".join(value for name, value in headers if name.lower() == "content-encoding")
    return [each for part in said.split(",") if (each := part.strip().lower()) not in ("", "identity")]


def _gzip(body: bytes, most: int) -> bytes:
    """Every member of it."""
    whole = bytearray()
    while body and len(whole) < most:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        whole += member.decompress(body, most - len(whole))
        body = member.unused_data
    return bytes(whole)


def _deflate(body: bytes, most: int) -> bytes:
    """In the frame of zlib, as it is meant to be, or without, as some send it."""
    try:
        return zlib.decompressobj().decompress(body, most)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, most)


def _brotli(body: bytes, most: int) -> bytes:
    reader = _library(_BROTLI).Decompressor()
    read: Callable[..., bytes] = reader.decompress if hasattr(reader, "decompress") else reader.process
    whole, part = bytearray(), read(body, output_buffer_limit=most)
    while part and len(whole) < most:
        whole += part
        part = read(b"", output_buffer_limit=most)
    return bytes(whole[:most])


def _zstd(body: bytes, most: int) -> bytes:
    found: bytes = _library(_ZSTD).ZstdDecompressor().decompress(body, most)
    return found


def _library(names: Sequence[str]) -> Any:
    """The first that is installed. Raises `Unreadable`."""
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise Unreadable(f"no library is installed that reads {names[-1]}")


_DECODERS: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
