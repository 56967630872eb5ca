"""What leaves is a message as the RFCs have it, with nothing in it that a person chose but the words."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest

from buckler.identity.mail.letter import Letter
from buckler.identity.mail.message import Sender, message_of

SENDER = Sender("noreply@shop.example", "shop.example")


def letter(to: str = "ada@example.com", subject: str = "Hello", text: str = "Hello\n") -> Letter:
    return Letter("reset", to, subject, text, f"<p>{text}</p>", id="0" * 32, at=1_800_000_000.5)


def sent(made: Letter) -> EmailMessage:
    """As the mailbox reads it."""
    return cast("EmailMessage", message_from_bytes(message_of(made, SENDER).as_bytes(), policy=default))


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_every_header_is_ours() -> None:
    """These and no others; the same at each attempt."""
    message = sent(letter())
    assert sorted(message.keys()) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert (message["From"], message["To"]) == ("noreply@shop.example", "ada@example.com")
    assert message["Date"] == "Fri, 15 Jan 2027 08:00:00 +0000"
    assert message["Message-ID"] == f"<{'0' * 32}@shop.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "text", ["Hello\n", "Caf\u00e9 \u05e9\u05dc\u05d5\u05dd \U0001f600\n", ".\n..\nFrom here\n", "x" * 2000 + "\n"]
)
def test_the_words_arrive_as_they_were_written(text: str) -> None:
    """In seven bits and in lines that no server has to change."""
    raw = message_of(letter(text=text), SENDER).as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert body(sent(letter(text=text)), "plain") == text
    assert text.strip() in body(sent(letter(text=text)), "html")


def test_a_subject_in_any_script_arrives() -> None:
    subject = "\u05d4\u05d7\u05e9\u05d1\u05d5\u05df \u4f60\u597d \U0001f600 " * 8
    assert sent(letter(subject=subject.strip()))["Subject"] == subject.strip()


def test_a_domain_in_another_script_is_written_as_the_network_has_it() -> None:
    assert sent(letter("ada@b\u00fccher.example"))["To"] == "ada@xn--bcher-kva.example"


def test_a_name_in_another_script_is_kept() -> None:
    """RFC 6531: its own server knows what it means."""
    assert sent(letter("j\u00f6rg@example.com"))["To"] == "j\u00f6rg@example.com"
