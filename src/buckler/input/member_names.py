"""Names of an archive's members: what is plain on every system (ASVS 5.3.3).

Whoever reads an unpacked archive by its own names, on a system that is not ours, shall find what we saw:
1. Relative; no `..`, `.` or empty part, no drive, no backslash, also once wide letters are made narrow.
2. No control, direction or hidden character; no part that ends in a dot or blank, which other systems drop;
   none that is a device there (`CON`, `aux.txt`).
3. At most 1,024 characters in all and 255 bytes in a part.
4. None twice, whatever the case and the composition, and no file that is a folder of another.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

_BAD: Final = re.compile(
    r"^/|^[A-Za-z]:|\\|(?:^|/)\.\.?(?:/|$)|//|^$|[. ](?:/|$)"
    r"|[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
    r"|(?:^|/)(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\xb9\xb2\xb3]) *(?:[./:]|$)",
    re.IGNORECASE,
)
_LEADS_ELSEWHERE: Final = re.compile(r"^/|^[A-Za-z]:|\\|(?:^|/)\.\.?(?:/|$)")
_LONGEST: Final = 1024
_LONGEST_PART: Final = 255
"""Bytes, on the usual file systems."""
_ARCHIVE: Final = re.compile(
    r"\.(?:zipx?|[jwe]ar|apk|aar|ipa|xpi|crx|tar|gz|tgz|bz2|tbz2?|lzma|tlz|lz4?|xz|txz|zst|tzst|z|7z|rar|cab|iso|dmg"
    r"|arj|lzh|cpio|deb|rpm|whl|egg|nupkg|epub|od[tspgf]|(?:doc|ppt|xls|dot|pot|xlt)[xm]|xlsb|vsd[xm])$",
    re.IGNORECASE,
)


def is_bad_name(name: str) -> bool:
    """Whether it leads elsewhere somewhere, or cannot be kept there."""
    if len(name) > _LONGEST or _BAD.search(name):
        return True
    if any(len(part.encode()) > _LONGEST_PART for part in name.split("/")):
        return True
    return _LEADS_ELSEWHERE.search(unicodedata.normalize("NFKC", name)) is not None


def is_archive_name(name: str) -> bool:
    """Whether it ends as archives do, and documents that are archives."""
    return _ARCHIVE.search(name) is not None


def is_clash(names: Iterable[str]) -> bool:
    """Whether two are one, or one is a file and a folder. Folders end in a slash."""
    # NUL, which no name has, sorts before every other character: what is in a folder comes right behind it.
    keys = sorted((_key(name), name.endswith("/")) for name in names)
    return any(
        before == after or (not is_folder and after.startswith(f"{before}\0"))
        for (before, is_folder), (after, _) in pairwise(keys)
    )


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().rstrip("/").replace("/", "\0")
