"""The table, the document, and what the command line teaches."""

import io
import json
from pathlib import Path

import pytest
from bench.__main__ import main, parse, verdict
from bench.budgets import BUDGETS, Row
from bench.catalogue import WORDS
from bench.progress import Progress
from bench.report import document, may_colour, table
from bench.spread import Spread, spread_of
from bench.subject import SelfCheckError

from bench import catalogue

ROWS = [
    Row("bare", "alone", "x", Spread(1.0, 1.0, 1.0, 9), "bare", 40.0),
    Row("buckler_default", "whole", "x", Spread(BUDGETS["buckler_default"].most, 1.0, 1.3, 9), "bare", 44.0),
    Row("limit_step", "count", "us", Spread(BUDGETS["limit_step"].most + 0.1, 0.5, 0.7, 9)),
    Row("limit_bytes", "memory", "bytes", Spread(63.0, 63.0, 63.0, 1)),
]


def test_a_row_is_over_when_its_middle_is_past_its_budget() -> None:
    """What has no budget is never over; what meets it exactly passes."""
    assert [row.over for row in ROWS] == [False, False, True, False]


def test_only_a_strict_run_fails_for_a_budget() -> None:
    assert verdict(ROWS, strict=False) == 0
    assert verdict(ROWS, strict=True) == 1
    assert verdict(ROWS[:2], strict=True) == 0


def test_a_small_run_tells_its_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two rounds of the bare app: the table on the terminal, the document in the file."""
    target = tmp_path / "figures.json"
    assert main(["--only", "noise", "--rounds", "2", "--batch", "3", "--json", str(target)]) == 0
    assert "bare_again: " in capsys.readouterr().out
    assert [row["name"] for row in json.loads(target.read_text())["rows"]] == ["bare", "bare_again"]


@pytest.mark.parametrize("failure", [SelfCheckError("glued: status 200"), ModuleNotFoundError("no", name="slowapi")])
def test_what_cannot_be_measured_ends_with_status_two(
    failure: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def failing(*_: object) -> list[Row]:
        raise failure

    monkeypatch.setattr(catalogue, "measure", failing)
    assert main([]) == 2
    assert "glued: status 200" in (told := capsys.readouterr().err) or "slowapi is not installed" in told


def test_the_table_is_plain_and_aligned() -> None:
    """No tab, no escape, and every column begins where its head does."""
    lines = table(ROWS).splitlines()
    assert "\t" not in table(ROWS)
    assert "\x1b" not in table(ROWS)
    assert {line.index("<=") for line in lines[2:]} == {lines[0].index("budget")}
    assert [line.split()[-1] for line in lines[2:]] == ["pass", "over", "pass"]


def test_colour_is_only_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert may_colour(Terminal())
    assert not may_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not may_colour(Terminal())
    assert table(ROWS, colour=True).count("\x1b[3") == 3


def test_the_document_says_under_which_conditions() -> None:
    read = json.loads(document(ROWS, 9, 64))
    assert read["conditions"]["rounds"] == 9
    assert read["rows"][2]["budget"] == {"number": "B4", "most": 0.5, "over": True}


def test_spread_holds_eight_in_ten() -> None:
    found = spread_of([float(number) for number in range(101)])
    assert (found.low, found.middle, found.high) == (10.0, 50.0, 90.0)
    assert spread_of([3.0]) == Spread(3.0, 3.0, 3.0, 1)


def test_progress_writes_one_line_a_stage_where_nobody_watches() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    for done in range(5):
        progress.tell("timing", done, 5)
    progress.end()
    assert stream.getvalue() == "timing\n"


def test_without_options_everything_is_measured() -> None:
    assert parse([]).only == frozenset(WORDS)
    assert parse(["--only", "B1, B2"]).only == {"B1", "B2"}


@pytest.mark.parametrize("arguments", [["--only", "B99"], ["--only", ","], ["--rounds", "0"], ["--batch", "many"]])
def test_a_bad_option_is_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_help_shows_an_example_of_each_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert all(f"python -m bench --{option}" in told for option in ("only", "rounds", "json", "strict"))
