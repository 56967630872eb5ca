"""What strangers may put into a letter, made plain: one line, and nothing that a mail program turns into a link.

A client calls itself what it likes, and whoever knows a password chooses what the notice of a new device says
about the device. So of such a name letters, digits and a few marks are kept; a dot stays between digits alone.
"""

import re
import unicodedata
from typing import Final

_LONGEST: Final = 80
_MARKS: Final = frozenset(" ()/;,-_.")
_DOT: Final = re.compile(r"(?<![0-9])\.|\.(?![0-9])")
_SLASHES: Final = re.compile(r"/{2,}")


def one_line(text: str, longest: int = _LONGEST) -> str:
    """`text` without control, format and direction characters, blanks drawn together, cut at `longest`."""
    visible = "".join(each if unicodedata.category(each)[0] not in "CZ" else " " for each in text[: 4 * longest])
    return " ".join(visible.split())[:longest].rstrip()


def unlinked(text: str, longest: int = _LONGEST) -> str:
    """The same of a name that a stranger chose, so that no address and no link is left in it."""
    kept = "".join(each if each in _MARKS or each.isalnum() else " " for each in one_line(text, longest))
    return " ".join(_SLASHES.sub("/", _DOT.sub(" ", kept)).split())
