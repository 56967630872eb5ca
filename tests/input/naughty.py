"""Values that make a service stumble: every type takes each one, or refuses it in its own words."""

from typing import Any, Final

from tests.input.harmless import HARMLESS, HARMLESS_LINES

HIDDEN: Final = (
    "a\x00b", "\x00", "a\x01b", "a\x08b", "\x1b[31mred\x1b[0m", "a\x7fb", "a\x85b", "a\x9bb", "a\u202eb",
    "a\u202ab",
    "a\u2066b\u2069", "a\u2067b", "a\ufeffb", "a\ufffeb", "a\uffffb", "a\ufdd0b", "a\U0001fffeb", "a\U0010ffffb",
    "a\U000e0041b", "a\U000e0001b", "\U0001f3f4\U000e0067", "a\u2062b", "a\u206ab", "a\ufff9b", "a\u180eb", "a\rb",
    "a" + "\u0301" * 31, "\u0316\u0301" * 40, "Z" + "\u0489" * 80, "\u0344" * 31,
)  # fmt: skip
"""Texts with something that no text needs."""

NO_TEXT: Final = ("\ud800", "a\udfffb", "\udc80")
"""Half characters: JSON can spell them, no encoding can."""

ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, -0.0, 5.5, 2**31, 2**63, -(2**63) - 1, 10**30, 10**400, 1e308, float("inf"),
    float("-inf"), float("nan"), [], [1], [[]] * 3, {}, {"a": 1}, {"$gt": ""}, {"__proto__": {}}, [None], b"bytes",
    b"\xff",
    "1e309", "-0", "\u0661\u0662", "\uff11\uff12", " 1 ", "1\n", "+1", "1_0", "0x1", "", " ", "\u3000", "\u3164",
    "\u200b", "\u2800",
    "a" * 10_001, "a" * 1_000_001, "\U0001f600" * 9_999, "e\u0301" * 6_000, "\ufb2c" * 9_000, "<" * 9_000,
    "&" * 19_000,
    "\n", "a\nb", "a\r\nb", "\t", "CON", "-rf", ".", "..", "//", "/\\x", "\\\\server\\share",
)  # fmt: skip
"""Everything else that JSON, a form or a caller can put there."""

NAUGHTY: Final[tuple[Any, ...]] = (*HARMLESS, *HARMLESS_LINES, *HIDDEN, *NO_TEXT, *ODD)
