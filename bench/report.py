"""Telling the findings: a table for people, a document for programs."""

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final, TextIO

from bench.budgets import Row, Unit

_DIGITS: Final[dict[Unit, int]] = {"x": 2, "us": 2, "ms": 2, "bytes": 0}
_HEAD: Final = ("", "what", "middle", "8 in 10 within", "us", "budget", "")
_GREEN: Final = "\x1b[32m"
_RED: Final = "\x1b[31m"
_PLAIN: Final = "\x1b[0m"


def conditions() -> dict[str, str]:
    """What the figures depend on."""
    packages = ("fastapi", "starlette", "pydantic", "uvloop", "cryptography")
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "cores": str(os.cpu_count()),
        **{name: version(name) for name in packages},
    }


def table(rows: Sequence[Row], colour: bool = False) -> str:
    """The rows in columns of spaces, under their heads."""
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    texts = [_joined(line, widths) for line in lines]
    if colour:
        texts = [texts[0], *(_coloured(text, row) for text, row in zip(texts[1:], rows, strict=True))]
    return "\n".join(texts)


def document(rows: Sequence[Row], rounds: int, batch: int) -> str:
    """Everything in the table, and more digits, as JSON."""
    return json.dumps(
        {"conditions": conditions() | {"rounds": rounds, "batch": batch}, "rows": [_entry(row) for row in rows]},
        indent=2,
    )


def may_colour(stream: TextIO) -> bool:
    """Colour is for a terminal whose owner did not ask for none (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def _cells(row: Row) -> tuple[str, ...]:
    found, budget = row.found, row.budget
    return (
        budget.number if budget else "",
        f"{row.name}: {row.title}",
        f"{_number(found.middle, row.unit)} {_measure(row)}",
        f"{_number(found.low, row.unit)} .. {_number(found.high, row.unit)}" if found.count > 1 else "",
        f"{row.microseconds:.1f}" if row.microseconds is not None else "",
        f"<= {_number(budget.most, row.unit)}" if budget else "",
        ("over" if row.over else "pass") if budget else "",
    )


def _measure(row: Row) -> str:
    return f"x {row.against}" if row.unit == "x" else row.unit


def _number(value: float, unit: Unit) -> str:
    return f"{value:.{_DIGITS[unit]}f}"


def _joined(line: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _coloured(text: str, row: Row) -> str:
    if row.budget is None:
        return text
    word = "over" if row.over else "pass"
    return text.removesuffix(word) + (_RED if row.over else _GREEN) + word + _PLAIN


def _entry(row: Row) -> dict[str, object]:
    budget = row.budget
    return {
        "name": row.name,
        "title": row.title,
        "unit": row.unit,
        "against": row.against,
        "middle": row.found.middle,
        "low": row.found.low,
        "high": row.found.high,
        "count": row.found.count,
        "microseconds": row.microseconds,
        "budget": {"number": budget.number, "most": budget.most, "over": row.over} if budget else None,
    }
