"""Text on its way into a table that a spreadsheet opens (ASVS 1.2.10; RFC 4180).

A cell that begins with `=`, `+`, `-`, `@`, a tab or a line end is a formula there, and formulas fetch and
run. Such a cell gets an apostrophe in front, which the program shows as text; every other one stays.
Give numbers as numbers, so that -5 stays one.

Write the rows with `csv.writer(..., quoting=csv.QUOTE_ALL)`. A program that is set to `;` takes `x;=1+1` for two cells
where it stands without quotes; in them it is one, whichever separator somebody's program expects.
"""

from typing import Final

_FORMULA: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def csv_cell(text: str) -> str:
    """`text` as the cell of a table, where nothing in it is a formula."""
    # Some programs skip spaces before they look.
    begin = text.lstrip(" \u00a0\ufeff")[:1]
    return f"'{text}" if begin in _FORMULA and begin else text
