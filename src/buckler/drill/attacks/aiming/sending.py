"""Requests with something else in their places: all free places at once where that is understood, else each alone."""

import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.attacks.aiming.aim import TOO_OFTEN, Aim, aims_of, served, text_at
from buckler.drill.attacks.aiming.database_words import DATABASE_WORDS
from buckler.drill.attacks.aiming.entrances import drafted
from buckler.drill.attacks.aiming.fitting import kept_in
from buckler.drill.attacks.aiming.places import SIGNS
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

Payload = Callable[[Slot, str], object]
"""What to put into a place in which this text stands; None for nothing."""
_WORDS: Final = re.compile(r"[\w.+-]+")
_LONG_WORD: Final = 24
_MOST_ODD: Final = 6
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\U0010ffff]")


def instead(value: object) -> Payload:
    """The same value in every place."""
    return lambda _slot, _text: value


def instead_each(values: Mapping[Slot, object]) -> Payload:
    """A value for each place."""
    return lambda slot, _text: values.get(slot)


def behind(value: str) -> Payload:
    """The same behind what stands in every place."""
    return lambda _slot, text: text + value


def behind_each(values: Mapping[Slot, str]) -> Payload:
    """Something for each place, behind what stands there."""
    return lambda slot, text: text + values[slot]


ENDED: Final = "it ended the session of the caller"


class Stopped(Exception):
    """Nothing more can be learnt at this route. The text says why."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A request with payloads, and what became of it."""

    payloads: dict[Slot, object]
    exchange: Exchange

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Where the payloads stood."""
        return tuple(self.payloads)


async def shots(
    on: Engagement, aim: Aim, payload: Payload, among: Sequence[Slot] | None = None
) -> AsyncGenerator[Shot]:
    """Send payloads into every place that takes them. A strict place that was seen to be one is left alone."""
    chosen = aim.slots if among is None else tuple(among)
    free = [slot for slot in chosen if slot in aim.free]
    if len(free) > 1:
        shot = await fired(on, aim, payload, free)
        if shot is not None:
            yield shot
            if understood(aim, shot.exchange):
                free = []
    for slot in free:
        shot = await fired(on, aim, payload, [slot])
        if shot is not None:
            yield shot
    for slot in chosen:
        if slot in aim.strict and not await is_firm(on, aim, slot):
            shot = await fired(on, aim, payload, [slot])
            if shot is not None:
                yield shot


async def fired(on: Engagement, aim: Aim, payload: Payload, slots: Sequence[Slot]) -> Shot | None:
    """One request with payloads in these places; None where there is none that fits."""
    draft = await renewed(on, aim)
    put: dict[Slot, object] = {}
    known = aims_of(on)
    for slot in slots:
        value = payload(slot, text_at(on, aim, draft, slot))
        place = aim.route.key, slot
        unsure = place in known.doubted or aim.route.key in known.unlooked
        risky = place in known.slow or (unsure and not is_short(value))
        if value is not None and _fits(slot, value) and not risky:
            put[slot] = value
    if not put:
        return None
    for slot, value in put.items():
        draft = draft.put(slot, value)
    return Shot(put, await send(on, aim, draft))


def is_short(value: object) -> bool:
    """Whether no pattern takes long for it: there are few ways to part what is short."""
    return not isinstance(value, str) or max(map(len, _WORDS.findall(value)), default=0) < _LONG_WORD


def understood(aim: Aim, exchange: Exchange) -> bool:
    """Whether the request went the way of the control."""
    meant = exchange.answer.meant
    return meant == aim.control.answer.meant or (served(exchange.answer) and served(aim.control.answer))


async def renewed(on: Engagement, aim: Aim) -> Draft:
    """The request once more; with names of its own where the last one may have taken them."""
    if aim.route.is_safe:
        return aim.draft
    draft = await drafted(on, aim.route, aim.who)
    return aim.draft if isinstance(draft, Untested) else kept_in(draft, aim.kept)


async def send(on: Engagement, aim: Aim, draft: Draft) -> Exchange:
    """Ask. Raises `Stopped` where nothing can be learnt any more."""
    return await send_request(on, aim, draft.request())


async def send_request(on: Engagement, aim: Aim, request: Request) -> Exchange:
    """As `send`, for a request that is put together already."""
    address = on.fresh_address() if on.in_process and aim.who.is_anybody else None
    exchange = await on.ask(request, aim.who, address=address)
    answer = exchange.answer
    if answer.limited:
        raise Stopped(TOO_OFTEN)
    if answer.unread:
        raise Stopped(answer.outcome)
    if answer.meant == 401 and served(aim.control.answer) and not aim.who.is_anybody:
        aims_of(on).give_up(aim, ENDED)
        raise Stopped(ENDED)
    if answer.meant >= 400 or answer.broke or DATABASE_WORDS.search(answer.text):
        odd = aims_of(on).odd.setdefault(aim.route.key, [])
        if len(odd) < _MOST_ODD and all(answer.body != each.answer.body for each in odd):
            odd.append(exchange)
    return exchange


async def is_firm(on: Engagement, aim: Aim, slot: Slot) -> bool:
    """Whether a strict place refuses what is of another form. It is asked once."""
    firm = aims_of(on).firm
    key = (aim.route.key, slot)
    if key not in firm:
        shot = await fired(on, aim, behind(SIGNS), [slot])
        meant = 400 if shot is None else shot.exchange.answer.meant
        firm[key] = meant in (400, 404, 422) and meant != aim.control.answer.meant
    return firm[key]


def _fits(slot: Slot, value: object) -> bool:
    if not isinstance(value, str):
        return slot.place in ("body", "form")
    if slot.place in ("header", "cookie") and _CONTROLS.search(value):
        return False
    longest = slot.schema.get("maxLength")
    return not isinstance(longest, int) or len(value) <= longest
