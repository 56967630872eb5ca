"""What an app shows of its own rules, where no policy says them: who is refused beside, and what came of a request.

Nothing here guesses by a name alone. Each answer rests on requests of this drill: one that was refused, a list that
leaves something out, a value that only its owner sent.
"""

import re
from collections.abc import Iterable
from typing import Final, cast

from buckler.drill.arriving.proving import proofs_of
from buckler.drill.attack import Clean, NotApplicable, Untested
from buckler.drill.attacks.access.controls import first_control
from buckler.drill.attacks.access.doors import is_entrance
from buckler.drill.engagement import Engagement
from buckler.drill.objects.reading import wraps
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import of_collection
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import drafted_control
from buckler.drill.transport.answer import Answer, Exchange

_FOR_ADMINISTRATORS: Final = re.compile(
    r"(^|[^a-z])(admins?|administrat\w*|superusers?|staff|internal|moderators?)([^a-z]|$)", re.IGNORECASE
)
_FRAME: Final = re.compile(r"^(api|rest|v\d+|services?)$", re.IGNORECASE)
"""Parts that every path of an app may begin with."""
_READS: Final = re.compile(
    r"/(lookup|look|search|find|query|export|download|preview|view|show|fetch|get|copy|clone|duplicate)/?$",
    re.IGNORECASE,
)
_MAKES: Final = re.compile(r"/(copy|clone|duplicate)/?$", re.IGNORECASE)
_SHORT: Final = 7
"""Characters. A password that has no more stands in texts by chance."""
_DEEPEST: Final = 6
"""Levels of JSON that are looked through."""
_MOST_ITEMS: Final = 50
"""Of one list."""
_SEPARATORS: Final = re.compile(r"[\s<>\"'=,;{}\[\]]+")


async def withstood(
    on: Engagement, attacked: Exchange, route: Route, who: Identity, name: str = ""
) -> Clean | Untested:
    """What is said where an attack of `who` did not work: nothing, if its answer does not say that it was refused.

    A refusal as nobody is one of somebody who is let in still: that is its control. Told of `name`, where given.
    """
    answer, name = attacked.answer, name or who.name
    if answer.says_nothing:
        why = "it was asked too often" if answer.limited else answer.outcome
        return Untested(route.key, f"the answer to the attack says nothing: {why}", name)
    if answer.asks_who and not who.is_anybody:
        lives = await proofs_of(on).lives(who)
        if lives is None and route.is_safe:
            lives = isinstance(await drafted_control(on, route, who), tuple) or None
        if not lives:
            told = "nothing shows that it is let in at all" if lives is None else "it was shut out meanwhile"
            return Untested(route.key, f"{name} was refused as nobody, and {told}", name)
        on.memory.doubtful.discard(who.name)
    return Clean(route.key, name)


def read_by_anybody(shown: Exchange, route: str, name: str) -> NotApplicable | Untested:
    """What is said where anybody was not refused: it is read by all, or what came tells neither."""
    if shown.answer.worked:
        return NotApplicable(route, "anybody reads it", name)
    return Untested(route, f"whether anybody is refused could not be seen: {shown.answer.outcome}", name)


def is_for_administrators(words: str) -> bool:
    """Whether words name those who run the app."""
    return bool(_FOR_ADMINISTRATORS.search(words))


def reads(route: Route) -> bool:
    """Whether a route tells something: by GET, or by a last word that says so where it takes POST."""
    return route.method == "GET" or (route.method == "POST" and bool(_READS.search(route.path)))


def makes(route: Route) -> bool:
    """Whether what it tells is a new thing, as a copy is."""
    return bool(_MAKES.search(route.path))


def place_of(route: Route) -> tuple[str, ...]:
    """The path without what every path of the app may begin with."""
    parts = route.segments
    while parts and _FRAME.match(parts[0]):
        parts = parts[1:]
    return parts


def beside(on: Engagement, route: Route) -> tuple[Route, ...]:
    """Routes of the same collection, and those whose paths begin with the same word."""
    collection, first = of_collection(route), place_of(route)[:1]
    return tuple(
        each
        for each in on.routes
        if each.key != route.key
        and (of_collection(each) == collection or (len(place_of(route)) > 1 and place_of(each)[:1] == first))
    )


async def refusal_of(on: Engagement, routes: Iterable[Route], who: Identity) -> Exchange | None:
    """One of these safe routes that refused `who` a request which works for somebody, before and after.

    None where there is none: what was removed in between is there for nobody, which is no refusal.
    """
    for each in routes:
        if not each.is_safe or is_entrance(on, each):
            continue
        control = await first_control(on, each, on.cast.people)
        if isinstance(control, Untested):
            continue
        exchange = await on.ask(control[0].request, who)
        if exchange.answer.refused and (await on.ask(control[0].request, control[1])).answer.worked:
            return exchange
    return None


def holds_nothing(answer: Answer) -> bool:
    """Whether an answer carries no object: it is empty, or JSON in which nothing stands but how it went."""
    if not answer.body:
        return True
    if not answer.media.endswith("json"):
        return False
    return not _holds(answer.json())


def _holds(said: object) -> bool:
    if isinstance(said, list):
        return any(map(_holds, cast("list[object]", said)))
    if not isinstance(said, dict):
        return said is not None
    fields = cast("dict[str, object]", said)
    own = not wraps(fields) and any(each is not None and not _is_container(each) for each in fields.values())
    return own or any(_is_container(each) and _holds(each) for each in fields.values())


def _is_container(value: object) -> bool:
    return isinstance(value, dict | list)


def changed(first: Answer, second: Answer, after: Answer) -> bool:
    """Whether something else is shown than in two answers before, apart from what differs in every answer."""
    if first.meant != after.meant:
        return True
    if first.body == second.body:
        return after.body != first.body
    one, two, three = (_pieces(each) for each in (first, second, after))
    return not (one & two) <= three or len(three - one) > len(two - one)


def _pieces(answer: Answer) -> frozenset[str]:
    return frozenset(_SEPARATORS.split(answer.text))


def tells_password(answer: Answer, password: str) -> bool:
    """Whether a password stands in an answer: as a value in JSON, else anywhere unless it is a word of a language."""
    if len(password) <= _SHORT:
        return False
    said = answer.json()
    if said is not None:
        return any(value == password for _, value in fields_in(said))
    return not password.isalpha() and answer.tells(password)


def fields_in(value: object, depth: int = 0) -> Iterable[tuple[str, object]]:
    """Every field in JSON that is neither an object nor a list, by its own name."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, each in cast("dict[str, object]", value).items():
            if isinstance(each, dict | list):
                yield from fields_in(cast("object", each), depth + 1)
            else:
                yield name, each
    elif isinstance(value, list):
        for each in cast("list[object]", value)[:_MOST_ITEMS]:
            yield from fields_in(each, depth + 1)


def words_in(value: object, depth: int = 0) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Every list of words in JSON, by its own name: roles, permissions, tags. One that is empty may become one."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, each in cast("dict[str, object]", value).items():
            if _are_words(each):
                yield name, tuple(cast("list[str]", each))
            else:
                yield from words_in(each, depth + 1)
    elif isinstance(value, list):
        for each in cast("list[object]", value)[:_MOST_ITEMS]:
            yield from words_in(each, depth + 1)


def _are_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in cast("list[object]", value))


def record_in(value: object) -> dict[str, object]:
    """The fields and the lists of words in JSON, each by its own name; of several, the last."""
    return {**dict(fields_in(value)), **dict(words_in(value))}
