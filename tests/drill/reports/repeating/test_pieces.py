"""A body is taken apart and is the same when it is put together."""

from hypothesis import given
from hypothesis import strategies as some

from buckler.drill.reports.repeating.literal import bytes_expression, literal
from buckler.drill.reports.repeating.pieces import Named, Plain, pieces_of, weight
from buckler.drill.transport.request import Run

NAMES = frozenset(("A", "AB", "not a name", ""))


def test_names_and_runs_are_told_apart() -> None:
    """What stands for a secret, and what is the same over and over; all else is as it is."""
    assert pieces_of(b"x$AB$A$C" + b"no" * 64, NAMES) == (
        Plain(b"x"),
        Named("AB"),
        Named("A"),
        Plain(b"$C"),
        Run(b"no", 64),
    )


def test_what_is_long_and_the_same_weighs_little() -> None:
    """A body of a million letters is a few bytes to write."""
    assert weight(pieces_of(b'{"a": "' + b"a" * 1_000_000 + b'"}', NAMES)) < 30


@given(some.binary(max_size=40), some.integers(0, 200), some.sampled_from((b"a", b"'\"", b"%\\n")))
def test_an_expression_says_the_same_bytes(data: bytes, times: int, unit: bytes) -> None:
    """Whatever the bytes are."""
    whole = data + unit * times + data
    assert eval(bytes_expression(pieces_of(whole, frozenset()))) == whole  # noqa: S307 - literals of ours


@given(some.text())
def test_a_literal_is_the_text(text: str) -> None:
    """On one line, and without what does not print."""
    shown = literal(text)
    assert eval(shown) == text  # noqa: S307 - a literal of ours
    assert shown.isprintable()
