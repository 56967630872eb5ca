"""Finding what a request made, where its answer tells no id of it: a form leads on to a list, or says nothing at all.

1. The page that the answer leads to is looked at, and then what shows all of the kind.
2. What was made is known by a text that its maker sent: the object in the JSON, or the link of the page that stands in
   the same row, or nearest to it. What had an id before is not what was made.
"""

import re
from collections.abc import Iterator
from typing import Final

from buckler.drill.engagement import Engagement
from buckler.drill.objects.choosing import Known
from buckler.drill.objects.reading import Scalar, links_in, located, objects, scalars
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import of_collection, plausible_fields, referred
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

_MOST: Final = 3
"""Places that are looked at."""
_LEAST: Final = 6
"""Characters of a text that stands nowhere by chance."""
_ROW: Final = re.compile(r"<(li|tr|article)\b", re.IGNORECASE)


async def find_made(on: Engagement, exchange: Exchange, who: Identity) -> None:
    """Let the pool know the id of what `exchange` made for `who`, where it does not yet. Raises `BudgetSpent`."""
    found = on.pool.route_of(exchange.request.method, exchange.request.path)
    made = next(iter(on.pool.made_by(who)), None)
    if found is None or made is None or made.route != found[0].key or made.id is not None:
        return
    search = _Search(on, made)
    for path in _places(on, exchange, made)[:_MOST] if search.texts else ():
        id_ = search.id_in((await on.ask(Request("GET", path), who)).answer)
        if id_ is not None:
            on.pool.name(made, id_)
            return


def _places(on: Engagement, exchange: Exchange, made: Known) -> list[str]:
    """Paths of the target that may show it: where the answer leads, what was asked, and every list of the kind."""
    asked = exchange.request.path
    near = [path for path in (located(exchange), asked, asked.rpartition("/")[0]) if on.pool.route_of("GET", path)]
    lists = [each for each in on.routes if each.method == "GET" and of_collection(each) == made.collection]
    return list(dict.fromkeys((*near, *sorted((each.path for each in lists if not each.params), key=len))))


class _Search:
    """Looks for the id of one thing in answers."""

    def __init__(self, on: Engagement, made: Known) -> None:
        self._on = on
        self._collection = made.collection
        self._old = {str(each.id) for each in on.pool.objects if each.made and each.collection == made.collection}
        self.texts = tuple(text for text in made.sent if len(text) >= _LEAST)

    def id_in(self, answer: Answer) -> Scalar | None:
        """The id of what holds one of the texts; None where nothing does."""
        if not answer.worked:
            return None
        found = self._beside(answer) if answer.is_html else self._holding(answer)
        return next((each for each in found if str(each) not in self._old), None)

    def _holding(self, answer: Answer) -> Iterator[Scalar]:
        names = plausible_fields("id", self._collection)[:7]
        for each in (dict(scalars(each)) for each in objects(answer.json())):
            if any(text in map(str, each.values()) for text in self.texts):
                yield from (each[name] for name in names if name in each)

    def _beside(self, answer: Answer) -> list[str]:
        page = answer.text
        places = [(found.start(), found.end()) for text in self.texts for found in re.finditer(re.escape(text), page)]
        rated: list[tuple[tuple[int, int], str]] = []
        for start, end, path in links_in(answer) if places else ():
            nearest = min(_distance(page, (start, end), each) for each in places)
            rated += [(nearest, id_) for id_ in self._named(path)]
        return [id_ for _, id_ in sorted(rated)]

    def _named(self, path: str) -> Iterator[str]:
        """What a link names of the kind."""
        for method in ("GET", "POST"):
            route, inside = self._on.pool.route_of(method, path) or (None, dict[str, str]())
            for name, value in inside.items():
                if route is not None and referred(route, Slot("path", (name,))) == self._collection:
                    yield value


def _distance(page: str, link: tuple[int, int], text: tuple[int, int]) -> tuple[int, int]:
    """How far a link is from a text: in rows of a list first, and then in characters."""
    between = page[link[1] : text[0]] if link[0] < text[0] else page[text[1] : link[0]]
    return len(_ROW.findall(between)), len(between)
