"""Bodies that are odd by their shape and not by their size: many fields, much depth, long lists."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import FORM, JSON, Slot
from buckler.drill.plan.schema import Schema

FIELDS: Final = 20_000
FORM_FIELDS: Final = 5_000
LEVELS: Final = 500
"""Python itself stops at about a thousand: what is deeper is refused by chance."""
ITEMS: Final = 50_000
_MOST_BYTES: Final = 200_000
"""Of a list: what is larger is refused for its size, which is another matter."""
_MARK: Final = "drill-stands-here"
_SHORT: Final = 40
"""Characters of an item that is repeated so often."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A request of an odd shape, and what is odd in it."""

    draft: Draft
    what: str
    slot: Slot | None = None
    """The place that takes it by its schema; None where it is a field that nobody asked for."""


def shapes(on: Engagement, draft: Draft, *, surplus: bool) -> Iterator[Shape]:
    """Every shape that fits the body; with `surplus` also those in fields that nobody asked for."""
    whole: object = draft.body
    fields = cast("Mapping[str, object]", whole) if isinstance(whole, Mapping) else None
    if draft.media == FORM:
        if surplus and fields is not None:
            yield Shape(draft.with_body({**fields, **_many(FORM_FIELDS)}), f"{FORM_FIELDS:,} fields of a form")
        return
    if draft.media != JSON and not draft.media.endswith("+json"):
        return
    opened = [shape for slot in on.slots(draft.route) if slot.place == "body" for shape in _within(on, draft, slot)]
    yield from opened
    if surplus and not opened and fields is not None:
        yield Shape(_raw(draft.with_body({**fields, "drill": _MARK}), _deep()), f"{LEVELS:,} levels of JSON")
        yield Shape(draft.with_body({**fields, **_many(FIELDS)}), f"{FIELDS:,} fields")


def _many(number: int, value: object = 0) -> dict[str, object]:
    return {f"d{each}": value for each in range(number)}


def _within(on: Engagement, draft: Draft, slot: Slot) -> Iterator[Shape]:
    """Shapes that the schema of a place has room for."""
    if is_open(slot.schema):
        inner: object = slot.schema.get("additionalProperties")
        value = on.samples.value(cast("object", inner)) if isinstance(inner, Mapping) and inner else 0
        if not inner or inner is True:
            yield Shape(_raw(draft.put(slot, _MARK), f'{{"drill": {_deep()}}}'), f"{LEVELS:,} levels of JSON", slot)
        if "maxProperties" not in slot.schema:
            yield Shape(draft.put(slot, _many(FIELDS, value)), f"{FIELDS:,} fields", slot)
    elif slot.way and slot.way[-1] == "0" and _is_unbounded(on, draft, slot):
        text = json.dumps(draft.get(slot) if draft.get(slot) is not ABSENT else on.samples.value(slot.schema))
        if len(text) <= _SHORT:
            listed = Slot(slot.place, slot.way[:-1])
            many = min(ITEMS, _MOST_BYTES // (len(text) + 1))
            items = "[" + ",".join([text] * many) + "]"
            yield Shape(_raw(draft.put(listed, _MARK), items), f"a list of {many:,}", listed)


def is_open(schema: Schema) -> bool:
    """Whether an object of any fields is meant."""
    return schema.get("type") == "object" and not schema.get("properties") and "additionalProperties" in schema


def _is_unbounded(on: Engagement, draft: Draft, slot: Slot) -> bool:
    schemas = on.setting.document.schemas
    found: Schema = schemas.choices(draft.route.body.schema if draft.route.body is not None else {})[0]
    for step in slot.way[:-1]:
        found = schemas.choices(found.get("items", {}))[0] if step == "0" else schemas.fields(found).get(step, {})
        found = schemas.choices(found)[0]
    return found.get("type") == "array" and "maxItems" not in found


def _raw(draft: Draft, text: str) -> Draft:
    """The body with a text of JSON where the mark stands: what is so deep nothing writes."""
    return draft.with_body(json.dumps(draft.body).replace(f'"{_MARK}"', text).encode())


def _deep() -> str:
    return "[" * LEVELS + "]" * LEVELS
