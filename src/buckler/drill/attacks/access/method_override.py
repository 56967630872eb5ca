"""D108: does another word for the method or the path reach what is refused?

1. Whoever may asks first, naming another method (X-HTTP-Method-Override, `_method` in the query and in
   a form) or another path (X-Original-URL). Where the app does not take that up, there is nothing to go on with.
2. Where it does, somebody who is refused the plain request (anybody, or an account that may not) sends the same.
3. It counts where the refused thing was done (who may sees it changed or gone), or its answer came.
4. Who asks may be named otherwise too: an address of the inside, in the fields of proxies (`from_inside.py`).
5. The controls are the refusal of the plain request, and that it works for whoever may.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.controls import first_control, who_may
from buckler.drill.attacks.access.doors import is_way_in
from buckler.drill.attacks.access.evidence import changed
from buckler.drill.attacks.access.from_inside import as_from_inside
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.route import FORM, Route, Slot
from buckler.drill.preparing.control import prepared
from buckler.drill.preparing.making import make
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

ABOUT: Final = About(
    id="D108",
    name="method or path override",
    family="access",
    severity="high",
    sends="Requests that name another method, path or address of the caller in a header or a parameter.",
    proves="What is refused as it is asked for is reached by another word for it.",
    cwe=(436, 650),
    owasp=("API5", "API8"),
    asvs=("4.1.4", "8.3.1"),
    fix="Take out what rewrites methods or paths from headers, and decide by the route that was matched. Believe no"
    " header about who asks, unless a proxy of your own writes it.",
)
_METHODS: Final = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
_PATHS: Final = ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri")
_REWRITTEN: Final = ("PUT", "PATCH", "DELETE")
_NOWHERE: Final = "/drill-there-is-no-such-path"


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        if is_way_in(on, route):
            continue
        if route.method == "GET":
            yield await as_from_inside(on, route) or await _by_path(on, route)
        elif route.method in _REWRITTEN:
            yield await _by_method(on, route)


def _lesser(on: Engagement) -> tuple[Identity, ...]:
    """Anybody, and the account with the least power."""
    return (ANONYMOUS, *on.cast.ordinary[:1])


async def _by_path(on: Engagement, route: Route) -> Verdict:
    """Another path in a header of a request that leads nowhere by itself."""
    if on.declared(route, ANONYMOUS) == "yes":
        return NotApplicable(route.key, "anybody may")
    control = await first_control(on, route, tuple(reversed(who_may(on, route))))
    if isinstance(control, Untested):
        return control
    exchange, owner = control
    fields = tuple((name, exchange.request.target) for name in _PATHS)
    disguised = replace(exchange.request, path=_NOWHERE, query="").with_headers(*fields)
    taken = await on.ask(disguised, owner)
    if not taken.answer.worked:
        return Clean(route.key, owner.name)
    for who in _lesser(on):
        refusal = await on.ask(exchange.request, who)
        if not refusal.answer.refused:
            continue
        attacked = await on.ask(disguised, who)
        if attacked.answer.worked and attacked.answer.media == exchange.answer.media:
            words = "A path that leads nowhere answered with what a header named, and the path itself is refused."
            return Finding(route.key, words, attacked, (exchange, refusal), who.name)
    return Clean(route.key, owner.name)


async def _by_method(on: Engagement, route: Route) -> Verdict:
    """The method in a header or a parameter of a POST, or of a request that reads."""
    views = [each for each in on.routes if each.method == "GET" and each.segments in _shows(route)]
    if not views or not route.params:
        return NotApplicable(route.key, "nothing that can be read shows whether it was done")
    why: Untested | None = None
    for owner in reversed(who_may(on, route)):
        draft = await prepared(on, route, owner)
        if isinstance(draft, Untested):
            why = draft
            continue
        seen = await _seen(on, views, draft, owner)
        if seen is None:
            continue
        for disguised in _disguises(draft):
            taken = await on.ask(disguised, owner)
            if taken.answer.worked and changed(seen[0].answer, seen[1].answer, (await _again(on, seen, owner)).answer):
                return await _by_others(on, route, views, owner)
        control = await on.ask(draft.request(), owner)
        if control.answer.worked:
            return Clean(route.key, owner.name)
    return why or Untested(route.key, "nobody's request worked that could be seen to be done")


async def _by_others(on: Engagement, route: Route, views: list[Route], owner: Identity) -> Verdict:
    """Other words for the method are taken up: who is refused by the plain one?"""
    for who in (each for each in _lesser(on) if each != owner):
        # What was removed in disguise is not known to be gone: those who came for it, and what was made for it, are.
        on.memory.spares.clear()
        await make(on, route, Slot("path", (route.params[-1],)), owner)
        draft = await prepared(on, route, owner)
        seen = None if isinstance(draft, Untested) else await _seen(on, views, draft, owner)
        if isinstance(draft, Untested) or seen is None:
            continue
        refusal = await on.ask(draft.request(), who)
        if not refusal.answer.refused:
            continue
        for disguised in _disguises(draft):
            attacked = await on.ask(disguised, who)
            after = await _again(on, seen, owner)
            if changed(seen[0].answer, seen[1].answer, after.answer):
                words = f"A {disguised.method} that named {route.method} elsewhere did what is refused to that caller."
                return Finding(route.key, words, attacked, (seen[1], refusal, after), who.name)
    return Clean(route.key, owner.name)


def _disguises(draft: Draft) -> Iterator[Request]:
    """The request with its method in headers and the query, of a POST and of what reads; and in a form."""
    meant, method = draft.request(), draft.route.method
    fields = tuple((name, method) for name in _METHODS)
    query = f"{meant.query}&_method={method}".lstrip("&")
    yield replace(meant, method="POST", query=query).with_headers(*fields)
    if not meant.body:
        yield replace(meant, method="POST", body=f"_method={method}".encode()).with_headers(("Content-Type", FORM))
    yield replace(meant, method="GET", query=query, body=b"").with_headers(*fields)


def _shows(route: Route) -> tuple[tuple[str, ...], ...]:
    """The paths at which one sees whether it was done: its own, and the list above."""
    return (route.segments, route.segments[:-1]) if route.segments[-1].startswith("{") else (route.segments,)


async def _seen(on: Engagement, views: list[Route], draft: Draft, owner: Identity) -> tuple[Exchange, Exchange] | None:
    """What whoever may sees before, twice; None where nothing shows it."""
    path = {key: value for key, value in draft.values.items() if key[0] == "path"}
    for each in sorted(views, key=lambda view: -len(view.segments)):
        first = await on.ask(Draft(each, path).request(), owner)
        if first.answer.worked:
            return first, await on.ask(first.request, owner)
    return None


async def _again(on: Engagement, seen: tuple[Exchange, Exchange], owner: Identity) -> Exchange:
    return await on.ask(seen[0].request, owner)


ATTACK: Final = Attack(ABOUT, _verdicts)
