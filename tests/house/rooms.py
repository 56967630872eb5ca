"""The rooms of the house: those that stand, and those that the table for newcomers names."""

import re
from pathlib import Path


def standing(package: Path) -> set[str]:
    """Folders and files of a package, as the table writes them: `edge/`, `clock.py`."""
    folders = {f"{each.parent.name}/" for each in package.glob("*/__init__.py")}
    return folders | {each.name for each in package.glob("*.py") if not each.name.startswith("__")}


def tabled(document: str, heading: str = "The house in a page") -> list[str]:
    """What stands in the first column of the table under a heading."""
    section = document.split(f"## {heading}\n")[1].split("\n## ")[0]
    firsts = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return [name for first in firsts for name in re.findall(r"`([^`]+)`", first)]


def disagreements(package: Path, document: str) -> list[str]:
    """What one has and the other has not, and what the table names twice."""
    stands, named = standing(package), tabled(document)
    return [
        *(f"{room} stands and is not in the table" for room in sorted(stands - set(named))),
        *(f"{room} is in the table and does not stand" for room in sorted(set(named) - stands)),
        *(f"{room} is in the table twice" for room in sorted({room for room in named if named.count(room) > 1})),
    ]
