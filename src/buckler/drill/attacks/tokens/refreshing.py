"""Going on with a refresh token: in the field of the route, as the token of the caller, or in a cookie."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from buckler.drill.arriving.asking import asked, done, without
from buckler.drill.attack import EVERYWHERE, Untested
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Step
from buckler.drill.people.handed import Handed, handed
from buckler.drill.people.identity import Identity
from buckler.drill.transport.answer import Exchange

Way = Literal["field", "header", "cookie"]
NO_ROUTE: Final = "the target has no route that was found to refresh a token"
NOT_GIVEN: Final = "signing in gives no refresh token"


@dataclass(frozen=True, slots=True)
class Refreshing:
    """How this target takes a refresh token."""

    step: Step
    way: Way

    async def ask(self, on: Engagement, who: Identity, token: str) -> Exchange:
        """Send the token as `who`."""
        if self.way == "field":
            return await asked(on, self.step, {"refresh": token}, without(who))
        field = ("Authorization", f"Bearer {token}") if self.way == "header" else ("Cookie", f"refresh_token={token}")
        return await asked(on, self.step, {}, replace(without(who), headers=(field,)))


async def refreshing(on: Engagement, who: Identity) -> tuple[Refreshing, Exchange, Handed] | Untested:
    """How, with the first refresh that worked: it used the token of `who` up. The reason where none works."""
    step = on.cast.entry.refresh if on.cast.entry is not None else None
    token = who.tokens.get("refresh", "")
    if step is None or not token:
        return Untested(EVERYWHERE if step is None else step.route.key, NOT_GIVEN if step else NO_ROUTE, who.name)
    if not on.may_send(step.route.method):
        return Untested(step.route.key, f"{step.route.method} changes something, and --writes was not given", who.name)
    ways: tuple[Way, ...] = ("field",) if "refresh" in step.fields else ("header", "cookie")
    for way in ways:
        found = Refreshing(step, way)
        exchange = await found.ask(on, who, token)
        given = handed(exchange.answer)
        if done(exchange.answer) and not given.is_nothing:
            keep(on, given)
            return found, exchange, given
    return Untested(step.route.key, "no refresh worked with the token that signing in gave", who.name)


def keep(on: Engagement, given: Handed) -> None:
    """Hide what was given in reports."""
    on.secrets.keep(given.token, "TOKEN_REFRESHED")
    on.secrets.keep(given.refresh, "REFRESH_NEXT")
    for value in given.cookies.values():
        on.secrets.keep(value, "COOKIE_REFRESHED")


def next_of(given: Handed) -> str:
    """The next refresh token; empty where the old one stays."""
    return given.refresh or next((value for name, value in given.cookies.items() if "refresh" in name.lower()), "")
