"""A value that a schema allows, as a person would write it.

Examples of the document come first: whoever wrote them knows what works; one that is prose gets a number behind it, and
so does a word that calls something from the second time on: no two people send the same. Otherwise the kind, the
format and the bounds decide, and the name helps: `email` is an address where nothing else is said. A pattern is met by
a text that is put together from its parts, or that Hypothesis finds where it is installed (`patterns.py`). Where there
is none the value is a plain word, and an app that refuses it is told as untested.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Final, cast

from buckler.drill.drafting.patterns import fits, text_for
from buckler.drill.plan.schema import ANY_NAME, Schema, Schemas

_ITEMS: Final = 1
_BOUNDS: Final = ("minimum", "maximum")
_MOST_ITEMS: Final = 100
_LONGEST: Final = 20_000
_DEEPEST: Final = 8
_MOST_VALUES: Final = 2_000
"""In one value."""
_DAY: Final = "2030-01-02"
_LATER: Final = "2030-01-05"
_ENDS: Final = re.compile(
    r"(^|_)(end|until|till?|to|upper|check_?out|due|expir|return|departure|finish|last)|[a-z](End|Until|Till|To|Out|Due)",
    re.IGNORECASE,
)
"""What ends comes after what begins, whichever of both is sent first."""
_FORMATS: Final[Mapping[str, Callable[[int], object]]] = {
    "email": lambda n: f"drill{n}@example.com",
    "idn-email": lambda n: f"drill{n}@example.com",
    "uuid": lambda n: f"00000000-0000-4000-8000-{n % 10**12:012d}",
    "date-time": lambda _: f"{_DAY}T03:04:05Z",
    "date": lambda _: _DAY,
    "time": lambda _: "03:04:05",
    "duration": lambda _: "PT1H",
    "uri": lambda _: "https://example.com/",
    "url": lambda _: "https://example.com/",
    "hostname": lambda _: "example.com",
    "ipv4": lambda _: "192.0.2.1",
    "ipv6": lambda _: "2001:db8::1",
    "byte": lambda _: "ZHJpbGw=",
    "binary": lambda _: "drill",
    "password": lambda n: f"correct horse battery {n} staple",
}
_PROSE: Final = re.compile(r"\w+\s+\w+\s+\w+")
_WORD: Final = re.compile(r"[A-Za-z][\w-]*")
_OWN_WORD: Final = re.compile(
    r"(^|_)(title|name|label|slug|subject|handle|sku|secret|note|text|content|message|description)$|[a-z](Title|Name)$"
)
_NAMED: Final[tuple[tuple[re.Pattern[str], Callable[[int], object]], ...]] = (
    (re.compile("e_?mail"), _FORMATS["email"]),
    (re.compile("pass(word|phrase|wd)?$|pwd$|(^|_)pw$"), _FORMATS["password"]),
    (re.compile("url|uri|link|website|avatar|image|photo"), _FORMATS["uri"]),
    (re.compile("phone|mobile"), lambda n: f"+4420794{n % 10**5:05d}"),
    (re.compile("birth|(^|_)(date|day)$"), _FORMATS["date"]),
    (re.compile("(_|^)at$|timestamp|datetime"), _FORMATS["date-time"]),
    (re.compile("currency"), lambda _: "EUR"),
    (re.compile("country"), lambda _: "GB"),
)


class Samples:
    """Makes values. Each that it makes for a name differs from the ones before, as unique columns want it."""

    def __init__(self, schemas: Schemas, first: int = 1) -> None:
        self._schemas = schemas
        self._numbers = count(first)
        self._given: set[tuple[str, str]] = set()
        self._patterns: dict[tuple[str, int, int], str | None] = {}
        self._left = _MOST_VALUES

    def value(self, schema: object, name: str = "") -> object:
        """A value for a field of this name."""
        for deepest in range(_DEEPEST, 0, -1):
            self._left = _MOST_VALUES
            try:
                return self._value(schema, name, deepest)
            except _TooMany:
                continue
        self._note(f"{name or 'a value'} has more than {_MOST_VALUES:,} values within, and is sent without them")
        return None

    def _value(self, schema: object, name: str, deeper: int) -> object:
        self._left -= 1
        if self._left < 0:
            raise _TooMany
        chosen = self._schemas.choices(schema)[0]
        told, value = _told(chosen)
        if told:
            return self._own(chosen, value, name)
        if deeper < 0:
            return None
        kind = _kind(chosen)
        if kind == "object":
            return self._object(chosen, deeper)
        if kind == "array":
            return self._list(chosen, name, deeper)
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return _number(chosen, whole=kind == "integer")
        if kind == "null":
            return None
        return self._text(chosen, name)

    def _note(self, words: str) -> None:
        self._schemas.notes[f"the document: {words}"] = None

    def _own(self, schema: Schema, value: object, name: str) -> object:
        """An example that is prose with a number behind it: what everybody sends tells nobody whose it is.

        One word that calls something, or is kept in it, gets one from the second time on: there may be one of a name.
        """
        if not isinstance(value, str) or {"enum", "const", "format"} & set(schema):
            return value
        again = bool(_OWN_WORD.search(name)) and bool(_WORD.fullmatch(value)) and (name, value) in self._given
        self._given.add((name, value))
        if not again and not _PROSE.search(value):
            return value
        numbered, pattern = f"{value}{'' if again else ' '}{next(self._numbers)}", schema.get("pattern")
        short = len(numbered) <= int(schema.get("maxLength", len(numbered)))
        return numbered if short and (not isinstance(pattern, str) or fits(pattern, numbered)) else value

    def _object(self, schema: Schema, deeper: int) -> object:
        required = set(cast("Sequence[str]", schema.get("required") or ()))
        fields = self._schemas.fields(schema)
        made = {
            name: self._value(each, name, deeper - 1)
            for name, each in fields.items()
            if name in required or (deeper > _DEEPEST - 2 and _is_plain(each))
        }
        more = cast("object", schema.get("additionalProperties"))
        least = int(schema.get("minProperties", 0))
        if fields or more is False or not (least or _says_something(more)):
            return made
        for number in range(self._bounded(least, "fields") or 1):
            made[f"{ANY_NAME}{number or ''}"] = self._value(more, ANY_NAME, deeper - 1)
        return made

    def _list(self, schema: Schema, name: str, deeper: int) -> object:
        several = cast("Sequence[object]", schema.get("prefixItems") or ())
        if several:
            return [self._value(each, name, deeper - 1) for each in several[:_MOST_ITEMS]]
        least = self._bounded(int(schema.get("minItems", 0)), f"items of {name or 'a list'}")
        return [self._value(schema.get("items", {}), name, deeper - 1) for _ in range(max(least, _ITEMS))]

    def _bounded(self, least: int, what: str, most: int = _MOST_ITEMS) -> int:
        if least > most:
            self._note(f"{least:,} {what} are asked for, and {most:,} are sent")
        return min(least, most)

    def _text(self, schema: Schema, name: str) -> str:
        number = next(self._numbers)
        pattern = schema.get("pattern")
        least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 200))
        least = self._bounded(least, f"characters of {name or 'a text'}", _LONGEST)
        said = str(schema.get("format", ""))
        made = _FORMATS.get(said) or next((make for shape, make in _NAMED if shape.search(name.lower())), None)
        text = str(made(number)) if made is not None else f"drill {name or 'text'} {number}"
        if text.startswith(_DAY) and _ENDS.search(name):
            text = text.replace(_DAY, _LATER)
        if isinstance(pattern, str):
            word = f"drill{number}"
            found = next(
                (each for each in (text, word) if _found_in(pattern, each) and least <= len(each) <= most), None
            )
            return found if found is not None else self._matching(pattern, least, most) or word
        if len(text) > most:
            text = f"d{number}"[:most]
        return text.ljust(least, "x")

    def _matching(self, pattern: str, least: int, most: int) -> str | None:
        key = (pattern, least, most)
        if key not in self._patterns:
            self._patterns[key] = text_for(*key)
        return self._patterns[key]


def _told(schema: Schema) -> tuple[bool, object]:
    """What the document gives as an example, a constant or a choice."""
    if "const" in schema:
        return True, schema["const"]
    if "example" in schema:
        return True, schema["example"]
    for name in ("examples", "enum"):
        several: Any = schema.get(name)
        if isinstance(several, list) and several:
            return True, cast("list[object]", several)[0]
    return False, None


def _kind(schema: Schema) -> str:
    said = schema.get("type")
    if isinstance(said, list):
        said = next((each for each in cast("list[str]", said) if each != "null"), "null")
    if isinstance(said, str):
        return said
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _is_plain(schema: Schema) -> bool:
    """Whether a field that may be left out is filled in: not where nobody says what it is, or null is all it is."""
    return "default" not in schema and _kind(schema) not in ("null", "object", "array") and bool(schema)


def _says_something(schema: object) -> bool:
    return isinstance(schema, Mapping) and bool(cast("Schema", schema))


def _number(schema: Schema, *, whole: bool) -> int | float:
    step = schema.get("multipleOf", 1 if whole else None)
    least, most = _bound(schema, "Minimum", step, 1), _bound(schema, "Maximum", step, -1)
    value: float = 1
    if least is not None and most is not None and not step and not least <= value <= most:
        value = _middle(schema)
    elif least is not None and value < least:
        value = least
    elif most is not None and value > most:
        value = most
    if step:
        value = -(-value // step) * step
    return int(value) if whole else value


def _bound(schema: Schema, name: str, step: float | None, way: int) -> float | None:
    """The least or the largest number that is allowed; one step within where the bound itself is not (3.0 and 3.1)."""
    bound, beyond = schema.get(name.lower()), schema.get(f"exclusive{name}")
    if beyond is True:
        bound, beyond = None, bound
    if isinstance(beyond, int | float) and not isinstance(beyond, bool):
        within = cast("float", beyond + way * (step or 1))
        return within if bound is None else max(within, bound) if way > 0 else min(within, bound)
    return cast("float | None", bound)


def _middle(schema: Schema) -> float:
    """Between both bounds, whichever of them are allowed themselves."""
    low, high = ([_plain(schema.get(name)), _plain(schema.get(f"exclusive{name.title()}"))] for name in _BOUNDS)
    lowest, highest = max(x for x in low if x is not None), min(x for x in high if x is not None)
    return lowest if lowest == highest else (lowest + highest) / 2


def _plain(bound: object) -> float | None:
    return bound if isinstance(bound, int | float) and not isinstance(bound, bool) else None


def _found_in(pattern: str, text: str) -> bool:
    """Patterns of documents are of several dialects: one that nobody reads here says nothing."""
    found = fits(pattern, text)
    return text.isalnum() if found is None else found


class _TooMany(Exception):
    """There are more values within than are made."""
