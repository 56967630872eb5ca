"""A letter that could add a header or a recipient cannot be made."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from buckler.identity.mail.letter import LIVES, Letter, LetterRefused
from buckler.identity.mail.message import Sender, message_of
from tests.proof import stopped_by, two_sided

SENDER = Sender("noreply@shop.example", "shop.example")
LETTER = Letter("reset", "ada@example.com", "Choose a new password", "Hello\n", "<p>Hello</p>\n", at=1_800_000_000)
HOSTILE = [
    "ada@example.com\r\nBcc: eve@example.com",
    "ada@example.com\nBcc: eve@example.com",
    "ada@example.com, eve@example.com",
    "ada@example.com;eve@example.com",
    "Eve <eve@example.com>",
    "<ada@example.com>",
    '"a\r\nb"@example.com',
    "ada@example.com\x00",
    "ada@[127.0.0.1]",
    "--help@example.com",
    "ada@EXAMPLE.com",
    "ada(comment)@example.com",
    " ada@example.com",
    "ada\u202e@example.com",
    "",
]


def glued(letter: tuple[str, str]) -> bytes:
    """The twin: a message put together from texts."""
    to, subject = letter
    return f"From: noreply@shop.example\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nHello\r\n".encode()


def judged(letter: tuple[str, str]) -> bytes:
    to, subject = letter
    return message_of(replace(LETTER, to=to, subject=subject), SENDER).as_bytes()


@pytest.mark.asvs("1.3.11")
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
@pytest.mark.parametrize("where", ["to", "subject"])
def test_nobody_adds_a_header(where: str, line_end: str) -> None:
    """By the address or the subject: put together from texts the letter gains a recipient, judged it is not made."""
    bad = f"ada@example.com{line_end}Bcc: eve@example.com"

    def attack(written: object) -> bool:
        assert callable(written)
        parts = (bad, "Hello") if where == "to" else ("ada@example.com", bad)
        made: list[bytes] = []
        if stopped_by(LetterRefused, lambda: made.append(written(parts))):
            return False
        return message_from_bytes(made[0], policy=default)["Bcc"] == "eve@example.com"

    two_sided(attack, whole=judged, twin=glued)


@pytest.mark.parametrize("to", HOSTILE)
def test_a_letter_goes_to_one_plain_address(to: str) -> None:
    with pytest.raises(LetterRefused):
        replace(LETTER, to=to)


@pytest.mark.parametrize("subject", ["", "a\tb", "a\x00", "a\u2028b", "a\u202eb", "a\u200eb", "a\ud800", "a" * 201])
def test_a_subject_is_one_visible_line(subject: str) -> None:
    with pytest.raises(LetterRefused):
        replace(LETTER, subject=subject)


@pytest.mark.parametrize("part", ["a\rb", "a\x00b", "a\x1bb", "a\ud800b", "a\u202eb", "a\u2028b", "a" * 65_537])
def test_the_parts_have_no_control_characters(part: str) -> None:
    """A carriage return neither: it is for the message to say where a line ends."""
    with pytest.raises(LetterRefused):
        replace(LETTER, text=part)
    with pytest.raises(LetterRefused):
        replace(LETTER, html=part)


def test_an_unknown_kind_is_refused() -> None:
    """Nobody could say how long it is of use."""
    with pytest.raises(LetterRefused, match="no kind"):
        replace(LETTER, kind="advertisement")


def test_harmless_letters_are_made() -> None:
    """In any script, with emoji, with words that only look like an attack."""
    for subject in (
        "Café: \u05e9\u05dc\u05d5\u05dd \u0633\u0644\u0627\u0645 \u4f60\u597d \U0001f469\u200d\U0001f4bb",
        "O'Brien <b> {{7*7}}",
    ):
        assert replace(LETTER, subject=subject).subject == subject
    assert replace(LETTER, to="o'brien+tag@example.com").to == "o'brien+tag@example.com"
    assert LETTER.lives == LIVES["reset"] == 600


def test_a_letter_is_not_shown_with_its_code() -> None:
    """Where an object is printed, its text is not."""
    assert "Hello" not in repr(LETTER)
