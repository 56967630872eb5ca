"""Types whose work doubles with each level of what is sent (ASVS 1.3.3, 15.2.2).

    class A(BaseModel):              class B(BaseModel):
        child: "A | B | None"            child: "A | B | None"

Pydantic tries both, and each reads `child` with both again: 64 levels, 700 bytes of JSON, never end. Whether a type
does so is decided from its schema alone, before the app starts:

1. What reads a value (a model, a list, a mapping) hands each member on, under a name or a place, to whatever reads
   that. A union hands the same value to each of its choices; with a discriminator to one of them.
2. Two that read one value, begun at one reader and met again at one reader of the same circle, double the work on
   each way around. Nothing else does: with `left` in the one and `right` in the other each value is read once, and a
   list excludes a mapping.

This is how an ambiguous automaton is found (Weber and Seidl, 1991), with types for states and names for letters.

Caveat: what a validator of the app calls by itself is not seen. A choice without a circle is read once a level.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations, product
from typing import Any, Final, cast

from buckler.input.bounded_validator import holds_itself, schemas_in

Schema = Mapping[str, Any]
Way = tuple[str, str | int | None]
"""A name, a place or a text within; None for any of them."""
_KEEPS_ITEMS: Final = frozenset(("list", "set", "frozenset", "deque", "generator"))
_KEEPS_VALUES: Final = frozenset(("dict", "frozendict", "ordered-dict", "counter"))
_TAKES_PLACES: Final = frozenset(("arguments", "arguments-v3", "named-tuple"))
"""Their fields have names, and places too."""
_HANDS_ON: Final = {
    **dict.fromkeys(("model", "dataclass", "default", "nullable", "custom-error", "definitions"), "schema"),
    **dict.fromkeys(("function-before", "function-after", "function-wrap"), "schema"),
    "call": "arguments_schema",
    "chain": "steps",
    "union": "choices",
    "lax-or-strict": "lax_schema",
    "json-or-python": "python_schema",
}
"""What reads nothing itself, and where it has what does."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What takes a value apart, where the value has these tags."""

    at: int
    tags: frozenset[tuple[object, object]]
    name: str = field(compare=False)
    schema: Schema = field(compare=False)

    def excludes(self, other: "Reader") -> bool:
        """Whether no value is read by both: a discriminator sends it to one of them."""
        tags = dict(self.tags)
        return any(tags.get(by, tag) != tag for by, tag in other.tags)


@dataclass(frozen=True, slots=True)
class Doubling:
    """Two that read one member of something, and lead there again."""

    owner: str
    member: str
    readers: tuple[str, str]

    def __str__(self) -> str:
        return f"{self.member} in {self.owner} is read as {' and as '.join(self.readers)}"


def find_doubling(schema: Any) -> Doubling | None:
    """The first place in a core schema where work doubles with each level; None where it does nowhere."""
    if not holds_itself(schema):
        return None
    types = _Types({each["ref"]: each for each in schemas_in(schema) if "ref" in each})
    steps = types.steps_from(types.readers_of(schema))
    return _Circles(_only_circles(steps)).doubling()


Steps = Mapping[Reader, Mapping[Way, list[Reader]]]


@dataclass(frozen=True, slots=True)
class _Types:
    """The readers of a schema, and the steps from each to the next."""

    named: Mapping[str, Schema]

    def steps_from(self, first: list[Reader]) -> Steps:
        steps: dict[Reader, dict[Way, list[Reader]]] = {}
        waiting = list(first)
        while waiting:
            reader = waiting.pop()
            if reader not in steps:
                steps[reader] = {}
                for way, inner in _members_of(reader.schema):
                    steps[reader].setdefault(way, []).extend(self.readers_of(inner))
                waiting += chain.from_iterable(steps[reader].values())
        return steps

    def readers_of(self, schema: Any) -> list[Reader]:
        return list(self._readers(schema, "", frozenset(), frozenset()))

    def _readers(
        self, schema: Any, name: str, tags: frozenset[tuple[object, object]], met: frozenset[int]
    ) -> Iterator[Reader]:
        if isinstance(schema, list | tuple):
            for each in cast("list[Any]", schema):
                yield from self._readers(each, name, tags, met)
        if not isinstance(schema, Mapping) or id(cast("object", schema)) in met:
            return
        found = cast("Schema", schema)
        kind, met = str(found.get("type")), met | {id(found)}
        name = getattr(found.get("cls"), "__name__", name)
        if kind == "definition-ref":
            yield from self._readers(self.named.get(found["schema_ref"]), name, tags, met)
        elif kind == "tagged-union":
            by = found["discriminator"]
            for tag, choice in found["choices"].items():
                yield from self._readers(choice, name, tags | {(repr(by), tag)}, met)
        elif kind in _HANDS_ON:
            yield from self._readers(found.get(_HANDS_ON[kind]), name, tags, met)
        else:
            yield Reader(id(found), tags, name or kind, found)


def _members_of(schema: Schema) -> Iterator[tuple[Way, Any]]:
    kind = schema.get("type")
    if kind in _KEEPS_ITEMS:
        yield ("item", None), schema.get("items_schema")
    elif kind in _KEEPS_VALUES:
        yield ("name", None), schema.get("values_schema")
    elif kind == "json":
        yield ("text", None), schema.get("schema")
    elif kind == "tuple":
        rest = schema.get("variadic_item_index")
        for place, each in enumerate(schema["items_schema"]):
            yield ("item", place if rest is None or place < rest else None), each
    else:
        yield from _fields_of(schema)


def _fields_of(schema: Schema) -> Iterator[tuple[Way, Any]]:
    fields: Any = schema.get("fields") or schema.get("arguments_schema") or []
    named: list[tuple[str, Schema]] = (
        [(each["name"], each) for each in cast("list[Schema]", fields)]
        if isinstance(fields, list)
        else list(fields.items())
    )
    for place, (name, each) in enumerate(named):
        for key in {name, *_names_in(each.get("validation_alias", each.get("alias", ())))}:
            yield ("name", key), each["schema"]
        if schema["type"] in _TAKES_PLACES:
            yield ("item", place), each["schema"]
    yield ("name", None), schema.get("extras_schema") or schema.get("var_kwargs_schema")
    yield ("item", None), schema.get("var_args_schema")


def _names_in(alias: Any) -> Iterator[str | int]:
    """What an alias begins with: it is a name, a path of names and places, or several paths."""
    if isinstance(alias, str):
        yield alias
    elif alias and isinstance(alias[0], list):
        yield from (path[0] for path in alias)
    else:
        yield from alias[:1]


@dataclass(frozen=True, slots=True)
class _Circles:
    """The steps that lead back to where they began."""

    steps: Steps

    def doubling(self) -> Doubling | None:
        """The first two that read one value and meet again."""
        met: set[frozenset[Reader]] = set()
        for reader in self.steps:
            for way, one, other in self._parted(reader):
                if self._meet_again(one, other, met):
                    member = repr(way[1]) if way[0] == "name" and way[1] is not None else "what is"
                    return Doubling(reader.name, member, (one.name, other.name))
        return None

    def _parted(self, reader: Reader) -> Iterator[tuple[Way, Reader, Reader]]:
        for way, several in self.steps[reader].items():
            for one, other in combinations(several, 2):
                if not one.excludes(other):
                    yield way, one, other

    def _meet_again(self, one: Reader, other: Reader, met: set[frozenset[Reader]]) -> bool:
        waiting = [(one, other)]
        while waiting:
            pair = waiting.pop()
            if pair[0] == pair[1]:
                return True
            if frozenset(pair) not in met:
                met.add(frozenset(pair))
                waiting += self._next_of(*pair)
        return False

    def _next_of(self, one: Reader, other: Reader) -> Iterator[tuple[Reader, Reader]]:
        for way, several in self.steps[one].items():
            for each, beside in product(several, _along(way, self.steps[other])):
                if not each.excludes(beside):
                    yield each, beside


def _along(way: Way, steps: Mapping[Way, list[Reader]]) -> list[Reader]:
    """What the same member may be handed to."""
    kind, name = way
    if name is not None:
        return [*steps.get(way, ()), *steps.get((kind, None), ())]
    return [each for other, several in steps.items() if other[0] == kind for each in several]


def _only_circles(steps: Steps) -> Steps:
    """`steps` without those that never lead back (by Kosaraju's two passes)."""
    forwards = {reader: list(chain.from_iterable(found.values())) for reader, found in steps.items()}
    backwards: dict[Reader, list[Reader]] = {reader: [] for reader in steps}
    for reader, found in forwards.items():
        for each in found:
            backwards[each].append(reader)
    circles: dict[Reader, Reader] = {}
    met: set[Reader] = set()
    for reader in reversed(_left(forwards, forwards, set())):
        circles.update(dict.fromkeys(_left((reader,), backwards, met), reader))
    return {
        reader: {way: [each for each in several if circles[each] == circles[reader]] for way, several in found.items()}
        for reader, found in steps.items()
    }


def _left(roots: Iterable[Reader], graph: Mapping[Reader, list[Reader]], met: set[Reader]) -> list[Reader]:
    """What is reached from `roots` and was not met before, in the order in which a walk leaves it."""
    left: list[Reader] = []
    for root in roots:
        walk = [(root, iter((root,)))]
        while walk:
            reader, coming = walk[-1]
            found = next((each for each in coming if each not in met), None)
            if found is not None:
                met.add(found)
                walk.append((found, iter(graph[found])))
            else:
                walk.pop()
                left += [reader] if walk else []
    return left
