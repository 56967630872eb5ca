"""Somebody who is signed in by cookies, fresh: which of them let in, and how the app set them.

It is found once for the whole family. Each cookie is shown alone to a route that refuses anybody; where none lets in
alone, those count without which nothing does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from buckler.drill.attack import EVERYWHERE, NotApplicable, Untested
from buckler.drill.attacks.browser.set_cookie import SetCookie, set_cookies
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.preparing.control import control_for
from buckler.drill.transport.answer import Exchange

_TRIED: Final = 12
NO_COOKIES: Final = "nobody is signed in by cookies"


@dataclass(frozen=True, slots=True)
class Session:
    """Who it is, and the cookies that let in."""

    who: Identity
    entered: Exchange
    """The sign-in."""
    carrying: Mapping[str, SetCookie]
    """The cookies that let in."""
    proof: Exchange
    """A request that is refused to anybody and worked with these cookies alone."""
    refusal: Exchange
    """The same without them."""

    @property
    def crosses_sites(self) -> bool:
        """Whether pages of other sites can send requests with what lets in."""
        return all(each.travels() for each in self.carrying.values())

    @property
    def follows_links(self) -> bool:
        """Whether links of other sites are followed with what lets in."""
        return all(each.travels(top_level_get=True) for each in self.carrying.values())


FoundSession = Session | Untested | NotApplicable
_SESSION: Final = Topic[FoundSession]("the session of a browser")


async def session_of(on: Engagement) -> FoundSession:
    """The session; why there is none."""
    return await on.memory.once(_SESSION, lambda: _found(on))


async def _found(on: Engagement) -> FoundSession:
    known = next((each for each in on.cast.people if each.by_cookie), None)
    if known is None:
        why = "" if on.cast.people else on.cast.missing.get("people", "")
        return Untested(EVERYWHERE, why) if why else NotApplicable(EVERYWHERE, NO_COOKIES)
    who = await _fresh(on, known)
    if who is None or who.entered is None:
        return Untested(EVERYWHERE, "no sign-in was seen that sets the cookies")
    proof = await _proof(on, who)
    if proof is None:
        return Untested(EVERYWHERE, "no route is known that asks for the cookies", who.name)
    worked, refusal = proof
    names = await _carrying(on, who, worked)
    given = set_cookies(who.entered.answer)
    if not names or not set(names) <= set(given):
        return Untested(EVERYWHERE, "the sign-in did not set the cookies that let in", who.name)
    return Session(who, who.entered, {name: given[name] for name in names}, worked, refusal)


async def _fresh(on: Engagement, known: Identity) -> Identity | None:
    arrived = await on.cast.newcomers.arrive(known.role or None, in_browser=True)
    if arrived is not None and arrived.by_cookie:
        return arrived
    return await on.cast.newcomers.sign_in(known) or (known if known.entered is not None else None)


async def _proof(on: Engagement, who: Identity) -> tuple[Exchange, Exchange] | None:
    """A request that works for `who`, and its refusal to anybody."""
    me = on.cast.entry.me if on.cast.entry is not None else None
    plain = [route for route in on.routes if route.method == "GET" and not route.params]
    for route in ([me] if me is not None else []) + plain[:_TRIED]:
        control = await control_for(on, route, who)
        if isinstance(control, Exchange) and control.answer.meant == 200:
            refusal = await on.ask(control.request, ANONYMOUS)
            if refusal.answer.refused:
                return control, refusal
    return None


async def _carrying(on: Engagement, who: Identity, proof: Exchange) -> list[str]:
    cookies = cookies_shown(who)
    alone = [name for name, value in cookies.items() if await _lets_in(on, who, proof, {name: value})]
    if alone:
        return alone
    without = {name: {other: cookies[other] for other in cookies if other != name} for name in cookies}
    return [name for name, rest in without.items() if not await _lets_in(on, who, proof, rest)]


async def _lets_in(on: Engagement, who: Identity, proof: Exchange, cookies: Mapping[str, str]) -> bool:
    shown = with_cookies(who, cookies)
    return (await on.ask(proof.request, shown)).answer.meant == proof.answer.meant


def cookies_shown(who: Identity) -> dict[str, str]:
    """The cookies that somebody shows, by name."""
    lines = [value for name, value in who.headers if name.lower() == "cookie"]
    pairs = [each.strip().partition("=") for line in lines for each in line.split(";")]
    return {name: value for name, _, value in pairs if name}


def with_cookies(who: Identity, cookies: Mapping[str, str]) -> Identity:
    """The same caller with these cookies and nothing else, as a browser sends what no script has added to."""
    line = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return replace(who, headers=(("Cookie", line),) if line else ())
