"""The documents, and the blocks of code in them. CONTRIBUTING.md tells writers what each attribute does."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

RUN = {"python", "sh", "console"}
PARSED = {"json": json.loads, "toml": tomllib.loads}
SHOWN = {"text"}
LANGUAGES = RUN | set(PARSED) | SHOWN
ATTRIBUTES = {
    "file": RUN | set(PARSED),
    "continues": {"python"},
    "env": {"python"},
    "raises": {"python"},
    "serve": {"sh"},
    "root": RUN,
    "skip": LANGUAGES,
}
NEED_A_VALUE = {"env", "file", "raises", "skip"}

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<info>[^`]*)$")
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)(?P<target>[^)#\s]+)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: where it starts, what it is, what it says."""

    line: int
    language: str
    text: str
    attributes: dict[str, str] = field(default_factory=dict[str, str])

    def objection(self) -> str | None:
        """Why the block cannot be judged, or None."""
        if self.language not in LANGUAGES:
            return f"{self.language or 'no language'!r} is none of {', '.join(sorted(LANGUAGES))}"
        for name, value in self.attributes.items():
            if self.language not in ATTRIBUTES.get(name, ()):
                return f"{name!r} means nothing on a {self.language} block"
            if bool(value) != (name in NEED_A_VALUE):
                return f"{name!r} needs a value: {name}=..." if name in NEED_A_VALUE else f"{name!r} takes no value"
        return None


def documents(root: Path) -> list[Path]:
    """Every document of the house."""
    front = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
    return [path for name in front if (path := root / name).exists()] + sorted((root / "docs").rglob("*.md"))


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a document. One that is never closed is an error, as renderers disagree on it."""
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if opening := _FENCE.match(line):
            yield _read_block(number, opening, lines)


def broken_links(page: Path) -> list[str]:
    """The relative links of a document that lead nowhere."""
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    return [target for target in targets if not (page.parent / target).exists()]


def orphans(root: Path) -> list[str]:
    """The documents that no other document links: nobody would find them."""
    pages = documents(root)
    linked = {
        (page.parent / target).resolve()
        for page in pages
        for target in _LINK.findall(page.read_text(encoding="utf-8"))
        if (page.parent / target).resolve() != page.resolve()
    }
    front = {root / "README.md", root / "CHANGELOG.md"}
    return [page.relative_to(root).as_posix() for page in pages if page not in front and page.resolve() not in linked]


def _read_block(number: int, opening: re.Match[str], lines: Iterator[tuple[int, str]]) -> Block:
    indent, fence = len(opening["indent"]), opening["fence"]
    language, *attributes = shlex.split(opening["info"]) or [""]
    body: list[str] = []
    for _, line in lines:
        if line.strip() == fence:
            split = (attribute.partition("=") for attribute in attributes)
            return Block(number, language, "\n".join(body) + "\n", {name: value for name, _, value in split})
        body.append(line[indent:] if not line[:indent].strip() else line)
    raise ValueError(f"line {number}: the block is never closed")
