"""What an answer says."""

import pytest

from buckler.drill.transport.answer import Answer

SAID = 'Two lines,\nand "quotes" & more: é'


@pytest.mark.parametrize(
    "body",
    [
        'Two lines,\nand "quotes" & more: é',
        '{"text": "Two lines,\\nand \\"quotes\\" & more: \\u00e9"}',
        '{"text": "Two lines,\\nand \\"quotes\\" & more: é"}',
        "<p>Two lines,\nand &quot;quotes&quot; &amp; more: é</p>",
    ],
    ids=["plain", "JSON in ASCII", "JSON", "HTML"],
)
def test_a_text_is_told_however_it_is_written(body: str) -> None:
    """As it is, and as JSON and HTML write it."""
    assert Answer(200, (), body.encode()).tells(SAID)


def test_another_text_is_not_told() -> None:
    """A part of it is not it."""
    assert not Answer(200, (), b'{"text": "Two lines,"}').tells(SAID)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"[" * 99 + b"]" * 99, True),
        (b"[" * 300 + b"]" * 300, False),
        (b'{"a":' * 300 + b"1" + b"}" * 300, False),
        (b"[" * 200_000, False),
        (b"[" + b",".join([b"[]"] * 500) + b"]", True),
        (b"\xff\xfe", False),
        (b"9" * 5_000, False),
    ],
)
def test_no_answer_is_deeper_than_those_who_walk_it(body: bytes, read: bool) -> None:
    """What nobody means is no JSON here; many beside each other are as good as few."""
    assert (Answer(200, body=body).json() is not None) is read
