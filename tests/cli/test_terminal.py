"""What a person sees who waits: on a terminal, and nowhere else."""

import sys

import pytest

from buckler.cli.terminal import bar, step


@pytest.mark.parametrize("is_watched", [False, True])
def test_a_bar_is_full_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_watched: bool
) -> None:
    """Also where the last parts were not told."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_watched)
    with bar(40) as advance:
        advance(10)
        advance(20)
    shown = capsys.readouterr()
    assert ("100%" in shown.err, shown.err == "", shown.out) == (is_watched, not is_watched, "")


@pytest.mark.parametrize("is_watched", [False, True])
def test_a_step_is_told_to_whoever_waits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_watched: bool
) -> None:
    """And looks like no refusal: it is not red, and is not told in our name."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_watched)
    step("Looking.")
    shown = capsys.readouterr()
    assert (shown.err, shown.out) == ("Looking.\n" if is_watched else "", "")
