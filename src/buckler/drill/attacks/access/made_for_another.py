"""Part of D105: whose is what somebody makes, where the body says whose it shall be?

The record need not show its owner. What counts is who reads it then: without the field its maker reads it and another
account of the same role does not; with the field it is the other way round.
"""

from typing import Final, cast

from buckler.drill.attack import Finding
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.objects.choosing import Known
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import of_collection
from buckler.drill.plan.route import Route
from buckler.drill.preparing.made import find_made
from buckler.drill.transport.answer import Exchange

_NAMES: Final = ("owner_id", "user_id", "account_id", "author_id", "owner", "user", "account", "author")


async def given_away(on: Engagement, route: Route, draft: Draft, who: Identity) -> Finding | None:
    """A finding where `who` made something that is another's at once; None where that cannot be seen or done."""
    other = next((each for each in on.cast.people if each != who and each.role == who.role and each.account), None)
    one = _one(on, route)
    if route.method != "POST" or who.is_anybody or other is None or one is None or not isinstance(draft.body, dict):
        return None
    plain = draft.with_body(_without_owners(draft))
    own = await _made(on, route, plain, who)
    if own is None:
        return None
    control = (own[0], *await _readings(on, one, own[1], who, other))
    if len(control) < 3 or not control[1].answer.worked or control[2].answer.worked:
        return None
    for names in (_NAMES, *((name,) for name in _offered(on, route))):
        attacked = await _made(on, route, _with(plain, names, other), who)
        if attacked is None:
            continue
        mine, theirs = await _readings(on, one, attacked[1], who, other)
        if theirs.answer.worked and not mine.answer.worked:
            words = "What was made is another account's at once, since the body said so; its maker cannot read it."
            place = f"body {', '.join(names)}" if len(names) == 1 else "body, one of the names for owners"
            return Finding(route.key, words, attacked[0], (*control, theirs), who.name, place)
    return None


def _one(on: Engagement, route: Route) -> Route | None:
    """The route that shows one of what this one makes."""
    wanted = of_collection(route)
    alike = (each for each in on.routes if each.method == "GET" and len(each.params) == 1)
    return next((each for each in alike if each.segments[-1].startswith("{") and of_collection(each) == wanted), None)


def _offered(on: Engagement, route: Route) -> tuple[str, ...]:
    """The names for owners that the body documents."""
    if route.body is None:
        return ()
    known = on.setting.document.schemas.fields(route.body.schema)
    return tuple(name for name in _NAMES if name in known)


def _without_owners(draft: Draft) -> dict[str, object]:
    body = cast("dict[str, object]", draft.body)
    return {name: value for name, value in body.items() if name not in _NAMES}


def _with(draft: Draft, names: tuple[str, ...], other: Identity) -> Draft:
    account = other.account
    value = (account.id or account.name) if account is not None else ""
    return draft.with_body({**cast("dict[str, object]", draft.body), **dict.fromkeys(names, value)})


async def _made(on: Engagement, route: Route, draft: Draft, who: Identity) -> tuple[Exchange, Known] | None:
    """What the request made, which the app gave an id."""
    before = len(on.pool.made_by(who, of_collection(route)))
    exchange = await on.ask(draft.request(), who)
    await find_made(on, exchange, who)
    made = on.pool.made_by(who, of_collection(route))
    return (exchange, made[0]) if exchange.answer.worked and len(made) > before and made[0].id is not None else None


async def _readings(on: Engagement, one: Route, made: Known, *callers: Identity) -> tuple[Exchange, ...]:
    slot = next(each for each in on.slots(one) if each.place == "path")
    request = Draft(one).put(slot, cast("str | int", made.id)).request()
    return tuple([await on.ask(request, who) for who in callers])
