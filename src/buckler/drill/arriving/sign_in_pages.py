"""The pages on which people sign in: an app may show one, with status 200, in the place of what it refuses."""

from typing import Final

from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Entry
from buckler.drill.plan.route import Route
from buckler.drill.transport.request import Request
from buckler.drill.transport.visible import asks_for_password, visible

_CALLED: Final = frozenset(("login", "signin", "sign-in", "sign_in", "log-in"))
_MOST: Final = 3


async def learn_sign_in_pages(on: Engagement, entry: Entry | None) -> None:
    """Remember what they look like. Raises `BudgetSpent`."""
    if entry is None:
        return
    for route in [each for each in on.routes if _is_one(each, entry)][:_MOST]:
        answer = (await on.ask(Request("GET", route.path))).answer
        if answer.worked and answer.is_html and asks_for_password(answer.text):
            on.memory.sign_in_pages[route.path] = visible(answer.text)


def _is_one(route: Route, entry: Entry) -> bool:
    called = bool(route.segments) and route.segments[-1].lower() in _CALLED
    return route.method == "GET" and not route.params and (called or route.path == entry.sign_in.route.path)
