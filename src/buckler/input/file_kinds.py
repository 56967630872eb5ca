"""What is in a file, whatever it calls itself (ASVS 5.2.2).

A kind is known by what its format's own specification puts at the first byte, and, where the format
says how it ends, by its end:
- png, gif, jpeg, webp: signature; the whole length (webp) or the last chunk (png); size in pixels.
- pdf: `%PDF-` at the first byte, `%%EOF` in the last kilobyte.
- mp4: a `ftyp` box with a brand of MPEG-4.
- zip, docx, xlsx: an archive that passes `archives.py`, from its first byte to its last; documents
  of an office hold the part that makes them one, and no macros, by name or by the type that is told.
- txt, csv: UTF-8 without control characters. json: strict JSON.

What is of its kind and is refused all the same (a text in Latin-1, a picture that goes on after its end) is told so.

A file that is two kinds at once shows each reader what it looks for. Two well-known ways are refused:
an archive at the end of another file, and a PDF in the first kilobyte of a picture. Script inside the
colours or comments of a true picture is not seen: `Pictures` draws it anew, and headers say `nosniff`.

SVG is no kind: it is a document that may run script, however it is drawn.
"""

import codecs
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO, Final

from buckler.input.archives import ArchiveLimits, ends_as_archive, examine_zip
from buckler.input.file_refusals import FileRefused
from buckler.input.json import MalformedJson, judge
from buckler.input.picture_sizes import size_of_picture

_PIECE: Final = 64 * 1024
_TAIL: Final = 1024
_PNG_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MP4_BRANDS: Final = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"MSNV")
_TYPES: Final = "[Content_Types].xml"
_MACROS: Final = re.compile(r"vbaproject|\.bin$|activex", re.IGNORECASE)
_MACRO_TYPES: Final = re.compile(rb"vbaproject|macroenabled|ms-office\.activex", re.IGNORECASE)
_TYPES_HIDDEN: Final = re.compile(rb"&#|<!DOCTYPE|<!\[CDATA|encoding\s*=\s*.(?!utf-8|us-ascii)|\0", re.IGNORECASE)
"""Other ways to write the same letters; no office does."""
_MOST_TYPES: Final = 1_000_000
_OFFICE_LIMITS: Final = ArchiveLimits(is_nested_taken=True)
"""What is embedded in a document is never unpacked by us."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much a file of a kind may hold."""

    pixels: int
    archive: ArchiveLimits


Judge = Callable[[BinaryIO, int, Allowance], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. The first extension and the first media type are those that we use."""

    name: str
    extensions: tuple[str, ...]
    media_types: tuple[str, ...]
    judge: Judge
    """Raises `FileRefused` for a file, of so many bytes, that is not of this kind."""


def size_of(file: BinaryIO) -> int:
    """Its bytes, counted."""
    return file.seek(0, os.SEEK_END)


def _at(file: BinaryIO, offset: int, count: int) -> bytes:
    file.seek(offset)
    return file.read(count)


def _expect(holds: bool) -> None:
    if not holds:
        raise FileRefused("upload_kind")


def _expect_end(holds: bool) -> None:
    if not holds:
        raise FileRefused("upload_end")


def _judge_picture(kind: str, file: BinaryIO, size: int, allowance: Allowance) -> None:
    width, height = size_of_picture(kind, file)
    if width * height > allowance.pixels:
        raise FileRefused("upload_pixels")
    if b"%PDF-" in _at(file, 0, _TAIL) or ends_as_archive(file, size):
        raise FileRefused("upload_disguised")


def _judge_png(file: BinaryIO, size: int, allowance: Allowance) -> None:
    _expect(_at(file, 0, 16) == b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    _judge_picture("png", file, size, allowance)
    _expect_end(_at(file, max(size - len(_PNG_END), 0), len(_PNG_END)) == _PNG_END)


def _judge_jpeg(file: BinaryIO, size: int, allowance: Allowance) -> None:
    _expect(_at(file, 0, 3) == b"\xff\xd8\xff")
    _judge_picture("jpeg", file, size, allowance)


def _judge_gif(file: BinaryIO, size: int, allowance: Allowance) -> None:
    _expect(_at(file, 0, 6) in (b"GIF87a", b"GIF89a"))
    _judge_picture("gif", file, size, allowance)


def _judge_webp(file: BinaryIO, size: int, allowance: Allowance) -> None:
    head = _at(file, 0, 12)
    _expect(head[:4] == b"RIFF" and head[8:] == b"WEBP")
    _judge_picture("webp", file, size, allowance)
    _expect_end(int.from_bytes(head[4:8], "little") + 8 == size)


def _judge_pdf(file: BinaryIO, size: int, _: Allowance) -> None:
    _expect(_at(file, 0, 5) == b"%PDF-")
    _expect_end(b"%%EOF" in _at(file, max(size - _TAIL, 0), _TAIL))
    if ends_as_archive(file, size):
        raise FileRefused("upload_disguised")


def _judge_mp4(file: BinaryIO, size: int, _: Allowance) -> None:
    head = _at(file, 0, 12)
    _expect(head[4:8] == b"ftyp" and head[8:] in _MP4_BRANDS and 16 <= int.from_bytes(head[:4], "big") <= size)
    if ends_as_archive(file, size):
        raise FileRefused("upload_disguised")


def _judge_zip(file: BinaryIO, _size: int, allowance: Allowance) -> None:
    _expect(_at(file, 0, 4) == b"PK\3\4")
    examine_zip(file, allowance.archive)


def _judge_office(part: str, file: BinaryIO) -> None:
    _expect(_at(file, 0, 4) == b"PK\3\4")
    archive = examine_zip(file, _OFFICE_LIMITS)
    names = {member.name for member in archive.members}
    _expect({_TYPES, part} <= names and not any(map(_MACROS.search, names)))
    types = archive.read(_TYPES, _MOST_TYPES)
    _expect(not _MACRO_TYPES.search(types) and not _TYPES_HIDDEN.search(types))


def _judge_docx(file: BinaryIO, _size: int, _: Allowance) -> None:
    _judge_office("word/document.xml", file)


def _judge_xlsx(file: BinaryIO, _size: int, _: Allowance) -> None:
    _judge_office("xl/workbook.xml", file)


def _judge_text(file: BinaryIO, _size: int, _: Allowance) -> None:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_PIECE):
            if _CONTROL.search(decoder.decode(piece)) is not None:
                raise FileRefused("upload_encoding" if _is_utf_16(file) else "upload_text")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise FileRefused("upload_encoding") from None


def _is_utf_16(file: BinaryIO) -> bool:
    """Whether every other of its first bytes is nothing: so is Latin text there."""
    head = _at(file, 0, 16)
    return len(head) >= 4 and (not any(head[::2]) or not any(head[1::2]))


def _judge_json(file: BinaryIO, size: int, _: Allowance) -> None:
    try:
        judge(_at(file, 0, size))
    except MalformedJson as error:
        raise FileRefused("upload_json", f"The file is no JSON that can be taken: {str(error).rstrip('.')}") from None


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_ALL: Final = (
    Kind("csv", (".csv",), ("text/csv", "text/plain", "application/csv", "application/vnd.ms-excel"), _judge_text),
    Kind("docx", (".docx",), (f"{_OFFICE}.wordprocessingml.document",), _judge_docx),
    Kind("gif", (".gif",), ("image/gif",), _judge_gif),
    Kind("jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"), ("image/jpeg", "image/jpg", "image/pjpeg"), _judge_jpeg),
    Kind("json", (".json",), ("application/json", "text/json"), _judge_json),
    Kind("mp4", (".mp4", ".m4v"), ("video/mp4", "video/x-m4v"), _judge_mp4),
    Kind("pdf", (".pdf",), ("application/pdf", "application/x-pdf"), _judge_pdf),
    Kind("png", (".png",), ("image/png", "image/x-png"), _judge_png),
    Kind("txt", (".txt", ".text"), ("text/plain",), _judge_text),
    Kind("webp", (".webp",), ("image/webp",), _judge_webp),
    Kind("xlsx", (".xlsx",), (f"{_OFFICE}.spreadsheetml.sheet",), _judge_xlsx),
    Kind("zip", (".zip",), ("application/zip", "application/x-zip-compressed", "application/x-zip"), _judge_zip),
)
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for kind in _ALL})
