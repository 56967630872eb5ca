"""Texts that mean no harm, in many scripts and of many kinds: each passes every text type unchanged."""

from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("harmless.txt")

HARMLESS: Final = (*_FILE.read_text("utf-8").removesuffix("\n").split("\n"), "x" * 200, "\u00e9" * 200, "\u5b57" * 200)
"""One line each."""

HARMLESS_LINES: Final = (
    "two\nlines",
    "tab\tand\nline",
    "Windows\r\nline\r\nends",
    "\n\n\n",
    "a\u2028b\u2029c",
    "  indented\n    code\n",
    "| a | b |\n|---|---|\n",
    "From: me\nTo: you\n\nBody",
    "",
)
"""Several lines, or none."""
