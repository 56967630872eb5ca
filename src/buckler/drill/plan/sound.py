"""A document made sound before it is read: of known kinds, of bounded depth and size, a tree and nothing else.

1. Keys are texts. What JSON has not, as dates of YAML, is a text.
2. A word of OpenAPI or JSON Schema whose value is of another kind than it must be is left out, and told.
3. A name of a field, a parameter or a path that is longer than any is left out, and told: it says nothing, and much is
   looked for in names. Of an `operationId` and a summary the beginning is read.
4. What is deeper than any document is cut, and told. What is larger is refused: aliases of YAML make much of little.

What follows reads the words without looking at their kinds once more.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

_DEEPEST: Final = 80
_MOST_VALUES: Final = 1_000_000
_MOST_NOTES: Final = 10
_LARGEST: Final = 2**53
"""Of bounds that are numbers: beyond it floats have gaps, and a bound is none that anybody meets."""
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LONGEST: Final = 60
_LONGEST_NAME: Final = 500
"""Characters of what is read for its meaning. The names of schemas are not, and those of generic models are long."""
_CALLED: Final = frozenset(("name", "tokenUrl"))
"""Words whose text is a name."""
_SAYING: Final = frozenset(("operationId", "summary"))


class TooLarge(ValueError):
    """The document has more values than are read, once its aliases are followed."""


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= _LARGEST if isinstance(value, float) else abs(value) <= _LARGEST


def _is_far(value: object) -> bool:
    """Whether it is a number, beyond all that are met: what a type of a database holds, as 2**63 - 1."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and abs(value) < 2**128


def _is_count(value: object) -> bool:
    return _is_number(value) and cast("float", value) >= 0 and cast("float", value) == int(cast("float", value))


def _is_type(value: object) -> bool:
    several = cast("list[object]", value) if isinstance(value, list) else [value]
    return bool(several) and all(isinstance(each, str) for each in several)


def _is_required(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, list) and all(map(_is_text, cast("list[object]", value))))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_schema(value: object) -> bool:
    return isinstance(value, Mapping | bool)


def _is_either(value: object) -> bool:
    return isinstance(value, Mapping | list)


_KINDS: Final[Mapping[str, Callable[[object], bool]]] = {
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
    **dict.fromkeys(_BOUNDS[:2], _is_number),
    **dict.fromkeys(_BOUNDS[2:], lambda value: isinstance(value, bool) or _is_number(value)),
    "multipleOf": lambda value: _is_number(value) and cast("float", value) > 0,
    "type": _is_type,
    "required": _is_required,
    **dict.fromkeys(("$ref", "format", "pattern", "contentMediaType", "in", "operationId", "summary"), _is_text),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "enum", "tags", "servers", "prefixItems", "security"), _is_list),
    **dict.fromkeys(("items", "additionalProperties"), _is_schema),
    **dict.fromkeys(("properties", "paths", "components", "responses", "content", "schemas"), _is_table),
    **dict.fromkeys(("parameters", "examples"), _is_either),
}
_NAMES: Final = frozenset(
    (
        *(
            "properties",
            "patternProperties",
            "definitions",
            "$defs",
            "schemas",
            "responses",
            "requestBodies",
            "headers",
        ),
        *("securitySchemes", "links", "callbacks", "pathItems", "paths", "content", "variables", "encoding"),
        *("parameters", "scopes", "mapping"),
    )
)
"""Words whose value is a table of names that anybody may choose."""
_VALUES: Final = frozenset(("example", "examples", "default", "const", "enum", "value", "security"))
"""Words whose value says nothing of the document."""
_TOO_LONG: Final = f"is longer than {_LONGEST_NAME} characters, which no name is, and is left out"


@dataclass(slots=True)
class _Reading:
    word: str = ""
    notes: list[str] = field(default_factory=list[str])
    values: int = 0

    def told(self, way: tuple[str, ...], words: str) -> None:
        self.notes.append(f"the document: {'.'.join(way)[-_LONGEST:]} {words}")

    def value(self, found: object, way: tuple[str, ...], kind: str) -> object:
        """`kind` is `object`, `names` or `value`: what the keys of a table are."""
        self.values += 1
        if self.values > _MOST_VALUES:
            raise TooLarge(f"it has more than {_MOST_VALUES:,} values, once aliases are followed")
        if isinstance(found, list | tuple | set | Mapping) and len(way) > _DEEPEST:
            self.told(way[:4], f"is deeper than {_DEEPEST} levels, and is cut there")
            return None
        if isinstance(found, Mapping):
            return self._table(cast("Mapping[object, object]", found), way, kind)
        if isinstance(found, list | tuple | set):
            inner = "value" if kind == "value" else "object"
            several = list(cast("Sequence[object]", found))
            if kind == "object" and way[-1:] == ("tags",):
                several = [each for each in several if not isinstance(each, str) or len(each) <= _LONGEST_NAME]
            if all(isinstance(each, str | int | float) for each in several):
                self.values += len(several)
                return several
            return [self.value(each, (*way, str(place)), inner) for place, each in enumerate(several)]
        if kind == "object" and isinstance(found, str) and way[-1:] and way[-1] in _SAYING:
            return found[:_LONGEST_NAME]
        return found if found is None or isinstance(found, str | int | float) else str(found)

    def _table(self, found: Mapping[object, object], way: tuple[str, ...], kind: str) -> dict[str, object]:
        whole: dict[str, object] = {}
        for key, each in found.items():
            name = str(key)
            if _is_too_long(name, each, way, kind):
                self.told((*way, name[:_LONGEST_NAME]), _TOO_LONG)
                continue
            sound = _KINDS.get(name) if kind == "object" else None
            if sound is not None and not sound(each):
                if name in _BOUNDS and _is_far(each):
                    continue
                self.told((*way, name), f"is {_shown(each)}, which it cannot be, and is left out")
                continue
            if name == "$ref" and kind == "object" and str(each).startswith("#"):
                whole[name] = f"{self.word}{each}"
                continue
            whole[name] = self.value(each, (*way, name), _kind_within(name, kind))
        required = whole.get("required")
        if kind == "object" and isinstance(required, bool) and not {"in", "content", "$ref"} & set(whole):
            if way and way[-1] not in ("requestBody", "requestBodies"):
                self.told((*way, "required"), f"is {required}, which it cannot be, and is left out")
            del whole["required"]
        return whole


def made_sound(document: Mapping[Any, Any], word: str = "") -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The document, and what is to be told of it. `word` is put before its references. Raises `TooLarge`."""
    reading = _Reading(word)
    whole = cast("Mapping[str, Any]", reading.value(document, (), "object"))
    notes = list(dict.fromkeys(reading.notes))
    more = len(notes) - _MOST_NOTES
    return whole, (*notes[:_MOST_NOTES], *((f"the document: {more} more of this kind",) if more > 0 else ()))


def _is_too_long(name: str, value: object, way: tuple[str, ...], kind: str) -> bool:
    """Whether it is a name that is looked at for what it means, or has one as its value, which is longer than any."""
    if len(name) > _LONGEST_NAME and (kind == "value" or way[-1:] in (("properties",), ("paths",))):
        return True
    return kind == "object" and name in _CALLED and isinstance(value, str) and len(value) > _LONGEST_NAME


def _kind_within(name: str, kind: str) -> str:
    if kind == "value" or (kind == "object" and (name in _VALUES or name.startswith("x-"))):
        return "value"
    return "names" if kind == "object" and name in _NAMES else "object"


def _shown(value: object) -> str:
    if isinstance(value, Mapping | list):
        return "a list" if isinstance(value, list) else "a table"
    try:
        text = repr(value)
    except ValueError:  # a whole number with more digits than Python writes
        return "a number"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
