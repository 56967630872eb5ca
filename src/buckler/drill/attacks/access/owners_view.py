"""What the owner of an object sees of it before and after an attack: this decides, whatever the answer says.

What differs in every answer is no change. Where the stranger was refused, more is asked for, as an object may show a
clock: that it is gone, that it shows what the stranger sent, or that another rests until the stranger asks again.
"""

from dataclasses import dataclass
from typing import Final, Self

from buckler.drill.attacks.access.evidence import changed, fields_in
from buckler.drill.attacks.access.proof import shows_object
from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import is_plural, of_collection
from buckler.drill.plan.route import Route, Slot
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

_SHORT: Final = 6
"""Characters. A shorter text stands in answers by chance."""


@dataclass(frozen=True, slots=True)
class View:
    """Two looks of the owner at an object before an attack, and one after it."""

    first: Exchange
    second: Exchange
    after: Exchange | None = None

    async def again(self, on: Engagement, owner: Identity) -> Self:
        """The same with another look, after an attack."""
        return type(self)(self.first, self.second, await on.ask(self.second.request, owner))

    @property
    def differs(self) -> bool:
        """Whether the look after the attack shows something else."""
        if self.after is None or self.after.answer.says_nothing:
            return False
        return changed(self.first.answer, self.second.answer, self.after.answer)

    @property
    def shown(self) -> tuple[Exchange, ...]:
        """What a finding shows of it."""
        return () if self.after is None else (self.second, self.after)

    def is_by(self, draft: Draft, texts: tuple[str, ...]) -> bool:
        """Whether it differs by what `draft` asks for: the object is gone, with its texts, or shows what was sent."""
        if self.after is None or not self.differs:
            return False
        before, after = self.second.answer, self.after.answer
        lost = any(before.tells(each) and not after.tells(each) for each in texts)
        if after.meant in (404, 410) or (after.worked and lost):
            return True
        values = () if draft.body is ABSENT else (str(value) for _, value in fields_in(draft.body))
        return any(len(each) >= _SHORT and after.tells(each) and not before.tells(each) for each in values)


async def view_of(on: Engagement, draft: Draft, slot: Slot, owner: Identity) -> View | None:
    """What the owner sees of the object that a request names, twice; None where no route shows it."""
    views = (*_same_place(on, draft), *shows_object(on, draft, slot, owner), *_overviews(on, draft.route, slot))
    for request in views:
        first = await on.ask(request, owner)
        if first.answer.meant == 200:
            return View(first, await on.ask(request, owner))
    return None


async def view_tells(on: Engagement, draft: Draft, view: View, owner: Identity) -> bool:
    """Whether the owner sees what a request does: sent by the owner itself, it shows."""
    own = await on.ask(draft.request(), owner)
    return own.answer.worked and (await view.again(on, owner)).differs


def _same_place(on: Engagement, draft: Draft) -> list[Request]:
    """The request that reads at the path which is written to; of what is put into a list, that is the list."""
    path = {key: value for key, value in draft.values.items() if key[0] == "path"}
    into_a_list = draft.route.method == "POST" and bool(path) and is_plural(draft.route.segments[-1])
    written = draft.route.method in ("PUT", "PATCH", "DELETE") or into_a_list
    same = [each for each in on.routes if written and each.method == "GET" and each.path == draft.route.path]
    return [Draft(each, path).request() for each in same]


def _overviews(on: Engagement, route: Route, slot: Slot) -> list[Request]:
    """Requests that read all that one has of the kind, or the one thing that each has."""
    wanted = {on.pool.refers(route, slot), of_collection(route)}
    found = [each for each in on.routes if each.method == "GET" and not each.params and of_collection(each) in wanted]
    return [Request("GET", each.path) for each in found][:2]
