"""How a mailed code is written: 26 symbols in groups, none of which looks like another.

The alphabet is Crockford's base 32: digits and capitals without I, L, O and U. Read back, small letters,
spaces and dashes do not matter, and I, L and O count as the digits that they look like.
"""

from typing import Final

from buckler.randomness import secret_bytes

SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_COUNT: Final = 26
"""128 bits, at five a symbol."""
_LONGEST: Final = 64
_READ: Final = str.maketrans("ILO", "110", "- \t\r\n\u2010\u2011\u2013\u2014\u2212\u00a0")
"""What takes its place where a code is read; the rest are the dashes and blanks that programs make of ours."""


def code_text() -> str:
    """A new code of 128 random bits, as in `7K2M-...`."""
    number = int.from_bytes(secret_bytes(16), "big")
    symbols = "".join(SYMBOLS[(number >> (5 * at)) & 31] for at in range(_COUNT))
    return "-".join((symbols[:5], symbols[5:10], symbols[10:15], symbols[15:20], symbols[20:]))


def read_code(text: str) -> str | None:
    """The symbols alone, or None for a text that can be no code."""
    if len(text) > _LONGEST or (not text.isascii() and len(text) > _LONGEST // 2):
        return None
    symbols = text.upper().translate(_READ)
    fits = len(symbols) == _COUNT and all(symbol in SYMBOLS for symbol in symbols)
    return symbols if fits else None
