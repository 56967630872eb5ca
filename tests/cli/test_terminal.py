"""What a person sees who waits: on a terminal, and nowhere else."""

import sys

import pytest

from buckler.cli.terminal import bar, step, tell


@pytest.mark.parametrize("wanted", ["", "1"])
def test_a_refusal_is_text_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    """Whoever wrote what it quotes: nothing is cleared or painted; its lines stay. Red where it is wanted."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", wanted)
    tell("no module 'a\x1b[2J\r\u202e'\n\tline")
    shown = capsys.readouterr().err
    assert "buckler: no module 'a\\u001b[2J\\u000d\\u202e'\n\tline" in shown
    assert ("\x1b[31m" in shown) is not bool(wanted)


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
