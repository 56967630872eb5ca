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
