"""The bytes of a picture, walked through from its first to its last without holding them all.

Every step is counted, since a file of two megabytes may have a million blocks of one byte: what a
picture needs grows with its size, and what needs more is no picture.
"""

import re
import struct
from typing import BinaryIO, Final

from buckler.input.file_refusals import FileRefused

_PIECE: Final = 64 * 1024
_FREE_STEPS: Final = 10_000
_USUAL_BLOCK: Final = 64
"""Bytes for each further step: blocks of a GIF have 255, chunks of a PNG some thousands."""


class PictureBytes:
    """A place in a file that only moves forward."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._buffer = b""
        self._place = 0
        self._steps_left = _FREE_STEPS + size // _USUAL_BLOCK
        file.seek(0)

    def take(self, count: int) -> bytes:
        """The next bytes; fewer where the file ends."""
        self._count_step()
        if len(self._buffer) - self._place < count:
            self._buffer = self._buffer[self._place :] + self._file.read(_PIECE)
            self._place = 0
        taken = self._buffer[self._place : self._place + count]
        self._place += len(taken)
        return taken

    def numbers(self, form: struct.Struct) -> tuple[int, ...]:
        """The next numbers. Raises `struct.error` where the file ends."""
        return form.unpack(self.take(form.size))

    def skip(self, count: int) -> None:
        """Go forward, at most to the end of the file."""
        self._count_step()
        self._place += count
        if self._place > len(self._buffer):
            self._file.seek(self._place - len(self._buffer), 1)
            self._buffer, self._place = b"", 0

    def find(self, pattern: re.Pattern[bytes]) -> bytes:
        """What is found of two bytes, which are then behind us; nothing where the file ends."""
        self._count_step()
        while (found := pattern.search(self._buffer, self._place)) is None:
            more = self._file.read(_PIECE)
            if not more:
                return b""
            self._buffer = self._buffer[max(self._place, len(self._buffer) - 1) :] + more
            self._place = 0
        self._place = found.end()
        return found[0]

    def _count_step(self) -> None:
        self._steps_left -= 1
        if self._steps_left < 0:
            raise FileRefused("upload_picture")
