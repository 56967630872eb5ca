"""Tables that commands print."""

import pytest

from buckler.cli.tables import fitted, table


def test_odd_names_move_nothing_in_the_table() -> None:
    """Control and direction characters are shown escaped."""
    lines = table([("NAME", "X"), ("a\tb\x1b[2J\n\u202ec", "1")])
    assert lines == ["NAME                            X", "a\\u0009b\\u001b[2J\\u000a\\u202ec  1"]


@pytest.mark.parametrize("width", [30, 44, 200])
def test_a_table_is_broken_into_lines_that_fit(width: int) -> None:
    """No word is lost, and each column stays where it is."""
    words = "a rather long cell with many words in it, and aWordThatIsLongerThanTheColumnIsWide"
    rows = [("HEAD", "SECOND", "THIRD"), ("x", words, "y"), ("z", "", words)]
    lines = fitted(rows, width)
    assert max(map(len, lines)) <= width
    assert lines[0].split() == ["HEAD", "SECOND", "THIRD"]
    letters = "".join(words.split()) * 2 + "xyz"
    assert sorted("".join("".join(line.split()) for line in lines[1:])) == sorted(letters)
    assert len(fitted(rows, 0)) == 3


def test_what_cannot_be_narrowed_further_is_wider_than_the_terminal() -> None:
    """A column keeps eight characters: nobody reads one letter below the other."""
    assert max(map(len, fitted([("12345678",) * 9], 20))) == 9 * 8 + 8 * 2
