"""Archives, judged before anything in them is opened (ASVS 5.2.3, 5.2.5, 5.3.3; PKWARE APPNOTE 6.3).

1. From the first byte to the last the file is one archive: nothing before it, nothing behind it,
   nothing hidden between the members. The directory at the end and the head of each member agree; no
   two members share bytes (a few kilobytes that all members share are how 42 kB become petabytes).
   What a reader from the front sees of a member (size, checksum, a second name) is what one from the end
   sees. The archive's comment is short.
2. At most so many members, so much in all, and so many times the archive's own size.
3. Names (`member_names.py`): relative, plain on every system, none twice, no file that is a folder too.
4. No links, devices, encryption, other archives; stored or deflated, nothing more exotic.
5. While it is unpacked everything is counted again: a declared size that lies is found there.

What is unpacked lies under names of ours, in one folder; paths inside the archive lead nowhere.
"""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, BinaryIO, Final

import anyio.to_thread

from buckler.errors import ConfigurationError
from buckler.input.file_refusals import FileRefused
from buckler.input.file_store import FileStore
from buckler.input.member_names import is_archive_name, is_bad_name, is_clash
from buckler.input.nested_archives import Nested
from buckler.randomness import identifier

_END: Final = struct.Struct("<4s4H2LH")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_FIELD: Final = struct.Struct("<2H")
_LONGEST_DESCRIPTOR: Final = 24
_LARGE_END: Final = 20
"""Bytes before the end of an archive of more than 4 GB, where it says that its true end is elsewhere."""
_LONGEST_TAIL: Final = _END.size + 0xFFFF
_LONGEST_ENTRY: Final = 1024
"""Bytes that a member has in the directory, on average; bounds what is parsed at all."""
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_UTF8: Final = 0x800
_LONGEST_COMMENT: Final = 1024
_SECOND_NAME: Final = 0x7075
"""A field of a member that holds another name, which some readers prefer (APPNOTE 4.6.9)."""
_SMALL: Final = 1024 * 1024
"""Bytes in all below which no ratio is judged: a page of blanks shrinks a thousandfold."""
_DESCRIPTORS: Final = ("<3L", "<L2Q")
"""What may follow a member: its checksum and sizes, where its writer did not know them before."""
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE: Final = 64 * 1024
_BROKEN: Final = (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, struct.error, zlib.error, OSError)


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

    def read(self, name: str, most: int) -> bytes:
        """A member of at most so many bytes. Raises `FileRefused`."""
        info = next((each for each in self._infos if each.filename == name), None)
        if info is None or info.file_size > most:
            raise FileRefused("archive_too_large" if info else "archive_malformed")
        with zipfile.ZipFile(self._file) as archive:
            return b"".join(self._pieces(archive, info, is_nested_taken=True))

    async def extract(self, store: FileStore) -> list[Unpacked]:
        """Unpack every member into `store`; nothing stays there when one is refused."""
        return await anyio.to_thread.run_sync(self._extract, store)

    def _extract(self, store: FileStore) -> list[Unpacked]:
        done: list[Unpacked] = []
        try:
            with zipfile.ZipFile(self._file) as archive:
                for info in self._infos:
                    pieces = self._pieces(archive, info, is_nested_taken=self._limits.is_nested_taken)
                    done.append(Unpacked(info.filename, store.write(identifier(), pieces)))
        except BaseException:
            # Also where the store fails, which is not the sender's fault and goes on as what it is.
            for each in done:
                each.path.unlink(missing_ok=True)
            raise
        return done

    def _pieces(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, is_nested_taken: bool) -> Iterator[bytes]:
        seen, nested = 0, Nested()
        for piece in _read(archive, info):
            seen += len(piece)
            if not is_nested_taken and nested.begins(piece):
                raise FileRefused("archive_nested")
            yield piece
        if seen != info.file_size:
            raise FileRefused("archive_malformed")
        if not is_nested_taken and nested.ends():
            raise FileRefused("archive_nested")


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as member:
            # The library reads no byte more than was declared, and compares the checksum of what it read.
            yield from _pieces_of(member)
    except _BROKEN:
        raise FileRefused("archive_malformed") from None


def _pieces_of(member: IO[bytes]) -> Iterator[bytes]:
    while piece := member.read(_PIECE):
        yield piece


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
    if is_clash(info.filename for info in infos):
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
            *_, length, offset, _ = _END.unpack_from(tail, place)
            # Behind a head of their own, readers find the directory by its length; or by its place.
            found = _is_at(file, start + place - length) or _is_at(file, offset)
            if found or tail[max(place - _LARGE_END, 0) :].startswith(b"PK\6\7"):
                return True
        place = tail.rfind(b"PK\5\6", 0, place)
    return False


def _is_at(file: BinaryIO, place: int) -> bool:
    file.seek(max(place, 0))
    return file.read(4) == b"PK\1\2"


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
    if (
        (disk, first_disk, here) != (0, 0, entries)
        or place + _END.size + comment != len(tail)
        or comment > _LONGEST_COMMENT
    ):
        raise FileRefused("archive_malformed")
    if offset + length != start + place:  # also archives of more than 4 GB, which say it elsewhere
        raise FileRefused("archive_malformed")
    if entries > limits.members or length > limits.members * _LONGEST_ENTRY:
        raise FileRefused("archive_too_large")
    return int(offset)


def _judge_layout(file: BinaryIO, infos: Iterable[zipfile.ZipInfo], end: int) -> None:
    ordered = sorted(infos, key=lambda info: info.header_offset)
    starts = [*(info.header_offset for info in ordered), end]
    if starts[0] != 0:
        raise FileRefused("archive_malformed")
    # One member ends where the next begins.
    for info, (_, after) in zip(ordered, pairwise(starts), strict=True):
        if not _fits(file, info, _end_of(file, info), after):
            raise FileRefused("archive_malformed")


def _fits(file: BinaryIO, info: zipfile.ZipInfo, before: int, after: int) -> bool:
    """Whether nothing stands between a member and the next but what says its sizes once more."""
    if before == after:
        return True
    if not 0 < after - before <= _LONGEST_DESCRIPTOR:
        return False
    file.seek(before)
    told = (info.CRC, info.compress_size, info.file_size)
    return file.read(after - before).removeprefix(b"PK\7\10") in [struct.pack(form, *told) for form in _DESCRIPTORS]


def _end_of(file: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Where the bytes of a member end, by its own head, which must agree with the directory."""
    file.seek(info.header_offset)
    head = file.read(_LOCAL.size)
    signature, _, flags, method, _, _, checksum, packed, size, name_length, extra_length = _LOCAL.unpack(head)
    name = file.read(name_length).decode("utf-8" if flags & _UTF8 else "cp437")
    extra = file.read(extra_length)
    agrees = (signature, name, method) == (b"PK\3\4", info.orig_filename, info.compress_type)
    if not agrees or flags & _ENCRYPTED != info.flag_bits & _ENCRYPTED:
        raise FileRefused("archive_malformed")
    told = (checksum, packed, size)
    if told != (info.CRC, info.compress_size, info.file_size) and not (flags & 0x8 and told == (0, 0, 0)):
        raise FileRefused("archive_malformed")
    if _has_second_name(extra) or _has_second_name(info.extra):
        raise FileRefused("archive_name")
    return info.header_offset + _LOCAL.size + int(name_length) + int(extra_length) + info.compress_size


def _has_second_name(extra: bytes) -> bool:
    while len(extra) >= _FIELD.size:
        kind, length = _FIELD.unpack_from(extra)
        if kind == _SECOND_NAME:
            return True
        extra = extra[_FIELD.size + length :]
    return False


def _judge_member(info: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise FileRefused("archive_encrypted")
    if info.compress_type not in _METHODS:
        raise FileRefused("archive_malformed")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FileRefused("archive_link")
    if is_bad_name(info.orig_filename) or is_bad_name(info.filename):
        raise FileRefused("archive_name")
    if not limits.is_nested_taken and is_archive_name(info.filename):
        raise FileRefused("archive_nested")


def _judge_amount(infos: Sequence[zipfile.ZipInfo], end: int, limits: ArchiveLimits) -> None:
    total = sum(info.file_size for info in infos)
    if total > limits.total_bytes:
        raise FileRefused("archive_too_large")
    if total > _SMALL and total > limits.ratio * end:
        raise FileRefused("archive_ratio")
