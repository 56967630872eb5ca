"""D503: does a list come in pages as large as one asks for?

1. A parameter of the kind `limit` is given one, and a million; or what its schema allows at most, where that is more
   than anybody reads.
2. It counts where many more come for the large one than for one. In process a short list is filled first, where the
   same account can add to it.
3. An answer that says another number, or that stops at a round one while more is there, has a bound. Where the list is
   too short to tell, that is untested.
"""

import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from functools import partial
from typing import Final, cast

from buckler.clock import SystemClock
from buckler.drill.attack import About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, served
from buckler.drill.attacks.aiming.sending import Stopped, send
from buckler.drill.attacks.resources.numbers import maximum_of, numbers_judged
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.control import prepared
from buckler.drill.transport.answer import MOST_BYTES, Answer, Exchange

ABOUT: Final = About(
    id="D503",
    name="page size without a bound",
    family="resources",
    severity="medium",
    sends="A list with a page size of one, and of a million.",
    proves="One request makes the app fetch and send everything that it keeps.",
    cwe=(770,),
    owasp=("API4",),
    asvs=("2.2.1", "15.1.3"),
    fix="Give the parameter a maximum, as in `Query(ge=1, le=100)`.",
)
_SIZES: Final = re.compile(
    r"limit|size|per_?page|page_?size|page_?limit|count|top|first|max(_?(results?|items|count|rows))?|take",
    re.IGNORECASE,
)
_OFFSETS: Final = re.compile(r"offset|skip|start|from_?index", re.IGNORECASE)
_LISTS: Final = re.compile(r"search|query|find|list|export", re.IGNORECASE)
_HUGE: Final = 1_000_000
_READ: Final = 1_000
"""Items. A documented maximum up to here is a bound."""
_SEEN: Final = 100
"""Items. Silent bounds are seldom below."""
_FILLING: Final = 1.5
"""Seconds for adding to a list."""


def _verdicts(on: Engagement) -> Verdicts:
    return numbers_judged(on, _is_size, _judge, "no value of it is the size of a page")


def _is_size(route: Route, slot: Slot) -> bool:
    listing = route.method == "GET" or (route.method == "POST" and bool(_LISTS.search(route.words)))
    return listing and slot.place in ("query", "body", "form") and bool(_SIZES.fullmatch(slot.name))


async def _judge(on: Engagement, aim: Aim, slot: Slot) -> Verdict:
    maximum = maximum_of(on, slot)
    if maximum is not None and maximum <= _READ:
        return Clean(aim.route.key, aim.who.name)
    value = _HUGE if maximum is None else min(_HUGE, maximum)
    ask = partial(_ask, on, aim, slot)
    try:
        small, large = await ask(1), await ask(value)
        if not served(small.answer):
            why = f"{slot.name}=1 was not served: {small.answer.outcome}"
            return Untested(aim.route.key, why, aim.who.name)
        if large.answer.says_nothing:
            why = f"{slot.name}={value:,} was not refused, and not served: {large.answer.outcome}"
            return Untested(aim.route.key, why, aim.who.name)
        if not served(large.answer) or clamped(large.answer, value):
            return Clean(aim.route.key, aim.who.name)
        before = len(items(large.answer))
        if before <= _SEEN and (added := await _fill(on, aim, _SEEN + 1 - before)):
            large = await ask(value)
            if len(items(large.answer)) < min(before + added, _SEEN):
                return Clean(aim.route.key, aim.who.name)
        return await _weigh(on, aim, slot, (small, large), value)
    except Stopped as why:
        return Untested(aim.route.key, str(why), aim.who.name)


async def _weigh(on: Engagement, aim: Aim, slot: Slot, pair: tuple[Exchange, Exchange], value: int) -> Verdict:
    small, large = pair
    many = len(items(large.answer))
    if many <= _SEEN or many <= len(items(small.answer)):
        why = f"{slot.name} may be {value:,}, and there are too few things to see whether that is heeded: {many}"
        return Untested(aim.route.key, why, aim.who.name)
    if many < _READ and many % 50 == 0:
        offset = next((each for each in on.slots(aim.route) if _OFFSETS.fullmatch(each.name)), None)
        if offset is None:
            return Untested(aim.route.key, f"{many} things came, which may be all or a bound", aim.who.name)
        beyond = await send(on, aim, aim.draft.put(slot, value).put(offset, many))
        if items(beyond.answer):
            return Clean(aim.route.key, aim.who.name)
    words = f"{slot.name} may be {value:,}: {many:,} things came at once, and {len(items(small.answer))} for one."
    return Finding(aim.route.key, words, large, (small,), aim.who.name, str(slot))


async def _ask(on: Engagement, aim: Aim, slot: Slot, value: int) -> Exchange:
    draft: Draft = aim.draft
    return await send(on, aim, draft.put(slot, value))


async def _fill(on: Engagement, aim: Aim, wanted: int) -> int:
    """Add to the list as the same caller, for a while; how many were added."""
    adding = next((each for each in on.routes if each.method == "POST" and each.path == aim.route.path), None)
    if adding is None or not on.in_process or aim.who.is_anybody or aim.route.method != "GET":
        return 0
    until = SystemClock.monotonic() + _FILLING
    added = 0
    async for _ in _added(on, adding, aim):
        added += 1
        if added >= wanted or SystemClock.monotonic() > until:
            break
    return added


async def _added(on: Engagement, adding: Route, aim: Aim) -> AsyncGenerator[Exchange]:
    while True:
        draft = await prepared(on, adding, aim.who)
        if isinstance(draft, Untested):
            return
        exchange = await on.ask(draft.request(), aim.who, patient=False)
        if not served(exchange.answer):
            return
        yield exchange


def clamped(answer: Answer, asked: int) -> bool:
    """Whether the answer says a page size, and another one than was asked for."""
    said = answer.json()
    numbers = dict(_numbers(cast("Mapping[str, object]", said))) if isinstance(said, Mapping) else {}
    return any(_SIZES.fullmatch(name) and name != "count" and value < asked for name, value in numbers.items())


def _numbers(said: Mapping[str, object], depth: int = 0) -> Iterator[tuple[str, int]]:
    for name, value in said.items():
        if isinstance(value, int) and not isinstance(value, bool):
            yield name, value
        elif isinstance(value, Mapping) and depth < 2:
            yield from _numbers(cast("Mapping[str, object]", value), depth + 1)


def items(answer: Answer) -> list[object]:
    """The longest list in an answer; lines, where it is a table. Of what was too long to be read, its rough parts."""
    if len(answer.body) >= MOST_BYTES:
        return list(answer.body.split(b"},"))
    if answer.media == "text/csv":
        return list(answer.text.splitlines())
    return max(_lists(answer.json(), 0), key=len, default=list[object]())


def _lists(said: object, depth: int) -> Iterator[list[object]]:
    if isinstance(said, list):
        yield cast("list[object]", said)
    elif isinstance(said, Mapping) and depth < 3:
        for value in cast("Mapping[str, object]", said).values():
            yield from _lists(value, depth + 1)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
