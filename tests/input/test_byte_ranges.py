"""Which part of a file is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.input.byte_ranges import RangeUnmet, is_known, range_of

TAG = '"a"'


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=2-4", range(2, 5)),
        ("Bytes=2-4", range(2, 5)),
        ("bytes=2-", range(2, 10)),
        ("bytes=2-99999", range(2, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99999", range(10)),
        (" bytes=9- ", range(9, 10)),
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=4-2", None),
        ("bytes=0-1,3-4", None),
        ("bytes=0-,0-,0-", None),
        ("bytes=0-1,", None),
        ("bytes = 0-1", None),
        ("items=0-1", None),
        ("bytes=+1-2", None),
        ("bytes=1_0-20", None),
        ("bytes=\u0661-2", None),
        ("bytes=0-" + "9" * 19, None),
    ],
)
def test_one_range_or_the_whole(asked: str | None, sent: range | None) -> None:
    """RFC 9110, section 14.1.2; what is none is ignored, and so are several."""
    assert range_of(asked, None, TAG, 10) == sent


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=999999999999999999-"])
def test_a_range_without_a_byte_cannot_be_met(asked: str) -> None:
    """Neither behind the end nor the last none."""
    with pytest.raises(RangeUnmet):
        range_of(asked, None, TAG, 10)


@pytest.mark.parametrize("asked", ["bytes=0-0", "bytes=0-", "bytes=-1"])
def test_of_nothing_there_is_no_part(asked: str) -> None:
    """A file of no bytes."""
    with pytest.raises(RangeUnmet):
        range_of(asked, None, TAG, 0)


@pytest.mark.parametrize("if_range", ['W/"a"', '"b"', "a", "Sat, 29 Oct 1994 19:43:31 GMT", "*", '"a", "b"'])
def test_a_part_of_another_file_is_not_sent(if_range: str) -> None:
    """`If-Range` names the very file, or the whole comes."""
    assert range_of("bytes=0-1", TAG, TAG, 10) == range(2)
    assert range_of("bytes=0-1", if_range, TAG, 10) is None


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 100))
def test_what_is_sent_lies_in_the_file(first: int, last: int, size: int) -> None:
    """Whatever is asked for."""
    for asked in (f"bytes={first}-{last}", f"bytes={first}-", f"bytes=-{last}"):
        try:
            part = range_of(asked, None, TAG, size)
        except RangeUnmet:
            continue
        assert part is None or (part and 0 <= part.start < part.stop <= size)


@pytest.mark.parametrize(
    ("held", "known"),
    [
        (None, False),
        ("", False),
        ('"b"', False),
        ("a", False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b" , W/"a"', True),
        ("*", True),
    ],
)
def test_a_client_that_has_the_file_is_known(held: str | None, known: bool) -> None:
    """RFC 9110, section 13.1.2."""
    assert is_known(held, TAG) is known
