"""The author of an app reads his own lines, and none of the libraries around them."""

import json
from pathlib import Path

import pytest

from buckler.cli.own_frames import describe, place
from buckler.errors import ConfigurationError


def broken() -> ValueError:
    """A failure inside Python's library, called from here."""
    with pytest.raises(ValueError, match="Expecting") as raised:
        json.loads("{")
    return raised.value


def broken_twice() -> LookupError:
    """The same as the cause of another."""
    with pytest.raises(LookupError) as raised:
        raise LookupError("no such thing") from broken()
    return raised.value


def test_frames_of_the_library_are_left_out() -> None:
    """The last line shown is the author's own call."""
    text = describe(broken())
    assert text.startswith("Traceback (most recent call last):\n")
    assert 'test_own_frames.py", line' in text
    assert "decoder.py" not in text
    assert text.splitlines()[-1].startswith("json.decoder.JSONDecodeError: ")


def test_a_cause_is_told_with_its_own_frames() -> None:
    """What led to it belongs to it."""
    text = describe(broken_twice())
    assert text.index("JSONDecodeError") < text.index("LookupError: no such thing")
    assert "decoder.py" not in text


def test_what_a_library_handled_meanwhile_is_not_told() -> None:
    """Where no frame of it is the author's."""
    failure = ValueError("mine")
    failure.__context__ = KeyError("theirs")
    assert describe(failure) == "ValueError: mine"


def test_a_mistake_of_syntax_is_shown_with_its_line(tmp_path: Path) -> None:
    """There is no frame of the author's then, and the file is named all the same."""
    with pytest.raises(SyntaxError) as raised:
        compile("x = (\n", str(tmp_path / "mine.py"), "exec")
    own = SyntaxError(*raised.value.args)
    assert f'File "{tmp_path / "mine.py"}", line 1' in describe(own)
    assert "Traceback" not in describe(own)


def test_a_place_is_the_innermost_own_line() -> None:
    """And nothing where there is none."""
    assert place(broken()).rpartition(":")[0].endswith("tests/cli/test_own_frames.py")
    assert place(ConfigurationError("never raised")) == ""
