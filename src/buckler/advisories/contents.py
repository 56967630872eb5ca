"""The texts of the records that were brought along: of a file, of a folder, or of an archive.

An archive is others' work, and says of itself how large it is. What is read of it is bounded, whatever it says.
"""

import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path
from typing import IO, Final

from buckler.advisories.packages import InputRefused
from buckler.redact import plain

_MOST: Final = 32 << 20
"""Bytes of one record. The largest that databases have are a tenth of it."""
_MOST_OF_ALL: Final = 1 << 30
"""Bytes of all records."""
_MOST_FILES: Final = 500_000
"""In an archive, records or not."""
_LARGEST: Final = 512 << 20
"""Bytes of an archive as it lies there: its list of files is read whole."""
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, RuntimeError, NotImplementedError, ValueError)
"""What zipfile raises for an archive that is damaged, is locked with a password, or is packed in a way of its own."""


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each record's file with its name, for a person. Raises `InputRefused` and `OSError`."""
    left = _MOST_OF_ALL
    for name, content in _of_archive(path) if is_archive(path) else _of_files(path):
        left -= len(content)
        if left < 0:
            raise InputRefused(f"{plain(str(path))} has more than {_MOST_OF_ALL >> 20} MB of records. Bring fewer.")
        yield name, content


def is_archive(path: Path) -> bool:
    """Whether it is read as one."""
    return path.suffix.lower() == ".zip"


def _of_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    shown = plain(str(path))
    if path.stat().st_size > _LARGEST:
        raise InputRefused(f"{shown} is larger than an archive of records can be ({_LARGEST >> 20} MB).")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > _MOST_FILES:
                raise InputRefused(f"{shown} has more than {_MOST_FILES} files. Bring an archive of records alone.")
            for member in members:
                if _is_record(member.filename):
                    with archive.open(member) as stream:
                        yield _bounded(member.filename, stream)
    except _BROKEN as failure:
        raise InputRefused(f"{shown} is no archive that can be read ({plain(str(failure))}).") from failure


def _of_files(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if path.is_dir() and (not _is_record(file.name) or file.is_dir()):
            continue
        if file.is_fifo() and file != path:
            raise InputRefused(f"{plain(str(file))} is no file. Take it out of the folder.")
        with file.open("rb") as stream:
            yield _bounded(str(file), stream)


def _is_record(name: str) -> bool:
    return name.lower().endswith(".json")


def _bounded(name: str, stream: IO[bytes]) -> tuple[str, bytes]:
    shown, content = plain(name), stream.read(_MOST + 1)
    if len(content) > _MOST:
        raise InputRefused(f"{shown} is larger than a record can be ({_MOST >> 20} MB).")
    return shown, content
