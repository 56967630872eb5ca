"""Which part of a file is asked for (RFC 9110 section 14).

1. One range of bytes. Several are ignored, as section 14.2 allows, and the whole is sent: a field of a kilobyte could
   ask for thousands of overlapping ones.
2. What is no range is ignored too (section 14.2).
3. One that begins behind the end, or asks for the last 0 bytes, cannot be met.
4. With `If-Range`, only where that names the very file (section 13.1.5): strong, and letter for letter.
"""

import re
from typing import Final

_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


class RangeUnmet(Exception):
    """No byte of the file is in the range."""


def range_of(asked: str | None, if_range: str | None, etag: str, size: int) -> range | None:
    """The offsets to send, at least one; None for the whole. Raises `RangeUnmet`."""
    found = _RANGE.fullmatch(asked.strip()) if asked is not None and if_range in (None, etag) else None
    if found is None or found[0].endswith("=-"):
        return None
    first, last = found[1], found[2]
    if not first:
        begin, end = max(size - int(last), 0), size
    else:
        begin, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < begin:
            return None
    if begin >= size:
        raise RangeUnmet
    return range(begin, end)


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether the client holds this file already (RFC 9110 section 13.1.2, where tags are compared weakly)."""
    if if_none_match is None:
        return False
    known = (each.strip().removeprefix("W/") for each in if_none_match.split(","))
    return if_none_match.strip() == "*" or etag in known
