"""How an app numbers the account of somebody, where no route says who is calling.

In this order: what signing in answered, the claims of the token (read, and not verified: nothing rests on them but what
is asked for), and a list in which the caller's own name or address stands.
"""

from collections.abc import Mapping
from typing import Final, cast

from buckler.drill.arriving.registering import id_in
from buckler.drill.engagement import Engagement
from buckler.drill.objects.reading import objects
from buckler.drill.people.identity import Account, Identity
from buckler.drill.plan.names import ACCOUNT_WORDS, of_collection
from buckler.drill.plan.route import Route
from buckler.drill.transport.compact import read_compact
from buckler.drill.transport.request import Request

_OF_PEOPLE: Final = ("user_id", "userId", "uid", "account_id", "accountId", "customer_id", "customerId")
"""What names a person wherever it stands; a plain `id` beside a token may be that of a session."""
_WITHIN: Final = ("user", "account", "profile", "me", "customer")
_MOST_LISTS: Final = 2


async def own_id(on: Engagement, who: Identity) -> str:
    """The id of the account of `who`; empty where nothing tells it. Raises `BudgetSpent`."""
    return _at_the_door(who) or _claimed(who) or await _listed(on, who)


def _at_the_door(who: Identity) -> str:
    said = who.entered.answer.json() if who.entered is not None else None
    if not isinstance(said, Mapping):
        return ""
    answer = cast("Mapping[str, object]", said)
    return _first(answer, _OF_PEOPLE) or next(filter(None, (id_in(answer.get(name)) for name in _WITHIN)), "")


def _claimed(who: Identity) -> str:
    for token in who.tokens.values():
        parts = read_compact(token)
        if parts is not None:
            known = {who.account.name, who.account.email} if who.account is not None else set[str]()
            found = _first(parts.claims, (*_OF_PEOPLE, "id", "sub"))
            return found if found not in known else ""
    return ""


async def _listed(on: Engagement, who: Identity) -> str:
    account = who.account
    lists = [each for each in on.routes if each.method == "GET" and _lists_people(each)]
    if account is None:
        return ""
    for route in sorted(lists, key=lambda each: len(each.path))[:_MOST_LISTS]:
        answer = (await on.ask(Request("GET", route.path), who)).answer
        several = objects(answer.json()) if answer.worked else ()
        ids = {id_in(each) for each in several if _is(each, account)} - {""}
        if len(ids) == 1:
            return ids.pop()
    return ""


def _lists_people(route: Route) -> bool:
    needs = any(slot.required for slot in route.parameters)
    return not route.params and not needs and not route.wipes and of_collection(route) in ACCOUNT_WORDS


def _is(one: Mapping[str, object], account: Account) -> bool:
    return bool(({account.name, account.email} - {""}) & {each for each in one.values() if isinstance(each, str)})


def _first(said: Mapping[str, object], names: tuple[str, ...]) -> str:
    found = (said.get(name) for name in names)
    return next((str(each) for each in found if isinstance(each, str | int) and each != ""), "")
