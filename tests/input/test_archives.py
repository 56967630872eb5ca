"""Archives, judged before they are opened. The twin opens them with the standard library, as one does."""

import asyncio
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from buckler import ConfigurationError
from buckler.input import ArchiveLimits, FileRefused, FileStore, examine_zip
from tests.input.files import GOOD, archive, archive_with
from tests.proof import two_sided

Extract = Callable[[bytes, Path], None]


def plainly(content: bytes, folder: Path) -> None:
    """The twin: every member to the path it names, links made as links. (`shutil` and `tarfile` did for years.)"""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        for info in opened.infolist():
            place = folder / info.filename
            place.parent.mkdir(parents=True, exist_ok=True)
            if stat.S_ISLNK(info.external_attr >> 16):
                place.symlink_to(opened.read(info).decode())
            else:
                place.write_bytes(opened.read(info))


def ours(content: bytes, folder: Path) -> None:
    try:
        asyncio.run(examine_zip(io.BytesIO(content)).extract(FileStore(folder)))
    except FileRefused:
        return


def refusal_of(content: bytes, limits: ArchiveLimits | None = None) -> str:
    with pytest.raises(FileRefused) as refused:
        examine_zip(io.BytesIO(content), limits)
    return refused.value.kind


@pytest.mark.asvs("5.3.3")
def test_a_path_in_an_archive_leads_nowhere(tmp_path: Path) -> None:
    """`../` climbs out of the folder on the twin."""

    def attack(extract: Extract) -> bool:
        name = f"../{extract.__name__}.txt"
        extract(archive({name: b"x"}), tmp_path / "folder")
        return (tmp_path / f"{extract.__name__}.txt").exists()

    two_sided(attack, whole=ours, twin=plainly)


@pytest.mark.asvs("5.2.5")
def test_an_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    """Whoever reads the unpacked files would read /etc/passwd."""
    content = archive_with("a.txt", b"/etc/passwd", mode=stat.S_IFLNK | 0o777)

    def attack(extract: Extract) -> bool:
        folder = tmp_path / extract.__name__
        folder.mkdir(mode=0o700)
        extract(content, folder)
        return any(path.is_symlink() for path in folder.rglob("*"))

    two_sided(attack, whole=ours, twin=plainly)
    assert refusal_of(content) == "archive_link"


@pytest.mark.asvs("5.2.3")
def test_an_archive_is_measured_before_it_is_opened(tmp_path: Path) -> None:
    """10 kB become 10 MB on the twin's disk."""
    content = archive({"a.txt": bytes(10_000_000)})

    def attack(extract: Extract) -> bool:
        folder = tmp_path / extract.__name__
        folder.mkdir(mode=0o700)
        extract(content, folder)
        return sum(path.stat().st_size for path in folder.rglob("*")) > 1_000_000

    two_sided(attack, whole=ours, twin=plainly)


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(mode: int) -> None:
    """Plain files and folders are neither."""
    assert refusal_of(archive_with("a", mode=mode | 0o777)) == "archive_link"
    assert examine_zip(io.BytesIO(archive_with("a", mode=stat.S_IFREG | 0o644))).members[0].name == "a"


def with_second_name(*, in_front: bool, at_the_end: bool) -> bytes:
    """good.txt, which readers that prefer the second name write as ../../evil.sh."""
    second = b"\1" + struct.pack("<L", zlib.crc32(b"good.txt")) + b"../../evil.sh"
    info = zipfile.ZipInfo("good.txt")
    info.extra = struct.pack("<2H", 0x5455, 0) + struct.pack("<2H", 0x7075, len(second)) + second
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr(info, b"#!/bin/sh")
    content = written.getvalue()
    if not in_front:
        content = patched(content, b"PK\3\4", 30 + 8 + 4, b"xx")
    return content if at_the_end else patched(content, b"PK\1\2", 46 + 8 + 4, b"xx")


@pytest.mark.parametrize("where", [{"in_front": True, "at_the_end": False}, {"in_front": False, "at_the_end": True}])
def test_a_second_name_is_refused(where: dict[str, bool]) -> None:
    """In either head; another field is not."""
    assert refusal_of(with_second_name(**where)) == "archive_name"
    assert examine_zip(io.BytesIO(with_second_name(in_front=False, at_the_end=False))).members


def test_a_comment_is_short() -> None:
    """A kilobyte says what an archive is; sixty hide another."""

    def commented(length: int) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as made:
            made.writestr("a", b"a")
            made.comment = b"c" * length
        return written.getvalue()

    assert examine_zip(io.BytesIO(commented(1024))).members
    assert refusal_of(commented(1025)) == "archive_malformed"


async def test_what_does_not_unfold_is_refused(tmp_path: Path) -> None:
    """The heads agree; the bytes are no deflated ones."""
    content = patched(ONE, b"PK\3\4", 30 + len("a.txt"), b"\xff\xff\xff\xff")
    with pytest.raises(FileRefused, match="one archive"):
        await examine_zip(io.BytesIO(content)).extract(FileStore(tmp_path / "kept"))
    assert list((tmp_path / "kept").iterdir()) == []


async def test_what_is_unpacked_lies_under_names_of_ours(tmp_path: Path) -> None:
    """Each with the name it had, to be shown."""
    done = await examine_zip(io.BytesIO(GOOD["zip"])).extract(FileStore(tmp_path / "kept"))
    assert [(each.name, each.path.read_bytes()) for each in done] == [("a.txt", b"a"), ("folder/b.txt", b"b")]
    assert all(each.path.parent == tmp_path / "kept" and len(each.path.name) == 32 for each in done)
    assert {each.path.stat().st_mode & 0o777 for each in done} == {0o600}


@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        (ArchiveLimits(members=1), "archive_too_large"),
        (ArchiveLimits(total_bytes=1), "archive_too_large"),
        (ArchiveLimits(members=2, total_bytes=2), ""),
    ],
)
def test_members_and_bytes_are_counted(limits: ArchiveLimits, kind: str) -> None:
    """Folders count as members."""
    if kind:
        assert refusal_of(GOOD["zip"], limits) == kind
    else:
        assert len(examine_zip(io.BytesIO(GOOD["zip"]), limits).members) == 2


def overlapping() -> bytes:
    """A directory that names the same bytes a hundred times (the bomb of 42 kB and petabytes)."""
    one = archive({"a0": bytes(10_000)})
    start = one.index(b"PK\1\2")
    entry = one[start : one.index(b"PK\5\6")]
    entries = b"".join(entry.replace(b"a0", b"%02d" % n) for n in range(100))
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 100, 100, len(entries), start, 0)
    return one[:start] + entries + end


def hiding(what: bytes = b"") -> bytes:
    """A second member between the first and the directory, which only readers from the front see."""
    one = archive({"a": b"a"})
    start = one.index(b"PK\1\2")
    hidden = what or one[:start]
    end = bytearray(one[one.index(b"PK\5\6") :])
    struct.pack_into("<L", end, 16, start + len(hidden))
    return one[:start] + hidden + one[start : one.index(b"PK\5\6")] + bytes(end)


def behind_a_head_of(head: bytes) -> bytes:
    """An archive that knows of the bytes before it, as those have that unpack themselves."""
    file = io.BytesIO(head)
    with zipfile.ZipFile(file, "a") as made:
        made.writestr("a", b"a")
    return file.getvalue()


def patched(content: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """`content` with bytes behind a signature exchanged."""
    place = content.index(signature) + offset
    return content[:place] + value + content[place + len(value) :]


def piped() -> bytes:
    """An archive whose writer could not go back to its heads."""

    class Pipe:
        written = b""

        def write(self, data: bytes) -> int:
            self.written += data
            return len(data)

        def flush(self) -> None: ...

    pipe = Pipe()
    with zipfile.ZipFile(cast("IO[bytes]", pipe), "w") as made:
        made.writestr("a", b"a")
        made.writestr("b", b"b")
    return pipe.written


PIPED = piped()
ONE = archive({"a.txt": b"hello hello hello hello"})
MALFORMED = {
    "nothing": b"",
    "no archive": b"PK\3\4" + bytes(100),
    "cut off": ONE[:-1],
    "something before it": b"#!/bin/sh\n" + ONE,
    "a program before it": behind_a_head_of(b"#!/bin/sh\n\n\n"),
    "a longer program before it": behind_a_head_of(b"#!/bin/sh\nexit\n\n\n\n"),
    "something behind it": ONE + b"x",
    "overlapping members": overlapping(),
    "a hidden member": hiding(),
    "another name in front": patched(ONE, b"PK\3\4", 30, b"b"),
    "another method in front": patched(ONE, b"PK\3\4", 8, b"\0\0"),
    "another size in front": patched(ONE, b"PK\3\4", 18, b"\1\0\0\0"),
    "another unpacked size in front": patched(ONE, b"PK\3\4", 22, b"\1\0\0\0"),
    "another checksum in front": patched(ONE, b"PK\3\4", 14, b"\1\0\0\0"),
    "another size behind": patched(PIPED, b"PK\7\x08", 12, b"\2\0\0\0"),
    "more behind": hiding(b"x" * 30),
    "encrypted in front": patched(ONE, b"PK\3\4", 6, b"\1\0"),
    "no head": patched(ONE, b"PK\3\4", 0, b"PK\1\1"),
    "on two disks": patched(ONE, b"PK\5\6", 4, b"\1\0"),
    "an exotic method": archive({"a": b"a"}, method=zipfile.ZIP_LZMA),
    "a name that is no UTF-8": patched(archive({"\u00e9": b"a"}), b"PK\3\4", 30, b"\xff\xff"),
    "larger than 4 GB": patched(ONE, b"PK\5\6", 12, b"\xff" * 8),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_not_one_archive_and_nothing_else_is_refused(what: str) -> None:
    """Readers would differ in what they see."""
    assert refusal_of(MALFORMED[what]) == "archive_malformed"


def test_an_encrypted_archive_is_refused() -> None:
    """Nobody could say what is in it."""
    encrypted = patched(patched(ONE, b"PK\3\4", 6, b"\1\0"), b"PK\1\2", 8, b"\1\0")
    assert refusal_of(encrypted) == "archive_encrypted"


async def test_a_declared_size_that_lies_is_found_while_it_is_unpacked(tmp_path: Path) -> None:
    """Too small or too large: what was written is removed."""
    for lie in (b"\1\0\0\0", b"\xff\0\0\0"):
        content = patched(patched(ONE, b"PK\1\2", 24, lie), b"PK\3\4", 22, lie)
        with pytest.raises(FileRefused, match="one archive"):
            await examine_zip(io.BytesIO(content)).extract(FileStore(tmp_path / "kept"))
        assert list((tmp_path / "kept").iterdir()) == []


def test_members_whose_sizes_follow_them_are_read() -> None:
    """As writers to a pipe do."""
    assert [member.name for member in examine_zip(io.BytesIO(PIPED)).members] == ["a", "b"]


def test_a_page_of_blanks_is_no_bomb() -> None:
    """A thousandfold, but of a megabyte at most."""
    assert examine_zip(io.BytesIO(archive({"a.csv": b" " * 1_000_000}))).members[0].size == 1_000_000


def test_another_kind_of_archive_is_none() -> None:
    """tar has no place where its members are counted."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz"):
        pass
    assert refusal_of(written.getvalue()) == "archive_malformed"


def test_limits_below_one_cannot_be_made() -> None:
    """They would refuse every archive."""
    with pytest.raises(ConfigurationError, match="below 1"):
        ArchiveLimits(ratio=0)


@given(binary(max_size=300))
def test_no_bytes_at_all_break_the_judge(content: bytes) -> None:
    """Refused, as what they are."""
    assert refusal_of(content) == "archive_malformed"


@given(integers(0, len(GOOD["zip"]) - 1), integers(0, 255))
def test_no_changed_byte_breaks_the_judge(place: int, value: int) -> None:
    """An archive with any byte exchanged is examined or refused."""
    content = bytearray(GOOD["zip"])
    content[place] = value
    try:
        assert len(examine_zip(io.BytesIO(bytes(content))).members) <= 2
    except FileRefused as refused:
        assert refused.status_code == 422  # noqa: PT017 - either end is right
