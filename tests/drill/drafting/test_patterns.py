"""Patterns of documents, kind ones and hostile ones."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from buckler.clock import processor_seconds
from buckler.drill.drafting.patterns import fits, text_for

HOSTILE = [
    "^(a+)+$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "^([a-z]+)*$(?!x)",
    r"(a+)+b\Bc(?<!c)",
    "^(?=a*a*a*a*a*b).*$",
    r"^(?:(?:a?){50}){40}(?!x)$",
    "x{1000000000}",
    "((((a{1000}){1000}){1000}){1000})",
    "(" * 20_000 + "a" + ")" * 20_000,
    "a?" * 900 + "(?=b)",
    "(",
    "\ud800",
]
"""Bombs, giants, nests and what is no pattern at all."""


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        ("^[A-Z]{3}-[0-9]{2}$", 0, 200),
        ("^[a-z0-9]+(?:-[a-z0-9]+)*$", 12, 200),
        ("^[A-Z]{2}(-[0-9]+)+$", 0, 200),
        (r"^\+?[1-9]\d{6,14}$", 10, 12),
        ("^#[0-9a-fA-F]{6}$", 0, 200),
        (r"^(\w)\1$", 0, 2),
        ("^(red|green|blue)$", 5, 9),
        ("^(?P<sign>-)?(?(sign)[0-9]|[a-z])$", 0, 2),
        ("^[^a-z0-9A]$", 0, 1),
        (r"^\D\W\S$", 3, 3),
        (r"^(?=.*[A-Z])(?=.*\d)(?=.*[!@#]).{8,}$", 8, 64),
        (r"^(?!.*\.\.)[a-z.]+$", 3, 9),
        (r"(?<=ab)cd", 0, 20),
    ],
)
def test_a_text_is_found(pattern: str, least: int, most: int) -> None:
    """Classes, repeats, alternatives, groups and look-around, within the length that is asked for."""
    text = text_for(pattern, least, most)
    assert text is not None
    assert least <= len(text) <= most
    assert re.search(pattern, text), text


@pytest.mark.parametrize("pattern", HOSTILE, ids=lambda pattern: pattern[:24].encode("ascii", "replace").decode())
@pytest.mark.parametrize("text", ["a" * 5_000 + "!", "a" * 60 + "!", "x", ""], ids=["long", "short", "x", "empty"])
def test_no_pattern_of_a_document_costs_without_end(pattern: str, text: str) -> None:
    """Neither to match nor to meet; where nothing is known nothing is said."""
    began = processor_seconds()
    told = fits(pattern, text)
    text_for(pattern, 0, 200)
    assert processor_seconds() - began < 5.0
    if told is not None:
        assert told == bool(re.search(pattern, text[-20:])) or len(text) > 20


def test_what_cannot_be_met_is_not() -> None:
    """Too short, or against itself."""
    assert text_for("^[a-z]{9}$", 0, 5) is None
    assert text_for("^a(?=b)c$", 0, 50) is None
    assert fits("(", "(") is None


def test_what_pydantic_reads_is_as_pydantic_says() -> None:
    """A property of Unicode is known to it and not to Python."""
    assert fits(r"^\p{Lu}+$", "ÄÖ") is True
    assert fits(r"^\p{Lu}+$", "äö") is False
    assert text_for(r"^\p{Lu}+$", 0, 9) is None


OURS = r"""
from buckler.drill.drafting.patterns import text_for
assert text_for(r'^\bab\b\w$', 0, 30) is None
"""
ITS_OWN = r"""
from hypothesis import find
from hypothesis.strategies import from_regex
find(from_regex(r'^[a-z]\w$'), bool)
"""


KEPT = [".hypothesis"]
NEEDED = ("PATH", "HOME", "TMPDIR", "LANG", "PYTHON", "COVERAGE")
"""Beginnings of what a process is told here: Hypothesis keeps no notes where it sees a variable of a CI."""


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize(("script", "left"), [(OURS, []), (ITS_OWN, KEPT), (OURS + ITS_OWN, KEPT)])
def test_what_is_sought_leaves_nothing_in_the_folder(tmp_path: Path, script: str, left: list[str]) -> None:
    """Hypothesis takes notes where one is; those of a suite of tests stay where they belong."""
    environment = {name: value for name, value in os.environ.items() if name.startswith(NEEDED)}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True, timeout=120)
    assert [each.name for each in tmp_path.iterdir()] == left
