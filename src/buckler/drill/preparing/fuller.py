"""Requests that an app refuses since nothing is said in them that may be left out, by the document; or fails at.

1. Where a request is refused as wrong (400 or 422), it is sent once more with every optional parameter and field.
2. Where that works, all requests to the route are put together so from then on.
3. Where the app fails at it, it is sent once more with nothing in the lists of which the document does not say what
   stands in them: a made-up text is seldom what the app takes out of there.
4. What gives power is left out all the same: whether anybody may say it is for other attacks to see.
"""

import re
from dataclasses import dataclass, field
from typing import Final, cast

from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import names_one
from buckler.drill.plan.route import Slot
from buckler.drill.plan.schema import Schema
from buckler.drill.transport.answer import Exchange

_WRONG: Final = (400, 422)
_PATIENCE: Final = 2
"""Times that a route is asked with everything for nothing."""
_POWER: Final = re.compile(
    r"role|admin|super_?user|staff|permission|scope|verified|balance|credits|disabled|locked|banned|deleted|active"
    r"|enabled|internal",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Fuller:
    """What is known of one target; which values an app wants does not hang on who asks."""

    wanted: set[str] = field(default_factory=set[str])
    """The keys of routes that want more than the document says."""
    empty: set[str] = field(default_factory=set[str])
    """The keys of routes that fail at what was made up for their lists."""
    in_vain: dict[str, int] = field(default_factory=dict[str, int])

    def forget(self, _name: str) -> None:
        """Nothing of it rests on anybody."""


_FULLER: Final = Topic[_Fuller]("routes that want what may be left out")


async def asked(on: Engagement, draft: Draft, who: Identity) -> tuple[Draft, Exchange]:
    """The request and its answer; with everything that may be left out, where the app wants more."""
    exchange = await on.ask(draft.request(), who)
    known, key = on.memory.of(_FULLER, _Fuller), draft.route.key
    broke = exchange.answer.broke
    if not (broke or exchange.answer.meant in _WRONG) or known.in_vain.get(key, 0) >= _PATIENCE:
        return draft, exchange
    full = _with_empty_lists(on, draft) if broke else with_all(on, draft, who)
    if full is draft:
        return draft, exchange
    again = await on.ask(full.request(), who)
    if not again.answer.worked:
        known.in_vain[key] = known.in_vain.get(key, 0) + 1
        return draft, exchange
    (known.empty if broke else known.wanted).add(key)
    return full, again


def filled_up(on: Engagement, draft: Draft, who: Identity) -> Draft:
    """The request with everything, or with nothing in its lists, where its route was seen to want that."""
    known, key = on.memory.of(_FULLER, _Fuller), draft.route.key
    draft = with_all(on, draft, who) if key in known.wanted else draft
    return _with_empty_lists(on, draft) if key in known.empty else draft


def _with_empty_lists(on: Engagement, draft: Draft) -> Draft:
    """The request with no item in lists of anything; the same where it has none of those."""
    body, schemas = draft.body, on.setting.document.schemas
    if draft.route.body is None or not isinstance(body, dict):
        return draft
    several = cast("dict[str, object]", body)
    known = schemas.fields(schemas.choices(draft.route.body.schema)[0])
    empty: dict[str, object] = {name: [] for name, each in known.items() if several.get(name) and _is_of_anything(each)}
    return draft.with_body({**several, **empty}) if empty else draft


def _is_of_anything(schema: Schema) -> bool:
    return schema.get("type") == "array" and not schema.get("items") and not schema.get("minItems")


def with_all(on: Engagement, draft: Draft, who: Identity) -> Draft:
    """The request with every parameter and field that may be left out; the same where there is none."""
    for slot in on.slots(draft.route):
        value = _value(on, draft, slot, who)
        draft = draft if value is None else draft.put(slot, value)
    return draft


def _value(on: Engagement, draft: Draft, slot: Slot, who: Identity) -> object:
    if slot.place not in ("query", "body", "form") or draft.get(slot) is not ABSENT or _POWER.search(slot.name):
        return None
    known = on.pool.best(draft.route, slot, who)
    # A made-up id leads to nothing.
    return known if known is not None or names_one(slot.name) else on.samples.value(slot.schema, slot.name)
