"""Whether a token lets in: asked of a route that answers those who show one, and refuses those who show nothing.

1. The route is safe, it worked for the caller, and anybody else was refused: by 401, 403, or the way to a sign-in.
2. A made-up token of the same shape has to be refused there too. Where it is not, nothing can be told of others.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.attacks.tokens.credentials import Credential, credential_of
from buckler.drill.drafting.made_up import made_up
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import prepared
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

_MOST: Final = 10
"""Routes that are asked until one tells."""
_UNFIT: Final = re.compile(r"log-?_?out|sign-?_?out|docs|redoc|openapi|health|metrics|version", re.IGNORECASE)
NO_PROBE: Final = "no route was found that lets callers in and refuses those who show nothing"
NOBODY: Final = "nobody is there who shows a token"


@dataclass(frozen=True, slots=True)
class Probe:
    """The route that tells."""

    route: Route
    request: Request
    good: Exchange
    refused: Exchange
    """What those who show nothing are answered."""

    def lets_in(self, answer: Answer) -> bool:
        """Whether this is what those are answered who are let in."""
        return answer.worked and answer.meant == self.good.answer.meant

    async def ask(self, on: Engagement, who: Identity) -> Exchange:
        """Ask as somebody."""
        return await on.ask(self.request, who)


@dataclass(frozen=True, slots=True)
class Stand:
    """A caller who is let in, at a route that refuses what is made up."""

    credential: Credential
    probe: Probe
    good: Exchange
    """With the genuine token."""
    bad: Exchange
    """With a made-up one."""

    @property
    def controls(self) -> tuple[Exchange, ...]:
        """What a finding rests on."""
        return (self.good, self.bad)

    @property
    def takes_anything(self) -> bool:
        """Whether the made-up token was let in as well."""
        return self.probe.lets_in(self.bad.answer)

    async def show(self, on: Engagement, token: str) -> Exchange:
        """Show another token, from an address where none failed before."""
        on.secrets.keep(token, "FORGED_TOKEN")
        return await self.probe.ask(on, self.credential.with_token(token, on.fresh_address()))


_PROBES: Final = Topic[dict[tuple[str, bool], Probe]]("routes that tell who is let in, by role and way")


async def probe_for(on: Engagement, who: Identity) -> Probe | Untested:
    """The route that tells for this caller. It is looked for once for each kind of caller."""
    kept = on.memory.of(_PROBES, dict[tuple[str, bool], Probe])
    key = (who.role or "", who.by_cookie)
    if key not in kept:
        found = await _look(on, who)
        if isinstance(found, Untested):
            return found
        kept[key] = found
    return kept[key]


async def is_let_in(on: Engagement, who: Identity) -> bool | None:
    """Whether this caller is let in; None where nothing tells."""
    probe = await probe_for(on, who)
    if isinstance(probe, Untested):
        return None
    answer = (await probe.ask(on, who)).answer
    return None if answer.limited or answer.broke else probe.lets_in(answer)


async def stand(on: Engagement, credential: Credential) -> Stand | Untested:
    """The controls of an attack with other tokens; the reason where they cannot be had."""
    good = await _good(on, credential)
    if isinstance(good, Untested):
        return good
    credential, probe, exchange = good
    fake = credential.with_token(made_up(credential.token), on.fresh_address())
    bad = await probe.ask(on, fake)
    if bad.answer.unheard:
        return Untested(probe.route.key, "whether a made-up token is refused could not be seen", credential.who.name)
    return Stand(credential, probe, exchange, bad)


async def stands(on: Engagement, among: Iterable[Credential]) -> list[Stand | Untested]:
    """The controls for several."""
    return [await stand(on, each) for each in among]


async def _good(on: Engagement, credential: Credential) -> tuple[Credential, Probe, Exchange] | Untested:
    """The caller with a token that is let in: its own, or that of a new session where the old one is over."""
    again = await on.cast.newcomers.sign_in(credential.who) if await is_let_in(on, credential.who) is False else None
    credential = (credential_of(again) if again is not None else None) or credential
    probe = await probe_for(on, credential.who)
    if isinstance(probe, Untested):
        return probe
    exchange = await probe.ask(on, credential.who)
    if not probe.lets_in(exchange.answer):
        why = f"the token of {credential.who.name} is not let in: {exchange.answer.outcome}"
        return Untested(probe.route.key, why, credential.who.name)
    return credential, probe, exchange


async def _look(on: Engagement, who: Identity) -> Probe | Untested:
    for route in list(dict.fromkeys(_likely(on)))[:_MOST]:
        draft = await prepared(on, route, who)
        if isinstance(draft, Untested):
            continue
        request = draft.request()
        good = await on.ask(request, who)
        if not good.answer.worked:
            continue
        refused = await on.ask(request, replace(ANONYMOUS, address=on.fresh_address()))
        if refused.answer.meant in (401, 403) or refused.answer.asks_to_sign_in:
            return Probe(route, request, good, refused)
    return Untested("*", NO_PROBE, who.name)


def _likely(on: Engagement) -> Iterator[Route]:
    entry = on.cast.entry
    if entry is not None and entry.me is not None:
        yield entry.me
    left_alone = entry.routes if entry is not None else frozenset[str]()
    asking = [
        route
        for route in on.routes
        if route.method == "GET" and route.key not in left_alone and not _UNFIT.search(route.path)
    ]
    yield from (route for route in asking if route.secured and not route.params)
    yield from (route for route in asking if route.secured is None and not route.params)
    yield from (route for route in asking if route.secured is not False and route.params)
