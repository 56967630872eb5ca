"""HTML that costs a parser more than it weighs is refused before one sees it; articles are not."""

import string
from itertools import islice, product
from time import process_time
from typing import Annotated, Any

import pytest
from nh3 import clean

from buckler.input import Html
from buckler.input.markup_cost import MOST_OPENED, MOST_TAGS, is_too_complex
from tests.input.twin import kinds_of, taking
from tests.proof import two_sided

NAMES = ["".join(pair) for pair in product(string.ascii_lowercase, repeat=2)]


def formatting(number: int, tags: str = "bius") -> str:
    """Formatting that nobody closes, no two the same."""
    return "".join(islice((f"<{tag} {name}>" for tag in tags for name in NAMES), number))


CLOSED = "</b>" * 400
BOMBS = {
    "blocks": f"<p>{formatting(300)}" + "<p>x" * 300,
    "ends": "".join(f"<i {name}>" for name in NAMES[:300]) + formatting(300, "bus") + "</i>x" * 300,
    "links": "<a x>" + formatting(300) + "<a>x</a>x<p>" * 300,
    "cells": "<table><td>" + formatting(300, "b") + "</td></table><p>x" * 300,
    "in a cell": formatting(300, "b") + f"<table><td>{CLOSED}</table>" + "<p>x" * 300,
    "in a comment": formatting(300, "b") + f"<!--x{CLOSED}-->" + "<p>x" * 300,
    "in an odd comment": formatting(300, "b") + f"<!x {CLOSED}>" + "<p>x" * 300,
    "in a script": f"{formatting(300, 'b')}<script>{CLOSED}</script>" + "<p>x" * 300,
    "in a list": f"{formatting(300, 'b')}<select>{CLOSED}</select>" + "<p>x" * 300,
    "in an attribute": "".join(f"<b {name}><b x='</b>'></b>" for name in NAMES[:300]) + "<p>x" * 300,
    "in another": "".join(f"<b {name}><u x=\"'></b></u>" for name in NAMES[:300]) + "<p>x" * 300,
    "moved": formatting(300, "b") + "<div>" * 9 + "</b>" * 300 + "<p>x" * 300,
    "spans": "<span>" + formatting(300) + "</span><span>x" * 300,
}


@pytest.mark.asvs("1.3.1", "15.2.2")
@pytest.mark.parametrize("sent", BOMBS.values(), ids=BOMBS)
def test_formatting_that_is_opened_anew_in_every_block_is_refused(sent: str) -> None:
    """Whatever hides that it is open: a table, a comment, an attribute, an element with rules of its own."""

    def attack(kind: Any) -> bool:
        return len(sent) < 20_000 and taking(kind)(sent)

    two_sided(attack, whole=Html, twin=Annotated[str, "HTML as it comes"])
    assert kinds_of(Html, sent) == ["html_too_complex"]


def test_the_attack_is_one() -> None:
    """A parser makes of a few kilobytes a hundred times as much."""
    sent = f"<p>{formatting(100)}" + "<p>x" * 300
    assert len(clean(sent, attributes={})) > 100 * len(sent)


@pytest.mark.parametrize(
    "sent",
    [
        '<p>And <b>bold</b>, <a href="https://e.example">l</a>.</p>' * 100 + "<p>Some <b>bold</b> words.</p>" * 200,
        "".join(f"<h2>T {n}</h2><p>x <b><i>y</i></b><br>z</p><!-- a note -->" for n in range(300)),
        "<table>" + "<tr><td><b>x</b></td><td>y</td></tr>" * 300 + "</table>",
        "<p><b>never closed</p>" * 120,
        "a < b, c <= d, e << f; <3 " * 300,
        "<o:p>pasted</o:p> <b>x</b>" * 400,
    ],
    ids=["article", "headings", "table", "careless", "signs", "pasted"],
)
def test_articles_pass(sent: str) -> None:
    """With hundreds of paragraphs, links and bold words."""
    assert len(sent) <= 20_000
    assert taking(Html)(sent)


def test_depth_is_bounded() -> None:
    """So many tags, whatever they are."""
    assert not is_too_complex("<dl>" * MOST_TAGS)
    assert is_too_complex("<dl>" * (MOST_TAGS + 1))


DEAREST = {
    "deep": "<dl><dd>" * (MOST_TAGS // 2),
    "formatting": formatting(MOST_TAGS - 200) + "x" + "<p>x",
    "blocks": "<p>" + formatting(150) + "<p>x" * (MOST_OPENED // 150 - 5),
    "few blocks": "<p>" + formatting(199) + "<p>x" * 199,
    "ends": "<q>" * (MOST_TAGS // 2) + "</x>" * (MOST_TAGS // 2),
}


@pytest.mark.parametrize("sent", DEAREST.values(), ids=DEAREST)
def test_what_passes_is_cheap(sent: str) -> None:
    """The dearest that is still taken: some 40 ms where the attack took seconds."""
    assert not is_too_complex(sent)
    begin = process_time()
    clean(sent)
    assert process_time() - begin < 0.5


@pytest.mark.parametrize(
    "unit", ["<", "<a ", "<!--", '<a a="', "<!-- a", "<a a='", "<a a=b ", "<!--a-", "<a:", "</", "<b x" + " y" * 20]
)
def test_counting_is_linear(unit: str) -> None:
    """A hundred kilobytes of anything."""
    sent = (unit * 2900)[:100_000] + " " * 50_000 + "x" * 50_000
    begin = process_time()
    is_too_complex(sent)
    assert process_time() - begin < 0.5
