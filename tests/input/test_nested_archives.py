"""Whether a member is an archive, by what it holds."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from buckler.input import ArchiveLimits, FileRefused, FileStore, examine_zip
from tests.input.files import DOCX, GOOD, archive


async def test_an_archive_in_an_archive_is_refused_by_its_content(tmp_path: Path) -> None:
    """And nothing of what was unpacked before it stays."""
    content = archive({"a.txt": b"a", "b.txt": DOCX})
    with pytest.raises(FileRefused, match="another archive"):
        await examine_zip(io.BytesIO(content)).extract(FileStore(tmp_path / "kept"))
    assert list((tmp_path / "kept").iterdir()) == []
    taken = examine_zip(io.BytesIO(content), ArchiveLimits(is_nested_taken=True))
    assert len(await taken.extract(FileStore(tmp_path / "kept"))) == 2


def tar() -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as made:
        made.addfile(tarfile.TarInfo("a"))
    return written.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"X" + DOCX,
        b"X" * 100_000 + DOCX,
        bytes(65_536 - DOCX.index(b"PK\5\6") - 2) + DOCX,
        tar(),
        b"\0" + b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07\0",
        bz2.compress(b"a"),
        gzip.compress(b"a"),
        lzma.compress(b"a"),
        lzma.compress(b"a", lzma.FORMAT_ALONE),
        b"!<arch>\ndebian-binary",
    ],
    ids=range(11),
)
async def test_an_archive_under_a_harmless_name_is_found(tmp_path: Path, content: bytes) -> None:
    """Also behind something else, and where two pieces meet."""
    outer = archive({"a.txt": b"a", "b.txt": content}, method=zipfile.ZIP_STORED)
    with pytest.raises(FileRefused, match="another archive"):
        await examine_zip(io.BytesIO(outer)).extract(FileStore(tmp_path / "kept"))
    assert list((tmp_path / "kept").iterdir()) == []


async def test_a_text_about_archives_is_none(tmp_path: Path) -> None:
    """Whatever it says of them; nor is a picture, or nothing."""
    texts = {
        "a.txt": b"BZh is how bzip2 begins, PK how ZIP does, ustar a tape. " * 3000,
        "b.png": GOOD["png"],
        "c": b"",
    }
    assert len(await examine_zip(io.BytesIO(archive(texts))).extract(FileStore(tmp_path / "kept"))) == 3
