"""Finds the defences in the source: a defence is one thing with one name, and a file, a test and a page of it.

Several that only work together may share a file; then the page is named after the file and has
a heading for each of them.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from tests.house.tree import Module

ROOTS = {"Defence", "Arrival", "Departure", "Passage"}


@dataclass(frozen=True, slots=True)
class Found:
    """A class that is a defence: its name, the file that holds it, and whether it stands there alone."""

    name: str
    file: PurePath
    alone: bool = True

    @property
    def test(self) -> Path:
        """Where its test stands."""
        inside = self.file.relative_to("src/buckler")
        return Path("tests") / inside.with_name(f"test_{inside.name}")

    @property
    def page(self) -> Path:
        named = self.name if self.alone else self.file.stem.replace("_", "-")
        return Path("docs/defences") / f"{named}.md"


def defences(tree: list[Module]) -> list[Found]:
    """Every class that names one of the roots, or another defence, as its parent and carries a `name`."""
    classes = [(node, module.path) for module in tree for node in _classes(module.tree)]
    kinds = set(ROOTS)
    while more := {node.name for node, _ in classes if _parents(node) & kinds} - kinds:
        kinds |= more
    found = [(name, path) for node, path in classes if node.name in kinds for name in _name(node)]
    held = Counter(path for _, path in found)
    return [Found(name, path, held[path] == 1) for name, path in sorted(found)]


def lacking(root: Path, found: Found) -> list[str]:
    """What a defence lacks of file, test and page by its name."""
    page = root / found.page
    wanted = {
        f"a file named after it, not {found.file}": found.file.stem == found.name.replace("-", "_") or not found.alone,
        f"the test {found.test}": (root / found.test).exists(),
        f"the page {found.page}": page.exists(),
        f"a heading in {found.page}": found.alone or not page.exists() or found.name in _headings(page),
    }
    return [f"{found.name} lacks {what}" for what, there in wanted.items() if not there]


def _headings(page: Path) -> set[str]:
    lines = page.read_text(encoding="utf-8").splitlines()
    return {line.lstrip("# ").strip("` ").lower() for line in lines if line.startswith("## ")}


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _parents(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(parent).split("[")[0].split(".")[-1] for parent in node.bases}


def _name(node: ast.ClassDef) -> Iterator[str]:
    """The value of the class's `name`, when it is set there."""
    for line in node.body:
        targets = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        value = getattr(line, "value", None)
        if any(ast.unparse(target) == "name" for target in targets) and isinstance(value, ast.Constant):
            yield str(value.value)
