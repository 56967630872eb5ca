"""Letters that an app sent, read where they were left: a folder of them, or a log. Nothing is fetched.

Only what came after a mark is read, and only what names the person it is for.
"""

import email
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import policy
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_LINK: Final = re.compile(r"https?://[^\s\"'<>\\]+")
_CODE: Final = re.compile(
    r"(?:code|token|pin|key)\b[\s:='\"]{1,12}(?:is\s*:?\s*)?([A-Za-z0-9][A-Za-z0-9._~-]{3,})", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"(?<![\w.-])\d{4,8}(?![\w.-])")
_IN_LINK: Final = re.compile(r"code|token|key|otp|confirm|verify|activate|reset|invit", re.IGNORECASE)
_MOST_BYTES: Final = 1024 * 1024
_AFTER: Final = 12
"""Lines of a log that may belong to a letter which begins in one of them."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter asks to be used: links, as path and query, and codes."""

    links: tuple[str, ...]
    codes: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    """Where its links lead."""


class Letterbox:
    """Where letters are found. `place` is a folder or a log; `lines` are those that the app logs meanwhile."""

    def __init__(self, place: str = "", lines: Sequence[str] = ()) -> None:
        self._place = Path(place) if place else None
        self._lines = lines

    @property
    def is_there(self) -> bool:
        """Whether letters can be found at all."""
        return self._place is not None and self._place.exists()

    def letters_to(self, address: str) -> list[Letter]:
        """The letters to this address, the newest first."""
        texts = list(self._texts(address))
        return [_read(text) for text in reversed(texts)]

    def _texts(self, address: str) -> Iterator[str]:
        yield from _around(list(self._lines), address)
        if self._place is None:
            return
        if self._place.is_dir():
            files = [each for each in self._place.rglob("*") if each.is_file()]
            for file in sorted(files, key=lambda each: each.stat().st_mtime):
                text = _text(file)
                if address.lower() in text.lower():
                    yield text
        elif self._place.is_file():
            yield from _around(_tail(self._place).splitlines(), address)


def _around(lines: list[str], address: str) -> Iterator[str]:
    for place, line in enumerate(lines):
        if address.lower() in line.lower():
            yield "\n".join(lines[place : place + _AFTER])


def _tail(file: Path) -> str:
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - _MOST_BYTES))
        return opened.read().decode("utf-8", "replace")


def _text(file: Path) -> str:
    there = file.stat()
    return _text_of(file, there.st_mtime_ns, there.st_size)


@lru_cache(4096)
def _text_of(file: Path, _changed: int, _size: int) -> str:
    """What a letter says: those that came before are looked at each time, and read once."""
    raw = _tail(file)
    letter = email.message_from_string(raw, policy=policy.default)
    if not letter["to"]:
        return raw
    parts = [part for part in letter.walk() if part.get_content_maintype() == "text"]
    return "\n".join([f"To: {letter['to']}", *(str(part.get_content()) for part in parts)])


def _read(text: str) -> Letter:
    links = [unescape(found).rstrip(".,;)") for found in _LINK.findall(text)]
    asked = [urlsplit(link) for link in links if _IN_LINK.search(link)]
    targets = tuple(f"{link.path or '/'}{'?' + link.query if link.query else ''}" for link in asked)
    inside = [value for link in asked for value in re.findall(r"=([^&=]{4,})", link.query)]
    inside += [link.path.rstrip("/").rpartition("/")[2] for link in asked if not link.query]
    bare = _LINK.sub(" ", text)
    codes = [*_CODE.findall(bare), *_NUMBER.findall(bare), *inside]
    hosts = tuple(dict.fromkeys(urlsplit(link).netloc for link in links))
    return Letter(tuple(dict.fromkeys(targets)), tuple(dict.fromkeys(codes)), hosts)
