"""D412: does markup that was written become a part of the pages that show it?

1. Markup with an attribute of a random name is written into every text that a route takes.
2. Then every page is read, as the one who wrote and as an administrator: lists, one of what was made, and that of what
   was written to.
3. Somebody registers under a name that holds such markup, signs in, and reads the pages (`name_of_markup.py`).
4. It counts where a page has an element with that attribute. The control is the same page before.
"""

from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, aimed, served
from buckler.drill.attacks.aiming.sending import Stopped, behind_each, shots
from buckler.drill.attacks.input.markup import has_element, marker, markup, shown_as_page
from buckler.drill.attacks.input.name_of_markup import named_so
from buckler.drill.attacks.input.walk import takes_text
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.control import prepared
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D412",
    name="markup stored and shown in a page",
    family="input",
    severity="high",
    sends="Markup with an attribute of a random name, written where a page shows it later.",
    proves="Whoever reads the page runs scripts of whoever wrote, in the name of the app.",
    cwe=(79,),
    owasp=("API8",),
    asvs=("1.2.1",),
    fix="Render pages by templates that escape by themselves; clean HTML that people may write with an allow list.",
)
Written = dict[str, tuple[Aim, Slot, Exchange]]
"""What was written, by the name of its attribute."""


async def _verdicts(on: Engagement) -> Verdicts:
    pages = await _pages(on)
    if not pages:
        for route in on.routes:
            yield NotApplicable(route.key, "no page shows anything")
        return
    written: Written = {}
    told: set[tuple[str, str]] = set()
    with on.pool.without_new():
        for route in on.routes:
            if route.is_safe or not takes_text(on, route):
                continue
            aim = await aimed(on, route)
            if isinstance(aim, Untested):
                yield aim
                continue
            await _write(on, aim, written)
            async for seen in _shown(on, aim, pages, written, told):
                yield seen
        async for seen in named_so(on, pages):
            yield seen


async def _pages(on: Engagement) -> dict[str, tuple[Aim, Exchange]]:
    """The routes whose answer is a page, with that answer."""
    found: dict[str, tuple[Aim, Exchange]] = {}
    for route in on.routes:
        if route.method == "GET":
            aim = await aimed(on, route)
            if isinstance(aim, Aim) and shown_as_page(aim.control.answer):
                found[route.key] = (aim, aim.control)
    return found


async def _write(on: Engagement, aim: Aim, written: Written) -> None:
    names = {slot: marker() for slot in aim.slots}
    try:
        async for shot in shots(on, aim, behind_each({slot: markup(name) for slot, name in names.items()})):
            if served(shot.exchange.answer):
                written |= {names[slot]: (aim, slot, shot.exchange) for slot in shot.slots}
    except Stopped:
        return


async def _shown(
    on: Engagement, writer: Aim, pages: dict[str, tuple[Aim, Exchange]], written: Written, told: set[tuple[str, str]]
) -> AsyncGenerator[Finding | Clean]:
    """The pages that have an element of what this aim wrote."""
    mine = {name: where for name, where in written.items() if where[0] is writer}
    found = False
    for aim, control in pages.values() if mine else ():
        for reader in _readers(on, writer):
            seen = await _read(on, aim.route, reader, next(iter(mine.values()))[2])
            name = None if seen is None else next((each for each in mine if has_element(seen.answer, each)), None)
            if seen is not None and name is not None:
                _, slot, wrote = mine[name]
                words = f"Markup that {writer.route.key} took is an element of this page."
                place = f"{slot} of {writer.route.key}" if (aim.route.key, str(slot)) in told else str(slot)
                told.add((aim.route.key, str(slot)))
                yield Finding(aim.route.key, words, seen, (control, wrote), reader.name, place)
                found = True
                break
    if not found:
        yield Clean(writer.route.key, writer.who.name)


def _readers(on: Engagement, writer: Aim) -> tuple[Identity, ...]:
    administrator = on.cast.administrator
    return (writer.who,) if administrator in (None, writer.who) else (writer.who, administrator)


async def _read(on: Engagement, route: Route, reader: Identity, wrote: Exchange) -> Exchange | None:
    """The page as a reader has it; where it is about something that was written to, the page of that."""
    draft = await prepared(on, route, reader)
    if isinstance(draft, Untested):
        return None
    _, inside = on.pool.route_of(wrote.request.method, wrote.request.path) or (route, {})
    for name in route.params:
        draft = draft.put(Slot("path", (name,)), inside[name]) if name in inside else draft
    seen = await on.ask(draft.request(), reader)
    return seen if served(seen.answer) else None


ATTACK: Final = Attack(ABOUT, _verdicts)
