"""How large a picture is once it is decoded: read before anything unfolds a pixel (ASVS 5.2.6).

A PNG of 42 kB may hold 50,000 by 50,000 pixels, which are 10 GB once decoded. What stands in the head
is not the whole truth, so the file is walked through to its end:
- PNG (RFC 2083): chunk IHDR; a second one, which decoders take for the first, is refused.
- GIF89a: the logical screen, or more where a frame reaches beyond it, as decoders let it.
- JPEG (ITU T.81): the one frame header; a second, or one that comes later as a number of lines, is
  refused. Scans are counted: each goes through every pixel and needs but 36 bytes (a file of 2 MB with
  55,000 of them holds a decoder for minutes).
- WebP (RFC 9649): VP8, VP8L or VP8X.
"""

import os
import re
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import BinaryIO, Final

from buckler.input.file_refusals import FileRefused
from buckler.input.picture_bytes import PictureBytes

_MOST_SEGMENTS: Final = 1000
_MOST_SCANS: Final = 100
"""Progressive pictures have about ten."""
_MOST_WORK: Final = 2_500_000_000
"""Pixels of all scans together."""
_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers of JPEG that have no length."""
_START_OF_SCAN: Final = 0xDA
_END_OF_PICTURE: Final = 0xD9
_NEVER: Final = frozenset((*range(0x02, 0xC0), 0xDC, 0xDE, 0xDF))
"""Reserved, a number of lines that comes later, and pictures in pictures."""
_MARKER: Final = re.compile(rb"\xff[^\x00\xff]")
_MARKER_BEHIND_SCAN: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_LENGTH: Final = struct.Struct(">H")
_FRAME: Final = struct.Struct(">x2H")
_CHUNK: Final = struct.Struct(">I4s")
_SCREEN: Final = struct.Struct("<6x2HBxx")
_IMAGE: Final = struct.Struct("<4HB")
_IMAGE_BEGINS, _EXTENSION_BEGINS, _GIF_ENDS = b",", b"!", b";"
_MOST_NOTES: Final = 4000
"""Blocks of all extensions but the one that each frame has: decoders join them one by one, which is quadratic."""
_FRAME_CONTROL: Final = b"\xf9"

Size = tuple[int, int]


def size_of_picture(kind: str, file: BinaryIO) -> Size:
    """Width and height, at least 1 each. Raises `FileRefused` where they cannot be found, or are told twice."""
    length = file.seek(0, os.SEEK_END)
    try:
        width, height = _READERS[kind](PictureBytes(file, length))
    except struct.error:
        raise FileRefused("upload_picture") from None
    if width < 1 or height < 1:
        raise FileRefused("upload_picture")
    return width, height


def _png(data: PictureBytes) -> Size:
    width, height = struct.unpack(">16x2I", data.take(24))
    data.skip(9)
    while len(head := data.take(_CHUNK.size)) == _CHUNK.size:
        length, name = _CHUNK.unpack(head)
        if name == b"IHDR":
            raise FileRefused("upload_picture")
        if name == b"IEND":
            break
        data.skip(length + 4)
    return width, height


def _gif(data: PictureBytes) -> Size:
    width, height, flags = data.numbers(_SCREEN)
    data.skip(_colours(flags))
    notes = 0
    while (block := data.take(1)) not in (b"", _GIF_ENDS):
        if block == _EXTENSION_BEGINS:
            is_control = data.take(1) == _FRAME_CONTROL
            blocks = _skip_blocks(data)
            notes += 0 if is_control and blocks < 2 else blocks
            if notes > _MOST_NOTES:
                raise FileRefused("upload_picture")
        elif block == _IMAGE_BEGINS:
            left, top, wide, high, flags = data.numbers(_IMAGE)
            width, height = max(width, left + wide), max(height, top + high)
            data.skip(_colours(flags) + 1)
            _skip_blocks(data)
    return width, height


def _colours(flags: int) -> int:
    """Bytes of the table of colours that follows."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_blocks(data: PictureBytes) -> int:
    count = 0
    while (length := data.take(1)) not in (b"", b"\0"):
        data.skip(length[0])
        count += 1
    return count


def _webp(data: PictureBytes) -> Size:
    chunk, body = struct.unpack("<12x4s4x10s", data.take(30))
    if chunk == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<2H", body[6:])
        return width & 0x3FFF, height & 0x3FFF
    if chunk == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    raise FileRefused("upload_picture")


def _jpeg(data: PictureBytes) -> Size:
    size = _frame_of(data)
    scans, segments = 0, 0
    while marker := data.find(_MARKER_BEHIND_SCAN if scans else _MARKER):
        segments += 1
        if segments > _MOST_SEGMENTS or marker[1] in _FRAME_HEADERS or marker[1] in _NEVER:
            raise FileRefused("upload_picture")
        if marker[1] == _END_OF_PICTURE:
            break
        scans += marker[1] == _START_OF_SCAN
        if scans > _MOST_SCANS or scans * size[0] * size[1] > _MOST_WORK:
            raise FileRefused("upload_picture")
        if marker[1] not in _ALONE:
            _skip_segment(data)
    return size


def _frame_of(data: PictureBytes) -> Size:
    """The first frame header, which comes before any pixel."""
    data.skip(2)
    for _ in range(_MOST_SEGMENTS):
        marker = _next_marker(data)
        if marker in _FRAME_HEADERS:
            (length,) = data.numbers(_LENGTH)
            height, width = data.numbers(_FRAME)
            data.skip(max(length - 7, 0))
            return width, height
        if marker in (_START_OF_SCAN, _END_OF_PICTURE) or marker in _NEVER:
            break
        if marker not in _ALONE:
            _skip_segment(data)
    raise FileRefused("upload_picture")


def _skip_segment(data: PictureBytes) -> None:
    length = int.from_bytes(data.take(2), "big")
    if length < 2:
        raise FileRefused("upload_picture")
    data.skip(length - 2)


def _next_marker(data: PictureBytes) -> int:
    """The marker that begins here; it may be preceded by filling of FF."""
    first, marker = struct.unpack("2B", data.take(2))
    for _ in range(_MOST_SEGMENTS):
        if first != 0xFF or marker != 0xFF:
            break
        (marker,) = struct.unpack("B", data.take(1))
    if first != 0xFF:
        raise FileRefused("upload_picture")
    return int(marker)


_READERS: Final[Mapping[str, Callable[[PictureBytes], Size]]] = MappingProxyType(
    {"png": _png, "gif": _gif, "webp": _webp, "jpeg": _jpeg}
)
