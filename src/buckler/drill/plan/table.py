"""A table of an options file, read strictly: what is not known, or is of another kind, is told with its place."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import cast


class BadOptions(ValueError):
    """What was told of the target cannot be meant so. The text says where, and what to write."""


class Table:
    """One table, and where it stands."""

    def __init__(self, place: str, values: object) -> None:
        if not isinstance(values, Mapping):
            raise BadOptions(f"{place} is no table.")
        self.place = place
        self.values = cast("Mapping[str, object]", values)

    def only(self, *names: str) -> None:
        """Refuse every other name."""
        for name in self.values:
            if name not in names:
                near = get_close_matches(name, names, 1)
                hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(names)}."
                raise BadOptions(f"{self.place} has {name!r}, which nothing here is called. {hint}")

    def has(self, name: str) -> bool:
        """Whether something stands under this name."""
        return name in self.values

    def text(self, name: str) -> str:
        """A text; empty where there is none."""
        found = self.values.get(name, "")
        if not isinstance(found, str):
            raise BadOptions(f"{name} in {self.place} is no text. Write it in quotes.")
        return found

    def needed(self, name: str) -> str:
        """A text that has to be there."""
        found = self.text(name)
        if not found:
            raise BadOptions(f"{self.place} has no {name}, and nothing can be done without it.")
        return found

    def flag(self, name: str) -> bool:
        """Yes or no; no where nothing is said."""
        found = self.values.get(name, False)
        if not isinstance(found, bool):
            raise BadOptions(f"{name} in {self.place} is true or false, without quotes.")
        return found

    def texts(self, name: str) -> Mapping[str, str]:
        """Texts by their names."""
        inner = self.table(name)
        return {each: inner.text(each) for each in inner.values}

    def table(self, name: str) -> "Table":
        """The table within; an empty one where there is none."""
        place = f"[{name}]" if self.place == "the file" else f"{name} in {self.place}"
        return Table(place, self.values.get(name, {}))

    def tables(self, name: str) -> "tuple[Table, ...]":
        """A list of tables; empty where there is none."""
        found = self.values.get(name, [])
        if not isinstance(found, list):
            raise BadOptions(f"{name} in {self.place} is a list of tables: [[{name}]] once for each.")
        several = cast("list[object]", found)
        return tuple(Table(f"{name} {place + 1}", each) for place, each in enumerate(several))
