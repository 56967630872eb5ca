"""The summary at a terminal."""

import re

import pytest

from buckler.drill.attack import Untested
from buckler.drill.report import Judged
from buckler.drill.reports.terminal import summarise
from tests.drill.reports.samples import OBJECT, hostile, shop

MOST = "Nothing found; 5 of 6 attacks could be judged, 280 withstood, 35 untested"


def test_the_worst_comes_first_and_the_verdict_last() -> None:
    """With id, name, route, what was seen, a line to repeat it, and what to do."""
    text = summarise(shop())
    order = [
        text.index(word) for word in ("CRITICAL (2)", "HIGH (2)", "MEDIUM (1)", "LOW (1)", "UNTESTED (35)", "NOTES")
    ]
    assert order == sorted(order)
    for part in (
        "Drill of shop.main:app",
        "19 routes, 4 identities, 1,840 requests in 12.5 s (147 a second)",
        "D103 Object read",
        "GET /orders/{id} (as bob, path id)",
        'curl -i https://localhost/orders/7 -H "authorization: Bearer $BOB_TOKEN"',
        "Fix: Load the object",
    ):
        assert part in text
    last = text.rstrip("\n").split("\n")[-1]
    assert last == (
        "6 findings (2 critical, 2 high, 1 medium, 1 low); 7 of 8 attacks could be judged, 280 withstood, 35 untested."
    )


@pytest.mark.parametrize("width", [1, 40, 72, 120])
def test_prose_keeps_to_the_width(width: int) -> None:
    """A line for a shell stays whole: broken in two it could not be copied."""
    for line in summarise(shop(), width).split("\n")[:-2]:
        assert len(line) <= max(width, 40) or "curl " in line


def test_colour_is_asked_for() -> None:
    """And says nothing that the words do not."""
    coloured = summarise(shop(), colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == summarise(shop())


def test_nothing_moves_the_cursor() -> None:
    """A target that answers with escapes writes nothing over, and no tab or direction shifts a column."""
    text = summarise(hostile(), 80)
    assert set(text) - {"\n"} == {char for char in text if char.isprintable()}
    assert "\\u001b[31m" in text
    text.encode()


def test_a_thousand_reasons_are_few_lines() -> None:
    """The same reason is told once, with how often it came; rare ones are counted."""
    alike = [Judged(OBJECT, Untested(f"GET /{number}", "no account")) for number in range(500)]
    each = [Judged(OBJECT, Untested(f"GET /{number}", f"reason {number}")) for number in range(500)]
    text = summarise(shop(judged=(*alike, *each)))
    assert "500  no account (D103: GET /0, GET /1, GET /2 and 497 more)" in text
    assert "489  489 more reasons" in text
    assert len(text.split("\n")) < 30


UNKNOWN = (Judged(OBJECT, Untested("GET /", "no account")),)
CLEAN = shop().judged[6:]


@pytest.mark.parametrize(
    ("judged", "stopped", "verdict"),
    [
        ((), "", "Nothing could be attacked; 0 of 0 attacks could be judged, 0 withstood, 0 untested."),
        (UNKNOWN, "", "Nothing could be attacked; 0 of 1 attack could be judged, 0 withstood, 1 untested."),
        (CLEAN, "", f"{MOST}."),
        (CLEAN, "stopped during D301", f"{MOST}; stopped during D301."),
    ],
)
def test_a_verdict_never_says_more_than_is_known(judged: tuple[Judged, ...], stopped: str, verdict: str) -> None:
    """A drill that attacked nothing found nothing, and is not told as clean."""
    assert summarise(shop(judged=judged, stopped=stopped)).rstrip("\n").split("\n")[-1] == verdict


def test_what_is_accepted_is_told_with_its_reason() -> None:
    """It is no finding, and it is not hidden."""
    key = "D103 | GET /orders/{id} | bob | path id"
    text = summarise(shop(accepted={key: "until the old shop is gone"}))
    assert "D103 Object read" not in text
    assert f"ACCEPTED (1)\n  - {key}: until the old shop is gone" in text
    assert text.rstrip("\n").endswith("35 untested, 1 accepted.")


def test_many_notes_do_not_push_the_findings_away() -> None:
    """Twenty are told, and how many there are."""
    text = summarise(shop(notes=tuple(f"written: file {number}" for number in range(47))))
    assert "NOTES (47)" in text
    assert "- written: file 19\n  - ... and 27 more, in the other forms\n" in text
