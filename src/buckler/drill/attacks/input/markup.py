"""Markup that shows whether it became a part of a page: read as a browser reads, not by comparing texts."""

from html.parser import HTMLParser
from typing import Final

from buckler.drill.transport.answer import Answer
from buckler.randomness import identifier

_CLOSED_FIRST: Final = "'\"></textarea></title></script></style>"


def marker() -> str:
    """A name that stands in no page by chance."""
    return f"drill{identifier()[:10]}"


def markup(name: str) -> str:
    """Leaves an attribute, a comment or a text, and begins an element with an attribute of this name."""
    return f"{_CLOSED_FIRST}<svg {name}=1>"


def shown_as_page(answer: Answer) -> bool:
    """Whether a browser shows it as a page: it says so, or says nothing and leaves it to be guessed."""
    guessed = not answer.media and (answer.header("x-content-type-options") or "").lower() != "nosniff"
    return (answer.is_html or guessed) and "attachment" not in (answer.header("content-disposition") or "").lower()


def has_element(answer: Answer, name: str) -> bool:
    """Whether the page has an element with an attribute of this name."""
    if name not in answer.text or not shown_as_page(answer):
        return False
    reader = _Reader(name)
    reader.feed(answer.text)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.found = self.found or any(name == self._name for name, _ in attrs)
