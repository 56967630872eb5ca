"""Whether a file is an archive, by what it holds, seen piece by piece while it is unpacked.

- At its first byte: what compressors and other archives begin with; at byte 257 that of tar.
- Anywhere in its first piece: the long signatures, since archives may have a head of their own.
- At its end: that of a ZIP archive, which is read from there.
"""

import re
from typing import Final

_STARTS: Final = re.compile(
    rb"PK\x03\x04|PK\x05\x06|\x1f\x8b|\x1f[\x9d\xa0]|BZh[1-9]|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18|LZIP"
    rb"|\x5d\0\0[\x01-\x80]\0|MSCF\0|!<arch>\n|07070[127]|\xed\xab\xee\xdb|\x60\xea|..-lh[0-9]-",
    re.DOTALL,
)
_ANYWHERE: Final = re.compile(rb"PK\x03\x04|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07")
_TAR: Final = (b"ustar", 257)
_END: Final = b"PK\5\6"


class Nested:
    """What was seen of one file."""

    def __init__(self) -> None:
        self._before: bytes | None = None
        self._last = b""

    def begins(self, piece: bytes) -> bool:
        """Whether this piece, the next one of the file, shows an archive that begins."""
        is_first = self._before is None
        self._before, self._last = self._last, piece
        if not is_first:
            return False
        return bool(_STARTS.match(piece) or _ANYWHERE.search(piece) or piece.startswith(*_TAR))

    def ends(self) -> bool:
        """Whether the last of the pieces show the end of an archive."""
        return _END in (self._before or b"") + self._last
