"""How large a picture says it is: read from its head, before anything unfolds a pixel (ASVS 5.2.6).

A PNG of 42 kB may hold 50,000 by 50,000 pixels, which are 10 GB once decoded. The places of the two
numbers are those of the formats: PNG (RFC 2083) chunk IHDR, GIF89a logical screen, JPEG (ITU T.81)
frame header, WebP (RFC 9649) VP8, VP8L or VP8X.
"""

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import BinaryIO, Final

from buckler.input.file_refusals import FileRefused

_MOST_SEGMENTS: Final = 1000
_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers of JPEG that have no length."""
_START_OF_SCAN: Final = 0xDA

Size = tuple[int, int]


def size_of_picture(kind: str, file: BinaryIO) -> Size:
    """Width and height, at least 1 each. Raises `FileRefused` where they cannot be found."""
    file.seek(0)
    try:
        width, height = _READERS[kind](file)
    except struct.error:
        raise FileRefused("upload_picture") from None
    if width < 1 or height < 1:
        raise FileRefused("upload_picture")
    return width, height


def _png(file: BinaryIO) -> Size:
    return struct.unpack(">16x2I", file.read(24))


def _gif(file: BinaryIO) -> Size:
    return struct.unpack("<6x2H", file.read(10))


def _webp(file: BinaryIO) -> Size:
    chunk, body = struct.unpack("<12x4s4x10s", file.read(30))
    if chunk == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<2H", body[6:])
        return width & 0x3FFF, height & 0x3FFF
    if chunk == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    raise FileRefused("upload_picture")


def _jpeg(file: BinaryIO) -> Size:
    file.seek(2)
    for _ in range(_MOST_SEGMENTS):
        marker = _next_marker(file)
        if marker in _ALONE:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack(">x2H", file.read(5))
            return width, height
        if marker == _START_OF_SCAN or length < 2:
            break
        file.seek(length - 2, 1)
    raise FileRefused("upload_picture")


def _next_marker(file: BinaryIO) -> int:
    """The marker that begins here; it may be preceded by filling of FF."""
    (first, marker) = struct.unpack("2B", file.read(2))
    for _ in range(_MOST_SEGMENTS):
        if first != 0xFF or marker != 0xFF:
            break
        (marker,) = struct.unpack("B", file.read(1))
    if first != 0xFF:
        raise FileRefused("upload_picture")
    return int(marker)


_READERS: Final[Mapping[str, Callable[[BinaryIO], Size]]] = MappingProxyType(
    {"png": _png, "gif": _gif, "webp": _webp, "jpeg": _jpeg}
)
