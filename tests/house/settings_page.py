"""The page of settings, written from the tree: `python -m tests.house.settings_page` writes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from buckler.settings import PREFIX, Settings
from buckler.settings.display import default_of, meanings
from buckler.settings.words import FORMS
from tests.house.tree import ROOT

PAGE: Final = ROOT / "docs" / "operations" / "settings.md"
MARK: Final = "<!-- Written by tests/house/settings_page.py; what is changed below this line is lost. -->"
NEEDED: Final = {
    "origin": "none; needed in production",
    "processes": "none; needed in production",
    "master_secret_file": "none; with accounts, needed in production",
    "registration": "`closed`; in development `open`",
    "password_form": "`false`; in development `true`",
    "mail": "none; in development `outbox`",
}
"""Defaults that depend on more than the setting itself."""


def generated() -> Iterator[str]:
    """The lines below the mark: each setting with its default, and what to write."""
    yield "| name | default | what it decides, and what to write |"
    yield "|---|---|---|"
    told = meanings(Settings)
    for name in Settings.model_fields:
        default = default_of(Settings, name)
        shown = NEEDED.get(name) or (f"`{default}`" if default else "none")
        meant = f"{told[name]} {FORMS[name][0].upper()}{FORMS[name][1:]}."
        yield f"| `{PREFIX}{name.upper()}` | {shown} | {meant.replace('|', chr(92) + '|')} |"


def current(page: str) -> str:
    """The page with its table as it should be."""
    return "\n".join([page.partition(MARK)[0] + MARK, "", *generated()]) + "\n"


def write(page: Path = PAGE) -> None:
    """Bring the page up to date."""
    page.write_text(current(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
