"""A file with a text that stands nowhere else: whoever is shown the text was shown the file."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from buckler.drill.own_files import by_the_drill, own_folder
from buckler.randomness import identifier

_SUFFIXES: Final = ("", ".txt", ".log", ".pdf", ".json", ".html", ".md", ".csv", ".xml", ".yaml", ".png", ".jpg")
"""What apps put behind a name."""
_DEPTH: Final = 14
"""Folders that a path is led up: from the root nothing leads further."""


@dataclass(frozen=True, slots=True)
class Canary:
    """Where it is, and what stands in it."""

    path: str
    text: str
    folder: str = ""
    """A folder of ours in which whatever is found was put by a target; empty where there is none."""

    @property
    def upwards(self) -> str:
        """The way to it from any folder."""
        return "../" * _DEPTH + self.path.lstrip("/")


ON_EVERY_MACHINE: Final = Canary("/etc/passwd", "root:x:0:0:")
"""What a target by URL has too."""


@contextmanager
def planted(*, here: bool) -> Generator[Canary]:
    """The canary for the block: one of our own on this machine, else what every machine has."""
    if not here:
        yield ON_EVERY_MACHINE
        return
    with own_folder() as folder:
        text = f"canary {identifier()}"
        inbox = folder / "inbox"
        with by_the_drill():
            inbox.mkdir()
            for suffix in _SUFFIXES:
                (folder / f"canary{suffix}").write_text(text)
        yield Canary(f"{folder.as_posix()}/canary", text, inbox.as_posix())
