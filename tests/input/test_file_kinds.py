"""What is in a file, whatever it calls itself."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis.strategies import binary, sampled_from
from starlette.datastructures import UploadFile

from buckler import ConfigurationError
from buckler.input import FileRefused, Upload
from buckler.input.archives import ArchiveLimits
from buckler.input.byte_counts import bytes_in
from buckler.input.file_kinds import KINDS, Allowance, size_of
from buckler.input.picture_sizes import size_of_picture
from tests.input.files import DOCX, GOOD, HTML, PDF, archive, large_archive_behind, picture
from tests.proof import stopped_by, two_sided

ALLOWANCE = Allowance(1_000_000, ArchiveLimits())


def judged(kind: str, content: bytes) -> str:
    """The kind of fault, or nothing."""
    file = io.BytesIO(content)
    try:
        KINDS[kind].judge(file, size_of(file), ALLOWANCE)
    except FileRefused as refused:
        return refused.kind
    return ""


def test_each_kind_is_itself_and_none_of_the_others() -> None:
    """Only texts are alike: JSON is one, CSV is one, and a PDF may be written in letters alone."""
    texts = {
        ("txt", "pdf"),
        ("csv", "pdf"),
        ("txt", "csv"),
        ("txt", "json"),
        ("csv", "txt"),
        ("csv", "json"),
        ("zip", "docx"),
        ("zip", "xlsx"),
    }
    fits = {(kind, other) for kind in KINDS for other in GOOD if not judged(kind, GOOD[other])}
    assert fits == {(kind, kind) for kind in KINDS} | texts


def typed(part: bytes) -> bytes:
    """A document that tells the type of a part; its type's list is written as offices do."""
    types = b'<?xml version="1.0" encoding="UTF-8"?><Types><Override ContentType="%b"/></Types>' % part
    return archive({"[Content_Types].xml": types, "word/document.xml": b"<w/>", "word/x.dat": b"x"})


def archive_by_place(head: bytes) -> bytes:
    """An archive whose directory is found by its place alone: something stands between it and the end."""
    one = archive({"a": b"a"})
    start, end = one.index(b"PK\1\2"), bytearray(one[one.index(b"PK\5\6") :])
    struct.pack_into("<L", end, 16, len(head) + start)
    return head + one[: one.index(b"PK\5\6")] + b"between" + bytes(end)


DISGUISED = {
    "a.png": large_archive_behind(GOOD["png"], GOOD["png"][-12:]),
    "a.jpg": large_archive_behind(GOOD["jpeg"]),
    "a.gif": large_archive_behind(GOOD["gif"]),
    "a.pdf": large_archive_behind(b"%PDF-1.4\n", b"\n%%EOF"),
    "a.mp4": large_archive_behind(GOOD["mp4"]),
}


@pytest.mark.asvs("5.2.2")
@pytest.mark.parametrize("name", DISGUISED)
def test_a_picture_that_is_a_large_archive_too_is_refused(name: str) -> None:
    """The standard library reads it as one; so does whoever runs archives of classes."""

    def attack(judge: Callable[[UploadFile], object]) -> bool:
        upload = UploadFile(io.BytesIO(DISGUISED[name]), filename=name)
        if stopped_by(FileRefused, lambda: judge(upload)):
            return False
        with zipfile.ZipFile(io.BytesIO(DISGUISED[name])) as opened:
            return opened.testzip() is None and opened.namelist() == ["evil.class"]

    kinds = {"png", "jpeg", "gif", "pdf", "mp4"}
    two_sided(attack, whole=Upload(kinds=kinds, max_size="1 MB").judge, twin=lambda upload: upload)


JPEG_HEAD = b"\xff\xd8"
JPEG_FRAME = b"\xff\xc0" + struct.pack(">HB2H", 17, 8, 6, 8) + bytes(10)


@pytest.mark.parametrize(
    ("kind", "content", "fault"),
    [
        ("gif", b"GIF89a" + bytes(7), "upload_picture"),
        ("gif", b"GIF89", "upload_kind"),
        ("gif", b"GIF89a\1", "upload_picture"),
        ("gif", GOOD["gif"] + archive({"a": b"a"}), "upload_disguised"),
        ("gif", GOOD["gif"] + archive({"a": b"a"}) + b"behind it", "upload_disguised"),
        ("gif", GOOD["gif"] + PDF, "upload_disguised"),
        ("gif", GOOD["gif"] + b"a comment of PK\5\6 and no more" + bytes(30), ""),
        ("gif", GOOD["gif"] + b"PK\5\6", ""),
        ("gif", b"GIF89a" + struct.pack("<2H3x", 9999, 9999), "upload_pixels"),
        ("jpeg", JPEG_HEAD + JPEG_FRAME, ""),
        ("jpeg", JPEG_HEAD + b"\xff\xff\xff" + JPEG_FRAME[1:], ""),
        ("jpeg", JPEG_HEAD + b"\xff\x01" + JPEG_FRAME, ""),
        ("jpeg", JPEG_HEAD + b"\xff\xe0\0\1" + JPEG_FRAME, "upload_picture"),
        ("jpeg", JPEG_HEAD + b"\xff\xda\0\2" + JPEG_FRAME, "upload_picture"),
        ("jpeg", JPEG_HEAD + b"\xff\xe0\0\2abc", "upload_picture"),
        ("jpeg", JPEG_HEAD + b"\xff\x01" * 2000, "upload_picture"),
        ("jpeg", JPEG_HEAD + b"\xff" * 5000, "upload_picture"),
        ("jpeg", JPEG_HEAD + b"\xff\xc0\0\x11\x08\0\0\0\0", "upload_picture"),
        ("jpeg", GOOD["jpeg"][:30], "upload_picture"),
        ("webp", GOOD["webp"] + b"x", "upload_end"),
        ("webp", GOOD["webp"].replace(b"VP8 ", b"VP8?"), "upload_picture"),
        ("webp", picture("WEBP", lossless=True), ""),
        ("webp", picture("WEBP", mode="RGBA", lossless=True, exif=b"Exif\0\0MM\0*"), ""),
        ("pdf", b" " + PDF, "upload_kind"),
        ("pdf", PDF + bytes(2000), "upload_end"),
        ("pdf", PDF + archive({"a.class": b"a"}), "upload_disguised"),
        ("mp4", GOOD["mp4"].replace(b"isom", b"qt  "), "upload_kind"),
        ("mp4", GOOD["mp4"] + archive({"a": b"a"}), "upload_disguised"),
        ("zip", b"x" + GOOD["zip"], "upload_kind"),
        ("zip", GOOD["zip"] + PDF, "archive_malformed"),
        ("docx", GOOD["zip"], "upload_kind"),
        ("docx", PDF, "upload_kind"),
        (
            "docx",
            archive({"[Content_Types].xml": b"", "word/document.xml": b"", "word/vbaProject.bin": b""}),
            "upload_kind",
        ),
        (
            "docx",
            archive({"[Content_Types].xml": b"", "word/document.xml": b"", "word/embeddings/a.xlsx": DOCX}),
            "",
        ),
        ("docx", typed(b"application/vnd.ms-office.vbaProject"), "upload_kind"),
        ("docx", typed(b"application/vnd.ms-word.document.macroEnabled.main+xml"), "upload_kind"),
        ("docx", typed(b"application/vnd.ms-office.vba&#80;roject"), "upload_kind"),
        ("docx", typed(b"application/vnd.ms-office.vbaProject".decode().encode("utf-16")), "upload_kind"),
        ("docx", typed(b"image/png").replace(b"Types", b"Tapes"), "upload_kind"),
        ("docx", typed(bytes(1_000_001)), "archive_too_large"),
        ("docx", typed(b"image/png"), ""),
        ("gif", archive_by_place(GOOD["gif"]), "upload_disguised"),
        ("txt", b"a\0b", "upload_text"),
        ("txt", b"\x1b[31m", "upload_text"),
        ("txt", b"\xff\xfea\0", "upload_encoding"),
        ("txt", b"cut off \xc3", "upload_encoding"),
        ("txt", "\u6f22".encode() * 70_000, ""),
        ("txt", HTML, ""),
        ("json", b'{"a": NaN}', "upload_json"),
        ("json", b'{"a": 1, "a": 2}', "upload_json"),
    ],
)
def test_what_only_begins_like_a_kind_is_not_of_it(kind: str, content: bytes, fault: str) -> None:
    """Cut off, continued, disguised, or without measure."""
    assert judged(kind, content) == fault


@given(
    sampled_from(sorted(KINDS)), sampled_from([b"", *(content[:24] for content in GOOD.values())]), binary(max_size=200)
)
@example("jpeg", b"\xff\xd8\xff", b"")
def test_no_bytes_at_all_break_a_judge(kind: str, head: bytes, rest: bytes) -> None:
    """A file is of the kind or it is refused."""
    assert isinstance(judged(kind, head + rest), str)


@pytest.mark.parametrize("kind", ["png", "gif", "jpeg", "webp"])
def test_the_size_of_a_picture_is_read_from_its_head(kind: str) -> None:
    """Width first."""
    assert size_of_picture(kind, io.BytesIO(GOOD[kind])) == (8, 6)
    assert size_of_picture("webp", io.BytesIO(picture("WEBP", (300, 200), lossless=True))) == (300, 200)
    assert size_of_picture("webp", io.BytesIO(picture("WEBP", (300, 200), exif=b"Exif\0\0MM\0*"))) == (300, 200)
    assert size_of_picture("jpeg", io.BytesIO(picture("JPEG", (300, 200), progressive=True))) == (300, 200)


@pytest.mark.parametrize(("size", "count"), [(7, 7), ("7 B", 7), ("2 kB", 2000), ("2 MB", 2_000_000), ("1 GiB", 2**30)])
def test_sizes_are_read_as_they_are_written(size: int | str, count: int) -> None:
    """In both kinds of units."""
    assert bytes_in(size) == count


@pytest.mark.parametrize("size", [0, -1, "", "2", "2MB", "0 MB", "1.5 MB", "2 mb", "1234567890 B"])
def test_what_is_no_size_cannot_be_given(size: int | str) -> None:
    """It says what would be one."""
    with pytest.raises(ConfigurationError, match="is not a size"):
        bytes_in(size)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2MB", "2 MB"), ("10 mb", "10 MB"), ("8 KB", "8 kB"), ("5m", "5 MB"), ("7", "7 B"), ("1gib", "1 GiB")],
)
def test_what_is_nearly_a_size_is_told_as_one(written: str, meant: str) -> None:
    """Never guessed."""
    with pytest.raises(ConfigurationError, match=f"Did you mean '{meant}'"):
        bytes_in(written)
