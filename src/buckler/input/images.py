"""The drawing itself, in the one file that knows the decoder (ASVS 5.2.6, 14.2.8).

1. The size from the head of the file, by our own reading, then by the decoder's, before it decodes.
2. The decoder of the kind that was judged, and of no other.
3. One frame; of a JPEG with several (previews, depth, brightness) the first.
4. Turned upright, then copied to a picture that is new: saved from it, nothing of the old is left.
"""

import io
import struct
import zlib
from types import MappingProxyType
from typing import BinaryIO, Final

from PIL import Image, ImageOps

from buckler.input.file_kinds import KINDS
from buckler.input.file_refusals import FileRefused
from buckler.input.picture_sizes import size_of_picture
from buckler.input.redrawn import Redrawn
from buckler.randomness import identifier

_QUALITY: Final = 90
_EFFORT: Final = 2
"""Of 9, for PNG: the usual 6 takes a core for eleven seconds where a large picture is noise."""
_FORMATS: Final = MappingProxyType({"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "webp": "WEBP"})
_UNREADABLE: Final = (
    ArithmeticError,
    AssertionError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    UserWarning,  # where somebody made warnings errors
    ValueError,
    struct.error,
    zlib.error,
)
"""What decoders raise for files that are none; the library promises no single one."""
_UNFOLDING: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def redraw(file: BinaryIO, kind: str, most: int) -> Redrawn:
    """The picture in `file`, drawn anew. Raises `FileRefused`."""
    _judge(size_of_picture(kind, file), most)
    file.seek(0)
    try:
        with Image.open(file, formats=[_FORMATS[kind]]) as opened:
            _judge(opened.size, most)
            if kind != "jpeg" and getattr(opened, "is_animated", False):
                raise FileRefused("upload_animated")
            return _drawn(opened, kind)
    except _UNFOLDING:
        raise FileRefused("upload_pixels") from None
    except _UNREADABLE:
        raise FileRefused("upload_picture") from None


def _drawn(picture: Image.Image, kind: str) -> Redrawn:
    ImageOps.exif_transpose(picture, in_place=True)
    mode = "RGBA" if picture.has_transparency_data and kind != "jpeg" else "RGB"
    clean = Image.new(mode, picture.size)
    clean.paste(picture if picture.mode == mode else picture.convert(mode))
    written = io.BytesIO()
    clean.save(written, _FORMATS[kind], quality=_QUALITY, compress_level=_EFFORT)
    name = identifier() + KINDS[kind].extensions[0]
    return Redrawn(written.getvalue(), kind, clean.width, clean.height, name)


def _judge(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise FileRefused("upload_pixels")
