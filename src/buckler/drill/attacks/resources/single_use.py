"""What can be used once: where it is used, and the things that a request to that route can name."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.objects.pool import Known
from buckler.drill.objects.reading import Scalar
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import singular
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.control import prepared

_ONCE: Final = re.compile(
    r"redeem|claim|(^|[/_-])use([/_-]|$)|accept|coupon|voucher|invit|transfer|withdraw|payout|cash|spend|refund|gift"
    r"|like|vote|referral|bonus|reward|apply|activate|checkout|cancel|book|reserve|enrol|join|confirm",
    re.IGNORECASE,
)
_SUM: Final = re.compile(r"^(amount|sum|value|points|credits?|quantity|total)$", re.IGNORECASE)
_BALANCE: Final = re.compile(r"balance|credits?$|points$|funds|amount|wallet_?total", re.IGNORECASE)
_FROM: Final = re.compile(r"source|from|sender|debit|payer", re.IGNORECASE)
_TO: Final = re.compile(r"target|to($|_|[A-Z])|recipient|receiver|dest|payee|credit", re.IGNORECASE)
_MOST: Final = 4


def uses_once(on: Engagement, route: Route) -> bool:
    """Whether the words of a route say that something is used there; ways in and out are none."""
    doors = on.cast.entry.routes if on.cast.entry is not None else frozenset[str]()
    fixed = "/".join(part for part in route.segments if not part.startswith("{"))
    return route.method in ("POST", "PUT") and route.key not in doors and bool(_ONCE.search(f"{fixed} {route.name}"))


async def look_around(on: Engagement, route: Route, who: Identity) -> None:
    """Let `who` see, or make, what a request to this route may name: what stands above it, and the own account."""
    above = _above(route)
    me = on.cast.entry.me if on.cast.entry is not None else None
    for each in on.routes:
        reads = each.method == "GET" and each.segments == above
        makes = each.method == "POST" and each.segments == above and above != route.segments
        if reads or makes or (me is not None and each.key == me.key):
            draft = await prepared(on, each, who)
            if not isinstance(draft, Untested):
                await on.ask(draft.request(), who)


def candidates(on: Engagement, route: Route, draft: Draft, who: Identity, other: Identity) -> Iterator[Draft]:
    """The request of `who` with the things that it may name, the own ones first, the newest of them first."""
    slots = tuple(slot for slot in on.slots(route) if slot.place in ("body", "form", "query") and slot.required)
    texts = tuple(slot for slot in slots if _is_text(slot))
    draft, texts = _between(on, route, draft, texts, (who, other))
    if not texts:
        yield _with_sum(on, draft, slots, who)
        return
    found = 0
    for owner in (who, other):
        for known in reversed(on.pool.objects):
            if known.by != owner.name:
                continue
            values = _fitting(route, texts, known, own=owner == who)
            if values and found < _MOST:
                found += 1
                filled = draft
                for slot, value in values.items():
                    filled = filled.put(slot, value)
                yield _with_sum(on, filled, slots, who)


def _between(
    on: Engagement, route: Route, draft: Draft, texts: tuple[Slot, ...], ends: tuple[Identity, Identity]
) -> tuple[Draft, tuple[Slot, ...]]:
    """With the ends of a transfer filled in, from the first to the second; and the texts that are left."""
    word = singular(next(iter(_above(route)), ""))
    left: list[Slot] = []
    for slot in texts:
        who = ends[0] if _FROM.match(slot.name) else ends[1] if _TO.match(slot.name) else None
        value = None if who is None else _end(on, word, who)
        if value is None:
            left.append(slot)
        else:
            draft = draft.put(slot, value)
    return draft, tuple(left)


def _end(on: Engagement, word: str, who: Identity) -> Scalar | None:
    names = (f"{word}_id", f"{word}Id", f"{word}_number", word)
    for known in reversed(on.pool.objects):
        if known.by == who.name:
            own = (*names, "id", "number") if known.collection == word else names
            found = next((known.fields[name] for name in own if name in known.fields), None)
            if found is not None:
                return found
    return who.account.name if who.account is not None else None


def _above(route: Route) -> tuple[str, ...]:
    """The collection that a route is about: `/coupons` for `/coupons/redeem`."""
    fixed = [part for part in route.segments if not part.startswith("{")]
    return tuple(fixed[:-1]) or tuple(fixed)


def _is_text(slot: Slot) -> bool:
    return slot.schema.get("type", "string") == "string" and "enum" not in slot.schema


def _fitting(route: Route, slots: tuple[Slot, ...], known: Known, *, own: bool) -> Mapping[Slot, Scalar]:
    """Values of one object for every text that is asked for; nothing where one is missing."""
    word = singular(next(iter(_above(route)), ""))
    found: dict[Slot, Scalar] = {}
    for slot in slots:
        names = [f"{word}_{slot.name}", f"{word}{slot.name.capitalize()}"]
        names += [slot.name] if known.collection == word or len(slots) > 1 else []
        value = next((known.fields[name] for name in names if name in known.fields), None)
        if value is None or (not own and slot.name in known.fields and known.collection == word):
            return {}
        found[slot] = value
    return found


def _with_sum(on: Engagement, draft: Draft, slots: tuple[Slot, ...], who: Identity) -> Draft:
    """With more than half of what `who` has, where a sum is asked for: so it can be spent once."""
    slot = next((each for each in slots if _SUM.match(each.name) and not _is_text(each)), None)
    if slot is None:
        return draft
    balance = next(
        (
            value
            for known in reversed(on.pool.objects)
            if known.by == who.name
            for name, value in known.fields.items()
            if _BALANCE.search(name) and isinstance(value, int | float) and value > 1
        ),
        None,
    )
    return draft if balance is None else draft.put(slot, int(balance * 0.6) + 1)
