"""Texts that were made up: of the shape of another that is known, or that one with a letter changed."""

from hashlib import sha256
from string import ascii_lowercase, ascii_uppercase, digits


def made_up(text: str, number: int = 0) -> str:
    """A text of the same shape that nobody ever issued, or knows; another one for each number."""
    # By a digest: the same each time, which a report can be repeated with, and never the text itself.
    drawn = b"".join(sha256(f"{number} {part} {text}".encode()).digest() for part in range(len(text) // 32 + 1))
    kinds = (ascii_lowercase, ascii_uppercase, digits)
    return "".join(
        next((kind[byte % len(kind)] for kind in kinds if letter in kind), letter)
        for letter, byte in zip(text, drawn, strict=False)
    )


def altered(text: str, place: int) -> str:
    """The text with another letter at a place, counted from the end where it is negative."""
    place %= len(text)
    letter = text[place]
    other = "7" if letter in digits and letter != "7" else "2" if letter in digits else "k" if letter in "qQ" else "q"
    return text[:place] + other + text[place + 1 :]
