"""D105: does a body set what nobody offers?

1. The record is what the app answers, and what it tells when it is asked again: each of its fields that the body of a
   route does not document is tried, those that give power or money first.
2. It counts where the record has the value that was sent. What the app tells later counts more than its answer, which
   may only repeat what was sent.
3. A new account is registered with such fields, signed in, and asked who it is.
4. The control is the same request without these fields, in which the record has another value.
5. Whose it shall be may be said where no record tells it: then who reads it tells (`made_for_another.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from buckler.drill.arriving.asking import done
from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.controls import nearest, who_may
from buckler.drill.attacks.access.evidence import reads, record_in
from buckler.drill.attacks.access.extras import at_the_door, extras, is_a_right, offered_by, with_more
from buckler.drill.attacks.access.made_for_another import given_away
from buckler.drill.attacks.access.newcomer import Made, Registry
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.people.invented import Person
from buckler.drill.plan.names import of_collection
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import drafted_control, prepared
from buckler.drill.preparing.made import find_made
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D105",
    name="mass assignment",
    family="access",
    severity="high",
    sends="Fields of the record that the body does not offer, and fields that give power.",
    proves="A caller sets what only the app may set.",
    cwe=(915,),
    owasp=("API3",),
    asvs=("15.3.3", "2.2.1"),
    fix="Take a model of its own for what comes in, with unknown fields refused: `StrictModel`.",
)
_SINGLY: Final = 5
"""Fields that are tried one by one where all at once were refused."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """One route, who asks, and what it does without anything beside."""

    route: Route
    who: Identity
    control: Exchange
    record: Mapping[str, object]


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        if route.method in ("POST", "PUT", "PATCH") and route.body is not None:
            yield await _judge(on, route)


async def _judge(on: Engagement, route: Route) -> Verdict:
    entry = on.cast.entry
    if entry is not None and entry.register is not None and route.key == entry.register.route.key:
        return await _registering(on, route)
    if (entry is not None and route.key in entry.routes) or reads(route):
        return NotApplicable(route.key, "it makes and changes no record")
    why: list[Untested] = []
    for who in (*who_may(on, route), ANONYMOUS):
        if who == on.cast.administrator or (who.is_anybody and on.declared(route, who) == "no"):
            continue
        found = await drafted_control(on, route, who)
        if not isinstance(found, Untested):
            verdict = await _try(on, who, *found)
            away = None if isinstance(verdict, Finding) else await given_away(on, route, found[0], who)
            return away or verdict
        why.append(found)
    return nearest(why) or Untested(route.key, "nobody is there who may")


async def _try(on: Engagement, who: Identity, draft: Draft, control: Exchange) -> Verdict:
    route = draft.route
    record = await _record(on, draft, who, control)
    more: Mapping[str, object] = extras(on, route, draft, record, who) if isinstance(draft.body, dict) else {}
    if not offered_by(on, route):
        # Where the document leaves open what a body has, each field is offered but rights.
        more = {name: value for name, value in more.items() if is_a_right(name)}
    if not more:
        return NotApplicable(route.key, "the record has no field that the body does not offer", who.name)
    tried = _Tried(route, who, control, record)
    first = await _with(on, tried, more)
    if first is not None:
        return first
    for name in list(more)[:_SINGLY]:
        # All at once were refused: unknown fields are, or one of the values was wrong.
        single = await _with(on, tried, {name: more[name]})
        if isinstance(single, Finding):
            return single
    return Clean(route.key, who.name)


async def _with(on: Engagement, tried: _Tried, more: Mapping[str, object]) -> Verdict | None:
    """What came of the request with these fields; None where it was refused."""
    again = await prepared(on, tried.route, tried.who)
    if isinstance(again, Untested):
        return again
    attacked = await on.ask(with_more(on, again, more).request(), tried.who)
    if not attacked.answer.worked:
        return None
    return _weigh(tried, attacked, await _record(on, again, tried.who, attacked), more)


def _weigh(tried: _Tried, attacked: Exchange, after: Mapping[str, object], more: Mapping[str, object]) -> Verdict:
    for name, value in more.items():
        before, taken = tried.record.get(name), after.get(name)
        if name in after and _was_set(before, taken, value):
            words = f"{name} was set to what the request said; the app had set it to {before!r} by itself."
            return Finding(tried.route.key, words, attacked, (tried.control,), tried.who.name, f"body {name}")
    return Clean(tried.route.key, tried.who.name)


def _was_set(before: object, taken: object, value: object) -> bool:
    """Whether a record has what was sent, and had not before; of a list, each word of it, whatever the app adds."""
    if isinstance(value, list):
        words = set(cast("list[object]", value))
        return isinstance(taken, tuple) and words <= set(cast("tuple[object, ...]", taken)) and before != taken
    return before != taken and (taken == value or str(taken) == str(value))


async def _record(on: Engagement, draft: Draft, who: Identity, exchange: Exchange) -> Mapping[str, object]:
    """The fields of what was made or changed: in the answer, and as the app tells them when it is asked again."""
    fields = record_in(exchange.answer.json())
    one = _reading(on, draft.route)
    if one is None or who.is_anybody:
        return fields
    await find_made(on, exchange, who)
    same = one.path == draft.route.path
    path = {key: value for key, value in draft.values.items() if key[0] == "path"}
    request = Draft(one, path).request() if same else draft_for(on, one, who).request()
    read = await on.ask(request, who)
    return {**fields, **record_in(read.answer.json())} if read.answer.worked else fields


def _reading(on: Engagement, route: Route) -> Route | None:
    """The route that reads what another writes: at the same path, or one of the same collection by its id."""
    reads = [each for each in on.routes if each.method == "GET"]
    if route.method != "POST":
        return next((each for each in reads if each.path == route.path), None)
    like = [each for each in reads if len(each.params) == 1 and each.segments[-1].startswith("{")]
    return next((each for each in like if of_collection(each) == of_collection(route)), None)


async def _registering(on: Engagement, route: Route) -> Verdict:
    registry = Registry(on)
    plain = await registry.plain()
    if plain is None or not done(plain.exchange.answer):
        return Untested(route.key, on.cast.missing.get("people", "nobody could be registered with the form alone"))
    ordinary: Mapping[str, object] = on.pool.told_of_oneself(on.cast.pair[0]) if on.cast.pair is not None else {}
    more = at_the_door(on, route, {**ordinary, **plain.record}, plain.identity or ANONYMOUS)
    unseen = False
    for fields in (more, *({name: more[name]} for name in list(more)[:_SINGLY])):
        made = await registry.register(Person.anew(plain.person.styles), fields)
        if made is None or not done(made.exchange.answer):
            continue
        verdict = _weigh_new(route, plain, made, fields)
        if verdict is not None:
            return verdict
        unseen = made.shown is None
        if fields == more and not unseen:
            break
    return Untested(route.key, "what became of a new account could not be seen") if unseen else Clean(route.key)


def _weigh_new(route: Route, plain: Made, made: Made, more: Mapping[str, object]) -> Finding | None:
    for name, value in more.items():
        before, taken = plain.record.get(name), made.record.get(name)
        if name in made.record and _was_set(before, taken, value):
            words = f"A new account has {name} as the request said; the app sets it to {before!r} by itself."
            seen = tuple(each for each in (plain.exchange, plain.shown, made.shown) if each is not None)
            return Finding(route.key, words, made.exchange, seen, place=f"body {name}")
    return None


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
