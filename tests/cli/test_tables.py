"""Tables that commands print."""

from buckler.cli.tables import table


def test_odd_names_move_nothing_in_the_table() -> None:
    """Control and direction characters are shown escaped."""
    lines = table([("NAME", "X"), ("a\tb\x1b[2J\n\u202ec", "1")])
    assert lines == ["NAME                            X", "a\\u0009b\\u001b[2J\\u000a\\u202ec  1"]
