"""JSON Schemas of an OpenAPI document, with their references followed, in bounded work whatever they are.

1. A reference is resolved once and kept. One that leads back to itself says nothing where it does.
2. Places are walked as deep as their number allows: a schema that branches without end is cut, and that is told.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

Schema = Mapping[str, Any]

_DEEPEST: Final = 12
"""Levels. A schema that contains itself ends there."""
_MOST_BEHIND: Final = 60
"""References that are followed within each other."""
_MOST_STEPS: Final = 4_000
"""Schemas that are looked at for the places of one body."""
_MOST_CHOICES: Final = 200
NO_SCHEMA: Final[Schema] = {}
ANY_NAME: Final = "drill"
"""What a value is called in an object whose fields have no names."""
Leaf = tuple[tuple[str, ...], Schema]


class _TooMany(Exception):
    """There are more places than are walked."""


class Schemas:
    """Looks schemas up in the document that they stand in, or in that of a mounted app, by the word before the `#`."""

    def __init__(self, document: Mapping[str, Any], word: str = "") -> None:
        self.documents: dict[str, Mapping[str, Any]] = {word: document}
        self._known: dict[str, Schema] = {}
        self._put_together: dict[int, tuple[Schema, Schema]] = {}
        """By the identity of what they are made of, which is kept beside so that nothing else gets the same."""
        self._chosen: dict[int, tuple[Schema, tuple[Schema, ...]]] = {}
        self._walked: dict[int, tuple[object, tuple[Leaf, ...]]] = {}
        self._under_way: set[str] = set()
        self.notes: dict[str, None] = {}
        """What was cut, for the report."""

    def include(self, other: "Schemas") -> None:
        """Look up here too what stands in the documents of another, whose words are others."""
        self.documents.update(other.documents)
        self.notes.update(other.notes)

    def resolve(self, schema: object) -> Schema:
        """What a schema says in the end: references followed, `allOf` put together. Empty where nothing is known."""
        if not isinstance(schema, Mapping):
            return NO_SCHEMA
        found = cast("Schema", schema)
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return self._together(found)
        if reference not in self._known:
            if reference in self._under_way or len(self._under_way) > _MOST_BEHIND:
                self.notes[f"the document: {reference} is followed without end, and is cut"] = None
                return NO_SCHEMA
            self._under_way.add(reference)
            try:
                self._known[reference] = self.resolve(self.at(reference))
            finally:
                self._under_way.discard(reference)
        return self._known[reference]

    def _together(self, found: Schema) -> Schema:
        parts = found.get("allOf")
        if not isinstance(parts, list):
            return found
        if id(found) not in self._put_together:
            merged: dict[str, Any] = {name: value for name, value in found.items() if name != "allOf"}
            resolved = [self.resolve(part) for part in cast("list[object]", parts)]
            self._put_together[id(found)] = found, _merged([merged, *resolved])
        return self._put_together[id(found)][1]

    def choices(self, schema: object) -> tuple[Schema, ...]:
        """The alternatives of a schema, without the one that is null; itself where it has none."""
        found = self.resolve(schema)
        if not (found.get("anyOf") or found.get("oneOf")):
            return (found,)
        if id(found) not in self._chosen:
            several = self._alternatives(found, 0)
            chosen = tuple(each for each in several if each.get("type") != "null") or several[:1]
            self._chosen[id(found)] = found, chosen
        return self._chosen[id(found)][1]

    def _alternatives(self, found: Schema, depth: int) -> tuple[Schema, ...]:
        """What is said beside alternatives holds for each of them; one may have alternatives itself."""
        several = found.get("anyOf") or found.get("oneOf")
        if not isinstance(several, list) or depth > _DEEPEST:
            return (found,)
        beside = {name: value for name, value in found.items() if name not in ("anyOf", "oneOf")}
        all_of_them: list[Schema] = []
        for each in cast("list[object]", several):
            resolved = self.resolve(each)
            all_of_them += self._alternatives(_merged([beside, resolved]) if beside else resolved, depth + 1)
            if len(all_of_them) >= _MOST_CHOICES:
                break
        return tuple(all_of_them)

    def fields(self, schema: object) -> Mapping[str, Schema]:
        """The fields of an object by their names."""
        chosen = self.choices(schema)[0]
        properties = chosen.get("properties")
        if not isinstance(properties, Mapping):
            return {}
        return {str(name): self.resolve(each) for name, each in cast("Mapping[object, object]", properties).items()}

    def leaves(self, schema: object) -> Iterator[Leaf]:
        """Every value that is no object or list, with the way to it; `0` is the first of a list.

        An object of any fields is one, and so is the value in it where its kind is told.
        """
        if id(schema) not in self._walked:
            self._walked[id(schema)] = schema, self._all_leaves(schema)
        yield from self._walked[id(schema)][1]

    def _all_leaves(self, schema: object) -> tuple[Leaf, ...]:
        """As deep as it can be walked in so many steps; of what is too wide even then, the first."""
        found: list[Leaf] = []
        for deepest in range(_DEEPEST, 0, -1):
            found, left = [], [_MOST_STEPS]
            try:
                self._walk(schema, (), deepest, found, left)
            except _TooMany:
                continue
            if deepest < _DEEPEST:
                self.notes[f"the document: a body has too many places, and is tried to level {deepest} alone"] = None
            return tuple(found)
        self.notes[f"the document: a body has too many places, and the first {_MOST_STEPS:,} alone are tried"] = None
        return tuple(found)

    def _walk(self, schema: object, way: tuple[str, ...], deeper: int, found: list[Leaf], left: list[int]) -> None:
        if deeper < 0:
            return
        left[0] -= 1
        if left[0] < 0:
            raise _TooMany
        chosen = self.choices(schema)[0]
        inner = self._inner(chosen)
        if not inner or ("additionalProperties" in chosen and not chosen.get("properties")):
            found.append((way, chosen))
        for name, each in inner.items():
            self._walk(each, (*way, name), deeper - 1, found, left)

    def _inner(self, chosen: Schema) -> Mapping[str, object]:
        """What stands within a value of this schema, by the step that leads there."""
        properties, several, more = (
            chosen.get("properties"),
            chosen.get("prefixItems"),
            chosen.get("additionalProperties"),
        )
        if isinstance(properties, Mapping) and properties:
            return {str(name): each for name, each in cast("Mapping[object, object]", properties).items()}
        if chosen.get("type") == "array":
            if isinstance(several, list) and several:
                return {str(place): each for place, each in enumerate(cast("list[object]", several))}
            return {"0": chosen["items"]} if "items" in chosen else {}
        return {ANY_NAME: cast("object", more)} if isinstance(more, Mapping) and more else {}

    def at(self, reference: str) -> object:
        """What stands at `#/a/b` in the document; None for what is elsewhere, which is never fetched."""
        word, _, way = reference.partition("#")
        if not way.startswith("/"):
            return None
        found: object = self.documents.get(word)
        for step in way[1:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = cast("Mapping[str, object]", found).get(name) if isinstance(found, Mapping) else None
        return found


def _merged(several: list[Schema]) -> Schema:
    """All of them at once, what comes later first; fields and what is required are those of all."""
    whole: dict[str, Any] = {}
    properties: dict[str, object] = {}
    required: dict[str, None] = {}
    for each in several:
        whole.update(each)
        if isinstance(each.get("properties"), Mapping):
            properties.update(each["properties"])
        if isinstance(each.get("required"), list):
            required.update(dict.fromkeys(each["required"]))
    if properties:
        whole["properties"] = properties
    if required:
        whole["required"] = list(required)
    return whole
