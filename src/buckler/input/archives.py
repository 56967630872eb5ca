"""Archives, judged before anything in them is opened (ASVS 5.2.3, 5.2.5, 5.3.3; PKWARE APPNOTE 6.3).

1. From the first byte to the last the file is one archive: nothing before it, nothing behind it,
   nothing hidden between the members. The directory at the end and the head of each member agree; no
   two members share bytes (a few kilobytes that all members share are how 42 kB become petabytes).
2. At most so many members, so much in all, and so many times the archive's own size.
3. Names: relative, without `..`, drives, backslashes and control characters, none twice.
4. No links, devices, encryption, other archives; stored or deflated, nothing more exotic.
5. While it is unpacked everything is counted again: a declared size that lies is found there.

What is unpacked lies under names of ours, in one folder; paths inside the archive lead nowhere.
"""

import os
import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, BinaryIO, Final

import anyio.to_thread

from buckler.errors import ConfigurationError
from buckler.input.file_refusals import FileRefused
from buckler.input.file_store import FileStore
from buckler.randomness import identifier

_END: Final = struct.Struct("<4s4H2LH")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LONGEST_TAIL: Final = _END.size + 0xFFFF
_LONGEST_ENTRY: Final = 1024
"""Bytes that a member has in the directory, on average; bounds what is parsed at all."""
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_UTF8: Final = 0x800
_SMALL: Final = 1024 * 1024
"""Bytes in all below which no ratio is judged: a page of blanks shrinks a thousandfold."""
_DESCRIPTORS: Final = (0, 12, 16, 20, 24)
"""Bytes that may follow a member: its sizes, where its writer did not know them before."""
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE: Final = 64 * 1024
_BAD_NAME: Final = re.compile(r"^/|^[A-Za-z]:|\\|(?:^|/)\.\.?(?:/|$)|//|[\x00-\x1f\x7f]|^$")
_ARCHIVE_NAME: Final = re.compile(
    r"\.(?:zip|jar|war|apk|tar|gz|tgz|bz2|xz|zst|7z|rar|cab|iso|docx|xlsx|pptx)$", re.IGNORECASE
)
_ARCHIVE_STARTS: Final = (
    b"PK\3\4",
    b"PK\5\6",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\0",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
)
_BROKEN: Final = (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, struct.error, OSError)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may hold."""

    members: int = 1000
    total_bytes: int = 100_000_000
    ratio: int = 100
    is_nested_taken: bool = False

    def __post_init__(self) -> None:
        if min(self.members, self.total_bytes, self.ratio) < 1:
            raise ConfigurationError(f"{self}: a limit below 1 would refuse every archive.")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive. `name` is what the archive calls it: to be shown, never to be opened."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A member that was unpacked to `path`, whose name is ours."""

    name: str
    path: Path


class Archive:
    """An archive that was examined. Made by `examine_zip`."""

    def __init__(self, file: BinaryIO, infos: Sequence[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
        self._file = file
        self._infos = infos
        self._limits = limits
        self.members = tuple(Member(info.filename, info.file_size) for info in infos)

    async def extract(self, store: FileStore) -> list[Unpacked]:
        """Unpack every member into `store`; nothing stays there when one is refused."""
        return await anyio.to_thread.run_sync(self._extract, store)

    def _extract(self, store: FileStore) -> list[Unpacked]:
        done: list[Unpacked] = []
        try:
            with zipfile.ZipFile(self._file) as archive:
                for info in self._infos:
                    with archive.open(info) as member:
                        done.append(Unpacked(info.filename, store.write(identifier(), self._pieces(member, info))))
        except BaseException as error:
            for each in done:
                each.path.unlink(missing_ok=True)
            if isinstance(error, _BROKEN):
                raise FileRefused("archive_malformed") from None
            raise
        return done

    def _pieces(self, member: IO[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
        seen = 0
        # The library reads no byte more than was declared, and compares the checksum of what it read.
        while piece := member.read(_PIECE):
            if not seen and not self._limits.is_nested_taken and piece.startswith(_ARCHIVE_STARTS):
                raise FileRefused("archive_nested")
            seen += len(piece)
            yield piece
        if seen != info.file_size:
            raise FileRefused("archive_malformed")


def examine_zip(file: BinaryIO, limits: ArchiveLimits | None = None) -> Archive:
    """The archive, with nothing of it unpacked. Raises `FileRefused`."""
    limits = limits or ArchiveLimits()
    end = _read_end(file, limits)
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
        _judge_layout(file, infos, end)
    except _BROKEN:
        raise FileRefused("archive_malformed") from None
    for info in infos:
        _judge_member(info, limits)
    files = [info for info in infos if not info.is_dir()]
    names = {unicodedata.normalize("NFKC", info.filename.rstrip("/")).casefold() for info in infos}
    if len(names) != len(infos):
        raise FileRefused("archive_name")
    _judge_amount(infos, end, limits)
    return Archive(file, files, limits)


def ends_as_archive(file: BinaryIO, size: int) -> bool:
    """Whether a reader of archives, which begins at the end, would find one here."""
    start = max(size - _LONGEST_TAIL, 0)
    file.seek(start)
    tail = file.read(_LONGEST_TAIL)
    place = tail.rfind(b"PK\5\6")
    while place >= 0:
        if len(tail) - place >= _END.size:
            directory = start + place - int(_END.unpack_from(tail, place)[5])
            file.seek(max(directory, 0))
            if file.read(4) == b"PK\1\2":
                return True
        place = tail.rfind(b"PK\5\6", 0, place)
    return False


def _read_end(file: BinaryIO, limits: ArchiveLimits) -> int:
    """The place of the directory, where the members end."""
    size = file.seek(0, os.SEEK_END)
    start = max(size - _LONGEST_TAIL, 0)
    file.seek(start)
    tail = file.read(_LONGEST_TAIL)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < _END.size:
        raise FileRefused("archive_malformed")
    _, disk, first_disk, here, entries, length, offset, comment = _END.unpack_from(tail, place)
    if (disk, first_disk, here) != (0, 0, entries) or place + _END.size + comment != len(tail):
        raise FileRefused("archive_malformed")
    if offset + length != start + place:  # also archives of more than 4 GB, which say it elsewhere
        raise FileRefused("archive_malformed")
    if entries > limits.members or length > limits.members * _LONGEST_ENTRY:
        raise FileRefused("archive_too_large")
    return int(offset)


def _judge_layout(file: BinaryIO, infos: Iterable[zipfile.ZipInfo], end: int) -> None:
    ordered = sorted(infos, key=lambda info: info.header_offset)
    places = [(info.header_offset, _end_of(file, info)) for info in ordered]
    spans = [(0, 0), *places, (end, end)]
    # One member ends where the next begins.
    if any(after - before not in _DESCRIPTORS for (_, before), (after, _) in pairwise(spans)):
        raise FileRefused("archive_malformed")
    if places and places[0][0] != 0:
        raise FileRefused("archive_malformed")


def _end_of(file: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Where the bytes of a member end, by its own head, which must agree with the directory."""
    file.seek(info.header_offset)
    head = file.read(_LOCAL.size)
    signature, _, flags, method, _, _, _, packed, _, name_length, extra_length = _LOCAL.unpack(head)
    name = file.read(name_length).decode("utf-8" if flags & _UTF8 else "cp437")
    is_told_later = bool(flags & 0x8) and packed == 0
    agrees = (signature, name, method) == (b"PK\3\4", info.orig_filename, info.compress_type)
    if not agrees or flags & _ENCRYPTED != info.flag_bits & _ENCRYPTED:
        raise FileRefused("archive_malformed")
    if not is_told_later and packed != info.compress_size:
        raise FileRefused("archive_malformed")
    return info.header_offset + _LOCAL.size + int(name_length) + int(extra_length) + info.compress_size


def _judge_member(info: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise FileRefused("archive_encrypted")
    if info.compress_type not in _METHODS:
        raise FileRefused("archive_malformed")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FileRefused("archive_link")
    if _BAD_NAME.search(info.orig_filename):
        raise FileRefused("archive_name")
    if not limits.is_nested_taken and _ARCHIVE_NAME.search(info.filename):
        raise FileRefused("archive_nested")


def _judge_amount(infos: Sequence[zipfile.ZipInfo], end: int, limits: ArchiveLimits) -> None:
    total = sum(info.file_size for info in infos)
    if total > limits.total_bytes:
        raise FileRefused("archive_too_large")
    if total > _SMALL and total > limits.ratio * end:
        raise FileRefused("archive_ratio")
