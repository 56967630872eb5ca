"""Files of every kind, as small as they come, and the ones that attackers make of them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, Final

from PIL import Image, PngImagePlugin

HTML: Final = b"<!doctype html><script>fetch('/me').then(r => r.text()).then(alert)</script>"
CANARY: Final = b"48.8584 N, 2.2945 E"


def picture(kind: str, size: tuple[int, int] = (8, 6), mode: str = "RGB", **saved: Any) -> bytes:
    """A true picture."""
    written = io.BytesIO()
    Image.new(mode, size, None).save(written, kind, **saved)
    return written.getvalue()


def picture_with_secrets(kind: str) -> bytes:
    """A picture that tells where it was taken, in every place the format has for it; it lies on its side."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif[0x0112] = 6
    saved: dict[str, Any] = {"exif": exif, "comment": CANARY, "icc_profile": CANARY, "xmp": CANARY}
    if kind == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("place", CANARY.decode())
        saved["pnginfo"] = notes
    return picture(kind, **saved)


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def pixel_bomb(side: int = 50_000) -> bytes:
    """A PNG of a few kilobytes with `side` by `side` pixels; the rows are all there, as far as they are read."""
    head = struct.pack(">2I5B", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(4_000_000), 9)
    chunks = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def archive(members: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these members."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return written.getvalue()


def archive_with(name: str, content: bytes = b"x", *, mode: int = 0) -> bytes:
    """An archive of one member, which is of this mode."""
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr(info, content)
    return written.getvalue()


def large_archive_behind(head: bytes, tail: bytes = b"") -> bytes:
    """A file with an archive at its end that says, as those of more than 4 GB do, that its true end is elsewhere."""
    one = archive({"evil.class": b"payload"})
    directory, end = one.index(b"PK\1\2"), one.index(b"PK\5\6")
    entry = bytearray(one[directory:end])
    struct.pack_into("<L", entry, 42, len(head))
    place = len(head) + directory
    true_end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(entry), place)
    pointer = struct.pack("<4sLQL", b"PK\6\7", 0, place + len(entry), 1)
    short = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, len(tail))
    return head + one[:directory] + bytes(entry) + true_end + pointer + short + tail


DOCX: Final = archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"})
XLSX: Final = archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
PDF: Final = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
MP4: Final = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"mp41") + struct.pack(">I4s", 8, b"mdat")

GOOD: Final[dict[str, bytes]] = {
    "csv": "\ufeffname,remark\nO'Brien,=1+1\n".encode(),
    "docx": DOCX,
    "gif": picture("GIF"),
    "jpeg": picture("JPEG"),
    "json": b'{"a": [1, "<b>"]}',
    "mp4": MP4,
    "pdf": PDF,
    "png": picture("PNG"),
    "txt": "SELECT * FROM t; -- <script>{{7*7}} ../.. \U0001f600 \u0639\u0631\u0628\u064a \u6f22\n".encode(),
    "webp": picture("WEBP"),
    "xlsx": XLSX,
    "zip": archive({"a.txt": b"a", "folder/b.txt": b"b"}),
}
"""One of each kind."""
