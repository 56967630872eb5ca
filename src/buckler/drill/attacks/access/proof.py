"""Why an object is its owner's alone, where no policy says so. In this order:

1. a secret that only the owner sent stands in the answer;
2. a list of such things shows the object to its owner alone, and none shows it to others, but for private things;
3. the app refuses the same object to the stranger by a shorter path, or the list that it stands in;
4. the route is about an account, and tells the address of its owner;
5. such things sound like one person's (a message, not an article), and the object or the path names its owner.

A field that names the owner says nothing by itself: in a forum everybody reads what others wrote.
"""

import re
from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.attacks.access.evidence import fields_in
from buckler.drill.attacks.access.owned import names_of, owner_shown, private_value, secret_shown, sounds_private
from buckler.drill.attacks.access.whose import Pair
from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import ACCOUNT_WORDS, names_an_account, of_collection, plausible_fields, singular
from buckler.drill.plan.route import Route, Slot, in_order
from buckler.drill.preparing.control import control_for
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

_WORDS: Final = re.compile(r"[a-zA-Z]+")
_MOST_LISTS: Final = 6
_MOST_AUTHORS: Final = 2
_OF_ONESELF: Final = frozenset(("me", "my", "mine", "own", "self", "myself", "current"))
"""Parts of a path that say whose things are read there: those of whoever asks."""


async def why_owned(
    on: Engagement, draft: Draft, slot: Slot, pair: Pair, exchanges: tuple[Exchange, Exchange], texts: tuple[str, ...]
) -> tuple[str, tuple[Exchange, ...]] | None:
    """The reason in words, with what shows it; None where nothing does. `exchanges` are the control and the attack."""
    control, attacked = exchanges
    name = secret_shown(attacked.answer, texts)
    if name is not None:
        return f"it is told {name}, which only the owner sent", ()
    listed = await _listed(on, draft, slot, pair, texts)
    if listed is not None:
        return f"{listed[0].request.method} {listed[0].request.path} shows it to its owner alone", listed
    hidden = await refused_above(on, draft, slot, pair)
    if hidden is not None:
        return f"{hidden[1].request.method} {hidden[1].request.path} refuses it to that account", hidden
    collection = on.pool.refers(draft.route, slot) or ""
    is_account = bool({collection, singular(slot.name)} & ACCOUNT_WORDS)
    value = private_value(attacked.answer, pair.owner) if is_account else None
    if value is not None:
        return f"it is told {value} of the other", ()
    if not sounds_private((collection, of_collection(draft.route), *_fixed(draft.route))):
        return None
    field = owner_shown(on, attacked.answer.json(), pair.owner) or owner_shown(on, control.answer.json(), pair.owner)
    if field is not None:
        return f"{field} names the other account", ()
    named = next(
        (each for each in _places_of_accounts(on, draft, slot) if str(draft.get(each)) in names_of(on, pair.owner)),
        None,
    )
    return (f"{named} names the other account", ()) if named is not None else None


def _places_of_accounts(on: Engagement, draft: Draft, slot: Slot) -> list[Slot]:
    """The places of the path, and the one of a header, that name an account: the object is below it, or is it."""
    inside = [each for each in in_order(draft.route) if each.place == "path"]
    several = [*inside, *([slot] if slot.place == "header" else [])]
    return [each for each in several if {on.pool.refers(draft.route, each) or "", singular(each.name)} & ACCOUNT_WORDS]


def shows_object(on: Engagement, draft: Draft, slot: Slot, owner: Identity) -> list[Request]:
    """Requests that read the object which a request names: its own path, or that of one of the collection."""
    route, value = draft.route, draft.get(slot)
    collection = on.pool.refers(route, slot)
    found: list[tuple[int, Request]] = []
    for each in on.routes:
        if each.method != "GET" or each.key == route.key or not each.segments or not each.segments[-1].startswith("{"):
            continue
        if slot.place == "path" and each.segments == _up_to(route, slot):
            own = Draft(each, {key: known for key, known in draft.values.items() if key[0] == "path"})
            found.append((0, own.request()))
        elif collection and of_collection(each) == collection:
            last = [each for each in in_order(each) if each.place == "path"][-1]
            found.append((len(each.params), draft_for(on, each, owner).put(last, value).request()))
    direct = [request for _, request in sorted(found, key=lambda pair: pair[0])]
    return [*direct[:2], *_stands_in(on, draft)]


def _stands_in(on: Engagement, draft: Draft) -> list[Request]:
    """Requests that read the lists which an object stands in: `/projects/{id}/tasks`, for one of these tasks."""
    route, path = draft.route, {key: value for key, value in draft.values.items() if key[0] == "path"}
    above = [route.segments[:length] for length in range(len(route.segments) - 1, 1, -1)]
    lists = [
        each
        for part in above
        for each in on.routes
        if each.method == "GET" and each.params and each.segments == part and not part[-1].startswith("{")
    ]
    return [Draft(each, path).request() for each in lists][:2]


async def refused_above(on: Engagement, draft: Draft, slot: Slot, pair: Pair) -> tuple[Exchange, Exchange] | None:
    """The object as its owner reads it, and that the stranger may not."""
    for request in shows_object(on, draft, slot, pair.owner):
        own = await on.ask(request, pair.owner)
        if own.answer.worked:
            refusal = await on.ask(request, pair.stranger)
            if refusal.answer.refused:
                return own, refusal
    return None


async def _listed(
    on: Engagement, draft: Draft, slot: Slot, pair: Pair, texts: tuple[str, ...]
) -> tuple[Exchange, Exchange] | None:
    """What the app shows each of the collection, where it shows the object to its owner alone: by a text, or its id.

    All its lists are asked: one of one's own hides what a feed beside it shows everybody. A list that shows what
    sounds like one person's says nothing for it: it may be a leak itself.
    """
    route, collection = draft.route, on.pool.refers(draft.route, slot)
    names, value = plausible_fields(slot.name, collection or "")[:6], str(draft.get(slot))
    private = sounds_private((collection or "", *_fixed(route)))
    found: tuple[Exchange, Exchange] | None = None
    for each in _lists(on, route, collection or "", private=private):
        request = await _list_of(on, each, pair)
        if request is None:
            continue
        if not private and await _is_shown_by_author(on, each, pair, texts):
            return None
        mine, theirs = await on.ask(request, pair.owner), await on.ask(request, pair.stranger)
        shown = [text for text in texts if mine.answer.tells(text)]
        own = value in _values(mine.answer, names)
        if any(map(theirs.answer.tells, texts)) or (own and not shown and value in _values(theirs.answer, names)):
            if not private:
                return None
            continue
        if found is None and theirs.answer.worked and (shown or own):
            found = mine, theirs
    return found


def _lists(on: Engagement, route: Route, collection: str, *, private: bool) -> list[Route]:
    """What reads several of a collection, those that are called as it is first: `/search-offers` tells offers too."""
    lists = [each for each in on.routes if each.method == "GET" and not each.params and each.key != route.key]
    if not private:
        # That everybody has a list of one's own says of no thing that nobody else may see it.
        lists = [each for each in lists if _OF_ONESELF.isdisjoint(each.segments)]
    called = [each for each in lists if of_collection(each) == collection]
    words = [each for each in lists if each not in called and collection in map(singular, _WORDS.findall(each.path))]
    return [*called, *words][:_MOST_LISTS]


async def _list_of(on: Engagement, route: Route, pair: Pair) -> Request | None:
    """The request for a whole list, which works for the owner; None where none does."""
    draft = draft_for(on, route, pair.owner)
    for slot in in_order(route):
        draft = draft if slot.required else draft.put(slot, ABSENT)
    whole = await on.ask(draft.request(), pair.owner)
    if whole.answer.worked:
        return whole.request
    control = await control_for(on, route, pair.owner)
    return None if isinstance(control, Untested) else control.request


async def _is_shown_by_author(on: Engagement, route: Route, pair: Pair, texts: tuple[str, ...]) -> bool:
    """Whether a list that is one's own by itself shows everybody what is another's, where that one is named."""
    authors = [slot for slot in in_order(route) if slot.place == "query" and names_an_account(slot.name)]
    for slot in authors[:_MOST_AUTHORS]:
        for name in sorted(names_of(on, pair.owner)):
            exchange = await on.ask(draft_for(on, route, pair.stranger).put(slot, name).request(), pair.stranger)
            if any(map(exchange.answer.tells, texts)):
                return True
    return False


def _values(answer: Answer, names: tuple[str, ...]) -> frozenset[str]:
    """What fields of these names hold, anywhere in an answer."""
    return frozenset(str(value) for name, value in fields_in(answer.json()) if name in names)


def _up_to(route: Route, slot: Slot) -> tuple[str, ...]:
    """The part of the path that names the object: an action stands behind it."""
    last = next((place for place, part in enumerate(route.segments) if part == f"{{{slot.name}}}"), -1)
    return route.segments[: last + 1]


def _fixed(route: Route) -> tuple[str, ...]:
    return tuple(part for part in route.segments if not part.startswith("{"))
