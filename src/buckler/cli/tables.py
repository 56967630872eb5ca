"""Tables as commands print them."""

from collections.abc import Sequence

from buckler.redact import plain


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns with spaces between them. No cell breaks a line or moves the cursor."""
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
