"""A module whose source says something else in one place. Only the process that asks for it has it so."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType

from tests.mutants.mutant import Unchanged


@dataclass(frozen=True, slots=True)
class Text:
    """`module` with each text in the place of another, which has to stand there exactly once."""

    module: str
    pairs: tuple[tuple[str, str], ...]
    finder: "list[Finder]" = field(default_factory=list["Finder"], init=False, compare=False)

    def make(self) -> None:
        """From now on this process imports it so. Raises `Unchanged` where that is too late."""
        if self.module in sys.modules:
            raise Unchanged(f"{self.module} is imported already")
        self.finder.append(Finder(self))
        sys.meta_path.insert(0, self.finder[-1])

    def check(self) -> None:
        """Raise `Unchanged` where nobody imported it."""
        if not self.finder or not self.finder[-1].was_asked:
            raise Unchanged(f"{self.module} was never imported")

    def applied(self, source: str) -> str:
        """The source as the mutant has it. Raises `Unchanged`."""
        for old, new in self.pairs:
            if source.count(old) != 1 or old == new:
                raise Unchanged(f"{self.module} has {source.count(old)} times, not once, the text: {old}")
            source = source.replace(old, new)
        return source


def said(module: str, old: str, new: str) -> Text:
    """One text in the place of another."""
    return Text(module, ((old, new),))


class Finder(MetaPathFinder):
    """Finds the one module, with its changed source."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self.was_asked = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._text.module:
            return None
        found = PathFinder.find_spec(fullname, path)
        if found is None or found.origin is None:
            raise Unchanged(f"there is no module {fullname}")
        self.was_asked = True
        return spec_from_file_location(fullname, found.origin, loader=_Changed(self._text, found.origin))


class _Changed(SourceFileLoader):
    """Compiles the changed source, and keeps nothing of it."""

    def __init__(self, text: Text, path: str) -> None:
        super().__init__(text.module, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path).decode("utf-8")
        return compile(self._text.applied(source), self.path, "exec", dont_inherit=True)
