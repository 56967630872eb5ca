"""Tables as commands print them."""

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Final

from buckler.redact import plain

_NARROWEST: Final = 8
"""Characters. A column is not broken into lines shorter than this."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun, as in `1 row` and `2 rows`; `many` where an s does not make it several."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns with spaces between them. No cell breaks a line or moves the cursor."""
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]


def fitted(rows: Sequence[tuple[str, ...]], width: int, *, whole: int = 0) -> list[str]:
    """The same within `width` characters: the widest columns are broken into lines. With 0 lines have no end.

    The first `whole` columns are never broken, as those of names that somebody copies.
    """
    shown = [tuple(plain(cell) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    widths = widths[:whole] + _narrowed(widths[whole:], max(width - sum(widths[:whole]) - 2 * whole, 1) if width else 0)
    lines: list[str] = []
    for row in shown:
        cells = [_broken(cell, most) for cell, most in zip(row, widths, strict=True)]
        lines += [
            "  ".join(part.ljust(most) for part, most in zip(parts, widths, strict=True)).rstrip()
            for parts in zip_longest(*cells, fillvalue="")
        ]
    return lines


def _narrowed(widths: list[int], width: int) -> list[int]:
    """Take from the widest until all fit, or none is left that can give."""
    while width and sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    return widths


def _broken(cell: str, most: int) -> list[str]:
    return wrap(cell, most, break_on_hyphens=False) or [""]
