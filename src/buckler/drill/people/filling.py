"""A request to a way in, with each field filled for what it is for, and no more than has to be there."""

from collections.abc import Mapping
from typing import Final, cast

from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.drafting.sample import Samples
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.fields import fillable
from buckler.drill.plan.document import Document
from buckler.drill.plan.route import JSON, Slot
from buckler.drill.plan.schema import NO_SCHEMA, Schema, Schemas

_DEEPEST: Final = 8
"""Levels of a body that needs itself."""


def filled(step: Step, values: Mapping[Part, str], document: Document, samples: Samples) -> Draft:
    """The request to `step` with these values; parts that it does not take are left out."""
    route = step.route
    draft = Draft(route, {(slot.place, slot.name): samples.value(slot.schema, slot.name) for slot in _needed(step)})
    if route.body is not None:
        least = _least(document.schemas, samples, route.body.schema)
        draft = Draft(route, draft.values, least, route.body.media or JSON)
    for slot in fillable(route, document.schemas):
        value = _value(step, slot, values)
        if value is not ABSENT:
            draft = draft.put(slot, value)
    return draft


def with_fields(draft: Draft, fields: Mapping[str, str]) -> Draft:
    """The request with what a page gave beside its own fields, which count more."""
    body: object = draft.body
    if not fields or not isinstance(body, Mapping):
        return draft
    return draft.with_body({**fields, **cast("Mapping[str, object]", body)})


def schema_of(step: Step, part: Part, schemas: Schemas) -> Schema:
    """What the document says of the field that takes this part; empty where there is none."""
    way = step.fields.get(part)
    return next(
        (schemas.choices(slot.schema)[0] for slot in fillable(step.route, schemas) if slot.way == way), NO_SCHEMA
    )


def _needed(step: Step) -> list[Slot]:
    return [slot for slot in step.route.parameters if slot.required]


def _value(step: Step, slot: Slot, values: Mapping[Part, str]) -> object:
    if slot.name in step.fixed:
        return step.fixed[slot.name]
    parts: list[Part] = [part for part, way in step.fields.items() if way == slot.way and part in values]
    return values[parts[0]] if parts else ABSENT


def _least(schemas: Schemas, samples: Samples, schema: object, deeper: int = _DEEPEST) -> object:
    """The smallest value of a body: what may be left out is, so that nothing is asked for by chance."""
    chosen = schemas.choices(schema)[0]
    fields = schemas.fields(chosen)
    needed = set(cast("list[str]", chosen.get("required") or []))
    if not fields or deeper == 0:
        return {} if chosen.get("type", "object") == "object" else samples.value(chosen)
    return {
        name: _least(schemas, samples, each, deeper - 1) if schemas.fields(each) else samples.value(each, name)
        for name, each in fields.items()
        if name in needed
    }
