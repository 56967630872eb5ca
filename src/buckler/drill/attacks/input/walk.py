"""One walk over the routes for every attack of this family: a control each, the attack, and a verdict."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Final

from buckler.drill.attack import EVERYWHERE, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, aimed, unserved
from buckler.drill.attacks.aiming.entrances import entered
from buckler.drill.attacks.aiming.places import places
from buckler.drill.attacks.aiming.sending import Stopped
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route
from buckler.drill.transport.answer import Exchange

Judge = Callable[[Engagement, Aim], AsyncGenerator[Finding]]
Fits = Callable[[Engagement, Route], bool]
_MANY: Final = 4
"""Routes."""


def takes_text(on: Engagement, route: Route) -> bool:
    """Whether a request to this route has a place for a text or a number."""
    return route.method not in ("HEAD", "OPTIONS", "TRACE") and any(places(on, entered(on, route)))


def any_route(_route: Route) -> bool:
    """Every one."""
    return True


async def walked(
    on: Engagement,
    judge: Judge,
    fits: Fits = takes_text,
    without: str = "it takes no text",
    *,
    unasked: bool = False,
    among: Callable[[Route], bool] = any_route,
) -> Verdicts:
    """The verdicts of an attack on every route that fits; with `unasked` also where no request was served.

    The ways in come last: a password that is checked well takes long, and the others shall not wait for that.
    """
    ways_in = on.cast.entry.routes if on.cast.entry is not None else frozenset[str]()
    for route in sorted(filter(among, on.routes), key=lambda each: each.key in ways_in):
        if not fits(on, route):
            yield NotApplicable(route.key, without)
            continue
        aim = await aimed(on, route)
        if isinstance(aim, Untested) and unasked:
            aim = await unserved(on, route) or aim
        if isinstance(aim, Untested):
            yield aim
            continue
        async for verdict in judged(on, aim, judge):
            yield verdict


async def gathered(verdicts: Verdicts) -> Verdicts:
    """The same verdicts; what is found at many routes in the same words has one cause, and is told once."""
    found: dict[str, list[Finding]] = {}
    over: BaseException | None = None
    try:
        async for verdict in verdicts:
            if isinstance(verdict, Finding):
                found.setdefault(verdict.words, []).append(verdict)
            else:
                yield verdict
    except (asyncio.CancelledError, Exception) as ended:  # noqa: BLE001 - what was found is told, however it ended
        over = ended
    for words, several in found.items():
        routes = tuple(dict.fromkeys(each.route for each in several))
        if len(routes) < _MANY:
            for each in several:
                yield each
            continue
        yield replace(several[0], route=EVERYWHERE, words=f"{words} So it is at {len(routes)} routes: {_few(routes)}.")
        for route in routes:
            yield NotApplicable(route, "it is told of the whole target")
    if over is not None:
        raise over


def _few(routes: tuple[str, ...]) -> str:
    return ", ".join(routes[:3]) + (" and others" if len(routes) > 3 else "")


async def judged(on: Engagement, aim: Aim, judge: Judge) -> Verdicts:
    """What an attack finds at one aim, each place once; that it found nothing; or why it could not look."""
    seen: set[str] = set()
    last: Verdict = Clean(aim.route.key, aim.who.name)
    if aim.refused:
        last = Untested(aim.route.key, aim.refused, aim.who.name)
    try:
        with on.pool.without_new():
            async for finding in judge(on, aim):
                if finding.place not in seen:
                    seen.add(finding.place)
                    yield finding
    except Stopped as why:
        last = Untested(aim.route.key, str(why), aim.who.name)
    if not seen:
        yield last


def finding(aim: Aim, words: str, attacked: Exchange, place: object = "", *control: Exchange) -> Finding:
    """A finding at this aim; its control is the request that was served, unless another is shown."""
    return Finding(aim.route.key, words, attacked, control or (aim.control,), aim.who.name, str(place))
