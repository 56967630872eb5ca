"""What attacks on values aim at: a request that was served, and the places in it where a text may stand.

1. The least powerful caller that is served by a route is found once, and remembered for every attack. Who shows a
   token comes before who shows a cookie; a kind that is refused as nobody is not tried again by others.
2. Where nobody is served, the ordinary refusal of a value (an unknown name, a wrong code) stands for it: an attack that
   gets more than that is a finding, and one that does not has shown nothing.
3. What may end a session or an account is sent by somebody who came for that.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.attacks.aiming.entrances import drafted, entered, lets_people_in
from buckler.drill.attacks.aiming.fitting import Kept, fitting, kept_in
from buckler.drill.attacks.aiming.places import places
from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.fuller import asked
from buckler.drill.transport.answer import Answer, Exchange

_MOST_SPARES: Final = 12
_VALUE: Final = frozenset((400, 404, 409, 410, 422))
"""How an app refuses a value, and not the caller."""
_AT_DOORS: Final = _VALUE | {401, 403}


@dataclass(frozen=True, slots=True)
class Aim:
    """A route, who is served there, and by what request."""

    route: Route
    who: Identity
    control: Exchange
    draft: Draft
    free: tuple[Slot, ...]
    """Places where any text may stand, as far as the document says."""
    strict: tuple[Slot, ...]
    """Places for a number, a date, or a text of a given form."""
    refused: str = ""
    """Why the control was refused, where nothing better is known: such a value was, and not the caller."""
    kept: Kept = field(default_factory=dict[Slot, object], compare=False)
    """What stands in the place of values that were made up, and refused."""

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every place for a text or a number."""
        return (*self.free, *self.strict)


@dataclass(slots=True)
class Aims:
    """What is known of one target, for every family that aims."""

    found: dict[str, Aim | Untested] = field(default_factory=dict[str, "Aim | Untested"])
    spares: list[Identity] = field(default_factory=list[Identity])
    came: int = 0
    firm: dict[tuple[str, Slot], bool] = field(default_factory=dict[tuple[str, Slot], bool])
    """Whether a strict place was seen to refuse what is of another form."""
    slow: set[tuple[str, Slot]] = field(default_factory=set[tuple[str, Slot]])
    """Places with a pattern that backtracks: what is long is kept away from them, or the target would stand still."""
    doubted: set[tuple[str, Slot]] = field(default_factory=set[tuple[str, Slot]])
    """Places of which the look for such patterns was cut, or told neither yes nor no: nothing very long goes there."""
    unlooked: set[str] = field(default_factory=set[str])
    """The keys of routes that the look for such patterns did not reach."""
    odd: dict[str, list[Exchange]] = field(default_factory=dict[str, list[Exchange]])
    """Answers to odd requests that were no success, or had words of a database, a few for each route."""

    ended: Counter[str] = field(default_factory=Counter[str])
    """By the key of the route: how often its request took from its sender what the next one needs."""

    def give_up(self, aim: Aim, why: str) -> None:
        """Who sent this is let in no more. Somebody else tries once again; then nothing is aimed at the route."""
        key = aim.route.key
        self.ended[key] += 1
        self.spares = [each for each in self.spares if each != aim.who]
        self.found.pop(key, None)
        if self.ended[key] > 1:
            self.found[key] = Untested(key, why, aim.who.name)

    def forget(self, name: str) -> None:
        """Aim anew where somebody asked who shows something else from now on."""
        self.found = {
            key: each
            for key, each in self.found.items()
            if (each.identity if isinstance(each, Untested) else each.who.name) != name
        }


_AIMS: Final = Topic[Aims]("what is aimed at")


def aims_of(on: Engagement) -> Aims:
    """What is known so far."""
    return on.memory.of(_AIMS, Aims)


async def aimed(on: Engagement, route: Route) -> Aim | Untested:
    """The aim at this route; the reason where no request to it can be understood."""
    route = entered(on, route)
    known = aims_of(on).found
    if route.key not in known:
        found = await _found(on, route)
        if isinstance(found, Untested) and found.reason == TOO_OFTEN:
            return found
        known[route.key] = found
    return known[route.key]


TOO_OFTEN: Final = "it was asked too often"


def served(answer: Answer) -> bool:
    """Whether what was asked for was done: a form is answered with a redirect, though not to where one signs in."""
    if not answer.leads_on:
        return answer.worked
    return not re.search(r"log-?_?in|sign-?_?in|auth|error", answer.header("location") or "", re.IGNORECASE)


async def unserved(on: Engagement, route: Route) -> Aim | None:
    """An aim where the app fails at a made-up value, for attacks that see by themselves what came of theirs."""
    for who in callers(on, entered(on, route)):
        draft = await drafted(on, entered(on, route), who)
        if isinstance(draft, Untested) or on.ends_a_caller(route):
            return None
        control = await on.ask(draft.request(), who)
        if control.answer.meant >= 500 or control.answer.broke:
            return Aim(route, who, control, draft, *places(on, route), "no request was served: it failed")
    return None


async def _found(on: Engagement, route: Route) -> Aim | Untested:
    why: Untested | None = None
    understood: Aim | None = None
    likely = callers(on, route)
    kinds, shut = {each.by_cookie for each in likely if not each.is_anybody}, set[bool]()
    for who in likely:
        if who.by_cookie in shut and not who.is_anybody:
            continue
        sender = await _sender(on, route, who)
        if sender is None:
            why = why or Untested(route.key, "it may end an account that is needed, and none can be made", who.name)
            continue
        draft = await drafted(on, route, sender)
        if isinstance(draft, Untested):
            return draft
        draft, control = await asked(on, draft, sender)
        if control.answer.limited:
            return Untested(route.key, TOO_OFTEN, who.name)
        if control.answer.asks_who and not who.is_anybody and len(kinds) > 1:
            shut.add(who.by_cookie)
        refused = "" if served(control.answer) else f"no request was served: {control.answer.outcome}"
        aim = Aim(route, sender, control, draft, *places(on, route), refused)
        fits = await _fitting(on, aim) if refused else aim
        if fits is not None:
            return fits
        if why is None or not control.answer.asks_who:
            why = Untested(route.key, refused, who.name)
        if control.answer.meant in (_AT_DOORS if lets_people_in(on, route) else _VALUE):
            understood = understood or aim
    return understood or why or Untested(route.key, "nobody is there who may")


async def _fitting(on: Engagement, aim: Aim) -> Aim | None:
    """The aim with values of another kind than was made up, where the app serves those."""
    status = aim.control.answer.meant
    may_be_value = status in _VALUE - {409} or status == 415 or status >= 500
    if not may_be_value or lets_people_in(on, aim.route) or on.ends_a_caller(aim.route):
        return None
    for kept in fitting(aim.draft, aim.free):
        draft = await drafted(on, aim.route, aim.who)
        if isinstance(draft, Untested):
            return None
        draft = kept_in(draft, kept)
        control = await on.ask(draft.request(), aim.who)
        if control.answer.limited:
            return None
        if served(control.answer):
            return replace(aim, control=control, draft=draft, refused="", kept=kept)
    return None


def callers(on: Engagement, route: Route) -> tuple[Identity, ...]:
    """One of each role for each way to be known, the least power first; anybody where a caller is not asked for."""
    if lets_people_in(on, route):
        return (ANONYMOUS,)
    people = on.cast.people if on.cast.administrator is None else (*on.cast.people, on.cast.administrator)
    first: dict[tuple[str | None, bool], Identity] = {}
    for each in people:
        first.setdefault((None if each == on.cast.administrator else each.role, each.by_cookie), each)
    anybody = () if route.secured else (ANONYMOUS,)
    by_token_first = sorted(first.values(), key=lambda each: each.by_cookie)
    return tuple(each for each in (*anybody, *by_token_first) if on.declared(route, each) != "no")


async def _sender(on: Engagement, route: Route, who: Identity) -> Identity | None:
    """Who sends in the place of `who`; None where it would harm and nobody can come for it."""
    if who.is_anybody or not on.ends_a_caller(route):
        return who
    aims = aims_of(on)
    alike = (each for each in aims.spares if each.role == who.role and each.by_cookie == who.by_cookie)
    spare = next(alike, None)
    if spare is None and aims.came < _MOST_SPARES:
        aims.came += 1
        spare = await on.cast.newcomers.arrive(who.role or None, in_browser=who.by_cookie)
        if spare is not None:
            aims.spares.append(spare)
    return spare


def text_at(on: Engagement, aim: Aim, draft: Draft, slot: Slot) -> str:
    """The value that stands there, or one that might; short where it is no more than a text."""
    value = draft.get(slot)
    if value is ABSENT or value is None:
        value = slot.schema.get("default")
    if value is None or value is ABSENT:
        value = on.samples.value(slot.schema, slot.name)
    if isinstance(value, bool | dict | list):
        return "1"
    text = str(value)
    return text[:12] if slot.place != "path" and slot in aim.free and re.fullmatch(r"drill [\w ]+", text) else text
