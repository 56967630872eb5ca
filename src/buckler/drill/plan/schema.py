"""JSON Schemas of an OpenAPI document, with their references followed."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

Schema = Mapping[str, Any]

_DEEPEST: Final = 12
"""Levels. A schema that contains itself ends there."""
NOTHING: Final[Schema] = {}


class Schemas:
    """Looks schemas up in the document that they stand in."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolve(self, schema: object) -> Schema:
        """What a schema says in the end: references followed, `allOf` put together. Empty where nothing is known."""
        found = self._followed(schema)
        parts = found.get("allOf")
        if not isinstance(parts, list):
            return found
        merged: dict[str, Any] = {name: value for name, value in found.items() if name != "allOf"}
        for part in cast("list[object]", parts):
            merged = _merged(merged, self.resolve(part))
        return merged

    def choices(self, schema: object) -> tuple[Schema, ...]:
        """The alternatives of a schema, without the one that is null; itself where it has none."""
        found = self.resolve(schema)
        several = found.get("anyOf") or found.get("oneOf")
        if not isinstance(several, list):
            return (found,)
        resolved = tuple(self.resolve(each) for each in cast("list[object]", several))
        return tuple(each for each in resolved if each.get("type") != "null") or resolved[:1]

    def fields(self, schema: object) -> Mapping[str, Schema]:
        """The fields of an object by their names."""
        chosen = self.choices(schema)[0]
        properties = chosen.get("properties")
        if not isinstance(properties, Mapping):
            return {}
        return {str(name): self.resolve(each) for name, each in cast("Mapping[object, object]", properties).items()}

    def leaves(self, schema: object) -> Iterator[tuple[tuple[str, ...], Schema]]:
        """Every value that is no object or list, with the way to it; `0` is the first of a list."""
        yield from self._leaves(schema, (), 0)

    def _leaves(self, schema: object, way: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Schema]]:
        if depth > _DEEPEST:
            return
        chosen = self.choices(schema)[0]
        fields = self.fields(chosen)
        if fields:
            for name, each in fields.items():
                yield from self._leaves(each, (*way, name), depth + 1)
        elif chosen.get("type") == "array" and "items" in chosen:
            yield from self._leaves(chosen["items"], (*way, "0"), depth + 1)
        else:
            yield way, chosen

    def _followed(self, schema: object) -> Schema:
        for _ in range(_DEEPEST):
            if not isinstance(schema, Mapping):
                return NOTHING
            found = cast("Schema", schema)
            reference = found.get("$ref")
            if not isinstance(reference, str):
                return found
            schema = self.at(reference)
        return NOTHING

    def at(self, reference: str) -> object:
        """What stands at `#/a/b` in the document; None for what is elsewhere, which is never fetched."""
        if not reference.startswith("#/"):
            return None
        found: object = self._document
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = cast("Mapping[str, object]", found).get(name) if isinstance(found, Mapping) else None
        return found


def _merged(one: dict[str, Any], other: Schema) -> dict[str, Any]:
    both = {**one, **other}
    if "properties" in one and "properties" in other:
        both["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        both["required"] = [*one["required"], *other["required"]]
    return both
