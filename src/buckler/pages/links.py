"""Where a link of a page may lead: to a path, or by a scheme that runs nothing.

Escaping keeps a value inside its attribute; a `javascript:` address needs no way out of it. So the scheme of what
stands first in the address decides (the URL standard, section 4.4: up to the first colon, if that comes before any
slash, question mark or hash).

Some addresses may not leave this origin at all: those of scripts and styles, which the nonce or `'self'` lets run, and
those of forms with a token. Browsers read a backslash as a slash, and two at the start begin a host.
"""

import re
from typing import Final

SCHEMES: Final = frozenset(("http", "https", "mailto", "tel"))
NOWHERE: Final = "about:invalid"
"""What a link leads to in the place of an address that is not to be followed. A browser shows an empty error."""
_LEADING: Final = "".join(map(chr, range(33)))
"""What a browser takes away in front of an address: control characters and the space."""
_DROPPED: Final = str.maketrans("", "", "\t\n\r")
"""What it takes away inside."""
_SETTLED: Final = re.compile(r"[/?#]")
_AWAY: Final = re.compile(r"//|[A-Za-z][A-Za-z0-9+.-]*:")
_PLACED: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]+[/?#]|/[^/]|[?#]|[^:/?#]+[/?#]")


def link(value: object) -> str:
    """`value` as an address, or `about:invalid` where following it may run a script."""
    text = str(value)
    scheme, colon, _ = _SETTLED.split(_read(text), maxsplit=1)[0].partition(":")
    return text if not colon or scheme.lower() in SCHEMES else NOWHERE


def own_path(value: object) -> str:
    """`value` as a whole address on this origin, or `about:invalid`."""
    text = str(value)
    return NOWHERE if leads_away(text) else text


def own_root(value: object) -> str:
    """`value` as what stands before a path that begins with a slash: nothing, or a path of its own."""
    text = _read(str(value))
    if text in ("", "/"):
        return ""
    return text if text.startswith("/") and not leads_away(text) else NOWHERE


def below_root(value: object) -> str:
    """`value` as what follows the first slash of a path: no second one, which would begin a host."""
    text = str(value).translate(_DROPPED)
    if not text:
        return "."  # the same path, and what follows it begins no host either
    return NOWHERE if text[0] in "/\\" else text


def settles(text: str) -> bool:
    """Whether `text`, at the start of an address, has settled its scheme: what follows cannot be one."""
    read = _read(text)
    scheme, colon, _ = read.partition(":")
    return bool(_SETTLED.search(read)) or (bool(colon) and scheme.lower() in SCHEMES)


def settles_place(text: str) -> bool:
    """Whether it has settled the host too. A single slash has not: with one more behind it a host begins."""
    return bool(_PLACED.match(_read(text).replace("\\", "/")))


def leads_away(text: str) -> bool:
    """Whether an address that begins so names a host or a scheme, be it our own."""
    return bool(_AWAY.match(_read(text).replace("\\", "/")))


def _read(text: str) -> str:
    return text.translate(_DROPPED).lstrip(_LEADING)
