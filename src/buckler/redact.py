"""Keeping secrets out of every text that leaves the process (ASVS 16.2.5)."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, cast, final

STARS: Final = "***"

_SECRET_NAME: Final = re.compile(
    r"pass(word|phrase|wd)?|secret|token|authorization|cookie|api[-_]?key|private|credential|otp|pepper|^code$",
    re.IGNORECASE,
)
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST: Final = 256


@final
class Secret:
    """A text that prints as stars. Read it with `reveal()`, at the one place that needs it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({STARS})"

    __str__ = __repr__

    def __reduce__(self) -> tuple[type["Secret"], tuple[str]]:
        raise TypeError("A Secret is not to be pickled: it would leave the process as plain text.")


def plain(text: str) -> str:
    """`text` on one line, at most 256 characters: control and direction characters escaped, and surrogates.

    JSON can name half of a character, and no encoding takes one: it would stop whoever writes the line.
    """
    if len(text) <= _LONGEST and text.isascii() and text.isprintable():
        return text
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "\u2026"
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", cut)


def redacted(fields: Mapping[str, object]) -> dict[str, object]:
    """`fields` fit for a log: secret-sounding names become stars, texts are made plain."""
    return {plain(name): STARS if _sounds_secret(name[:_LONGEST]) else _fit(value) for name, value in fields.items()}


@lru_cache(maxsize=512)
def _sounds_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _fit(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        return redacted({str(name): inner for name, inner in members.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return [_fit(inner) for inner in cast("Iterable[object]", value)]
    return plain(str(value))
