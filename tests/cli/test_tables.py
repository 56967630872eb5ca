"""Tables that commands print."""

import pytest

from buckler.cli.tables import counted, fitted, table


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


@pytest.mark.parametrize("width", [20, 60, 100])
def test_a_column_of_names_stays_whole(width: int) -> None:
    """However narrow the terminal is; the others make room as far as they can."""
    name = "a_name_that_somebody_copies_into_a_search"
    head, *lines = fitted([("NAME", "WHEN", "WHAT"), (name, "x " * 30, "y " * 30)], width, whole=1)
    assert (head.split(), lines[0].split()[0]) == (["NAME", "WHEN", "WHAT"], name)
    assert [line[: len(name)].strip() for line in lines[1:]] == [""] * (len(lines) - 1)
    assert max(map(len, lines)) <= max(width, len(name) + 2 * (2 + 8))


def test_a_number_stands_with_its_noun() -> None:
    assert (counted(1, "row"), counted(2, "row"), counted(0, "batch", "batches")) == ("1 row", "2 rows", "0 batches")


def test_what_cannot_be_narrowed_further_is_wider_than_the_terminal() -> None:
    """A column keeps eight characters: nobody reads one letter below the other."""
    assert max(map(len, fitted([("12345678",) * 9], 20))) == 9 * 8 + 8 * 2
