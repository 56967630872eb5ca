"""Whatever a target says moves no cursor, paints nothing and turns no text round, in any form that people read."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from buckler.drill.report_forms import ReportForm
from buckler.drill.reports import FORMS
from tests.drill.reports.samples import hostile

EVIL = "a\x1b[2Jb\x1b]0;owned\x07c\x9b31md\rE\x08f\u202eg\u2028h\x85i\ud800j"


def odd(text: str) -> list[str]:
    """Characters that are no text, but for the end of a line and a tab."""
    kinds = ("Cc", "Cs", "Zl", "Zp")
    directions = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    return [each for each in text if each not in "\n\t" and (unicodedata.category(each) in kinds or each in directions)]


@pytest.mark.parametrize("form", ["terminal", "markdown", "junit", "html"])
@pytest.mark.parametrize("text", [EVIL, f"{EVIL}\n{EVIL}"])
def test_a_form_for_people_holds_text_alone(form: ReportForm, text: str) -> None:
    """Routes, names, fields, bodies, reasons, notes: everything is this text."""
    written = FORMS[form](hostile(text))
    assert odd(written) == []
    assert "owned" in written


def test_what_code_scanning_shows_is_text_alone() -> None:
    """Messages, names and places; the exchange itself stays as it was, for programs."""
    (run,) = json.loads(FORMS["sarif"](hostile(EVIL)))["runs"]
    for result in run["results"]:
        del result["webRequest"], result["webResponse"], result["fingerprints"], result["partialFingerprints"]
    assert [text for text in _texts(run) if odd(text) or "\n" in text] == []


def _texts(whole: Any) -> Iterator[str]:
    if isinstance(whole, str):
        yield whole
    elif isinstance(whole, list):
        for each in whole:
            yield from _texts(each)
    elif isinstance(whole, dict):
        yield from whole
        for each in whole.values():
            yield from _texts(each)
