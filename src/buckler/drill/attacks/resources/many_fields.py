"""D502: are depth and number of fields, or of items, without a bound?

1. Where the schema has room for any field or any number of items, a request has twenty thousand, or hundreds of levels.
   At one route of each media type and router they stand in fields that nobody asked for.
2. It counts where such a request is served, where the app fails at it and at no plain one, or where the refusal
   repeats it all. Any other refusal is clean.
3. The control is the same request in its usual shape.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, aimed, served
from buckler.drill.attacks.aiming.crash import crashed, fails_alone, how
from buckler.drill.attacks.aiming.sending import Stopped, renewed, send
from buckler.drill.attacks.resources.kinds import kinds_of_bodies, one_of_each
from buckler.drill.attacks.resources.shapes import Shape, is_open, shapes
from buckler.drill.attacks.together import as_one
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D502",
    name="depth or number of fields without a bound",
    family="resources",
    severity="medium",
    sends="Objects of twenty thousand fields, JSON of hundreds of levels, lists of tens of thousands.",
    proves="A small request makes the app parse, check and keep far more than any caller needs.",
    cwe=(770, 1333),
    owasp=("API4",),
    asvs=("1.5.2", "4.3.1"),
    fix="Bound lists and open objects in the model (`max_length`), and depth and fields before anything is parsed.",
)
_ECHO: Final = 500_000
"""Bytes of a refusal that repeats what was sent."""


async def _verdicts(on: Engagement) -> Verdicts:
    if not kinds_of_bodies(on.routes):
        yield NotApplicable(EVERYWHERE, "no route takes a body")
        return
    first = [each async for each in one_of_each(on)]
    surplus: list[Finding] = []
    for route in on.routes:
        aim = next((each for each in first if isinstance(each, Aim) and each.route.key == route.key), None)
        stands_for_others = aim is not None
        if aim is None and _has_room(on, route.key):
            found = await aimed(on, route)
            if isinstance(found, Untested):
                yield found
                continue
            aim = found
        if aim is None or aim.refused:
            continue
        async for verdict in _judge(on, aim, surplus=stands_for_others):
            if isinstance(verdict, Finding) and not verdict.place:
                surplus.append(replace(verdict, severity=verdict.severity or "low"))
            else:
                yield verdict
    if surplus:
        yield surplus[0] if len(surplus) == 1 else as_one(surplus)


def _has_room(on: Engagement, key: str) -> bool:
    slots = next((on.slots(route) for route in on.routes if route.key == key), ())
    return any(slot.place == "body" and (is_open(slot.schema) or slot.way[-1:] == ("0",)) for slot in slots)


async def _judge(on: Engagement, aim: Aim, *, surplus: bool) -> AsyncGenerator[Verdict]:
    last: Verdict = Clean(aim.route.key, aim.who.name)
    seen: set[str] = set()
    try:
        with on.pool.without_new():
            for shape in shapes(on, await renewed(on, aim), surplus=surplus):
                place = str(shape.slot) if shape.slot is not None else ""
                if place in seen:
                    continue
                found = await _sent(on, aim, shape, place)
                if found is not None:
                    seen.add(place)
                    yield found
    except Stopped as why:
        last = Untested(aim.route.key, str(why), aim.who.name)
    if not seen:
        yield last


async def _sent(on: Engagement, aim: Aim, shape: Shape, place: str) -> Finding | None:
    exchange = await send(on, aim, shape.draft)
    if crashed(exchange.answer):
        return await _failed(on, aim, shape, place)
    if served(exchange.answer):
        words = f"A body with {shape.what} was served."
        return Finding(aim.route.key, words, exchange, (aim.control,), aim.who.name, place)
    if len(exchange.answer.body) > _ECHO:
        words = f"A body with {shape.what} is refused with as much again."
        return Finding(aim.route.key, words, exchange, (aim.control,), aim.who.name, place)
    return None


async def _failed(on: Engagement, aim: Aim, shape: Shape, place: str) -> Finding | None:
    async def ask() -> Exchange:
        return await send(on, aim, shape.draft)

    found = await fails_alone(on, aim, ask)
    if found is None:
        return None
    attacked, control = found
    words = f"The app fails at a body with {shape.what}: {how(attacked.answer)}."
    return Finding(aim.route.key, words, attacked, (control,), aim.who.name, place, "medium")


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
