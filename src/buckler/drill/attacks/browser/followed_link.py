"""Links that change something: whatever leads to them, a page or a picture of another site, has it done."""

import re
from typing import Final

from buckler.drill.attack import Clean, Finding, NotApplicable, Untested, Verdict
from buckler.drill.attacks.browser.forgery import ELSEWHERE, in_their_browser, link
from buckler.drill.attacks.browser.session import Session
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.control import prepared
from buckler.drill.preparing.making import make
from buckler.drill.transport.request import Request

_CHANGES: Final = re.compile(
    r"(un|de|re)?-?(cancel|delete|remove|destroy|confirm|approve|reject|accept|create|add|update|edit|toggle|enable"
    r"|disable|activate|send|transfer|buy|pay|publish|archive|close|stop|start|subscribe|promote|vote|like)\w{0,3}",
    re.IGNORECASE,
)


def is_link_that_changes(route: Route) -> bool:
    """Whether its last word says that something is done to what it names."""
    return route.method == "GET" and bool(route.params) and bool(_CHANGES.fullmatch(route.segments[-1]))


async def judge_link(on: Engagement, session: Session, route: Route) -> Verdict:
    """Follow it: what it names is read before, twice, and after."""
    who = session.who
    if not session.follows_links:
        return Clean(route.key, who.name)
    thing = _object(route)
    shown = next((each for each in on.routes if each.method == "GET" and each.segments == thing), None)
    if shown is None:
        return NotApplicable(route.key, "nothing shows what it names", who.name)
    await make(on, route, Slot("path", (route.params[-1],)), who)
    draft = await prepared(on, route, who)
    if isinstance(draft, Untested):
        return draft
    reading = Request("GET", "/".join(draft.request().path.split("/")[: len(thing) + 1]))
    before, again = await on.ask(reading, who), await on.ask(reading, who)
    if not before.answer.worked or before.answer.body != again.answer.body:
        return Untested(route.key, "what it names cannot be read, or is another each time", who.name)
    attacked = await on.ask(link(draft.request()), in_their_browser(session, ELSEWHERE, top_level_get=True))
    after = await on.ask(reading, who)
    if after.answer.says_nothing or after.answer.meant == 401:
        why = f"what it names could not be read afterwards: {after.answer.outcome}"
        return Untested(route.key, why, who.name)
    if attacked.answer.worked and after.answer.body != before.answer.body:
        words = "A link that was followed from another site changes what it names."
        return Finding(route.key, words, attacked, (before, again, after), who.name, severity="low")
    return Clean(route.key, who.name)


def _object(route: Route) -> tuple[str, ...]:
    """The part of the path that names the object."""
    last = max((place for place, part in enumerate(route.segments) if part.startswith("{")), default=-1)
    return route.segments[: last + 1]
