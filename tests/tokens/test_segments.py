"""One value, one spelling."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler.tokens.segments import decode, encode


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_what_was_written_is_read(value: bytes) -> None:
    """Every value comes back from its own spelling."""
    assert decode(encode(value).encode()) == value


@pytest.mark.parametrize("segment", [b"AB", b"AAB", b"AA==", b"A A", b"AA\n", b"A", b"+/+/", b"A*AA", b"\xc3\xa9AA"])
def test_any_other_spelling_is_refused(segment: bytes) -> None:
    """Unused bits, padding, white space, another alphabet, an impossible length."""
    with pytest.raises(ValueError, match=r"canonical|Incorrect padding|Invalid base64|data characters"):
        decode(segment)
