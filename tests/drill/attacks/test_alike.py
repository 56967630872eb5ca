"""Two answers are alike whatever they repeat of what was sent, and however they write that."""

import pytest
from markupsafe import escape

from buckler.drill.attacks.alike import exactly
from buckler.drill.transport.answer import Answer

SENT = "it's\"a/b"


@pytest.mark.parametrize(
    "told", [str(escape(SENT)), "it's\\\"a\\/b", "it%27s%22a%2fb", "it&#x27;s&#x22;a&#x2F;b", repr(SENT)]
)
def test_what_was_sent_is_left_out(told: str) -> None:
    """And nothing else is."""
    plain, other = Answer(200, body=b"none of plain"), Answer(200, body=f"none of {told}".encode())
    assert exactly(plain, ("plain",)) == exactly(other, (SENT,))
    assert exactly(plain, ()) != exactly(other, (SENT,))
