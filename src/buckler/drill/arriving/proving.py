"""Whether somebody is let in: by a route that refuses whoever shows nothing, and answers whoever shows this.

The route that let somebody in is remembered for each: by it is seen whether the same caller is let in still.
"""

import re
from typing import Final, Literal

from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.route import Route
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

Proof = Literal["let in", "refused", "unknown"]
_MOST: Final = 6
"""Routes that are asked as nobody, until one refuses."""
_FOR_ALL: Final = re.compile(
    r"/(docs|redoc|openapi|health|ready|live|static|favicon|robots|log-?(in|out)|sign-?(in|up|out)|register|metrics|version)\b",
    re.IGNORECASE,
)
"""What anybody may see nearly everywhere, and what would end the session that is to be proved."""


class Proofs:
    """Asks the route that tells. It is looked for once, unless a limit or a failure was in the way."""

    def __init__(self, on: Engagement, me: Route | None) -> None:
        self._on = on
        self._me = me
        self._refused: Exchange | None = None
        self._looked = False
        self._own: dict[str, Exchange] = {}
        """What anybody is refused, and let this caller in, by the name."""
        self._in_vain: set[str] = set()
        """The names of those whom no route let in."""

    def forget(self, name: str) -> None:
        """Look anew for what lets somebody in who shows something else from now on. What tells, tells of all."""
        self._in_vain.discard(name)

    @property
    def route(self) -> str:
        """The route that tells, as method and path; empty where there is none."""
        return f"{self._refused.request.method} {self._refused.request.path}" if self._refused is not None else ""

    async def of(self, who: Identity) -> Proof:
        """Whether this caller is let in where nobody is."""
        if not self._looked:
            self._refused = await self._look()
        if self._refused is None:
            return "unknown"
        answer = (await self._on.ask(self._refused.request, who)).answer
        if _lets_in(self._refused.answer, answer):
            self._own[who.name] = self._refused
            return "let in"
        if answer.limited or answer.broke or answer.meant in (404, 422):
            return "unknown"
        return "refused" if _refuses(answer) else "unknown"

    async def lives(self, who: Identity) -> bool | None:
        """Whether a caller is let in still; None where nothing tells."""
        known = self._own.get(who.name)
        if known is None:
            return await self._first(who)
        answer = (await self._on.ask(known.request, who)).answer
        return True if _lets_in(known.answer, answer) else None if answer.says_nothing else False

    async def shut_out(self, who: Identity) -> bool:
        """Whether a caller who was let in is so no more; not where no route tells, or where a limit is met."""
        if await self.lives(who):
            return False
        known = self._own.get(who.name, self._refused)
        if known is None:
            return False
        answer = (await self._on.ask(known.request, who)).answer
        return not (_lets_in(known.answer, answer) or answer.limited)

    async def _first(self, who: Identity) -> bool | None:
        """Whether any route lets this caller in: the one that tells, else another that refuses anybody."""
        if who.name in self._in_vain:
            return None
        if await self.of(who) == "let in":
            return True
        tried = self._refused.request if self._refused is not None else None
        several = [Request("GET", route.path) for route in self._likely()[:_MOST]] if tried is not None else []
        for request in several:
            if request != tried and (await self._on.ask(request, who)).answer.worked:
                plain = await self._on.ask(request, ANONYMOUS)
                if _refuses(plain.answer):
                    self._own[who.name] = plain
                    return True
        self._in_vain.add(who.name)
        return None

    async def _look(self) -> Exchange | None:
        unclear = False
        for route in self._likely()[:_MOST]:
            exchange = await self._on.ask(Request("GET", route.path), ANONYMOUS)
            unclear = unclear or exchange.answer.says_nothing
            if _refuses(exchange.answer):
                self._looked = True
                return exchange
        # Where a limit or a failure was met, it is looked for once more the next time.
        self._looked = not unclear
        return None

    def _likely(self) -> list[Route]:
        asking = [
            route
            for route in self._on.routes
            if route.method == "GET"
            and not route.params
            and not route.wipes
            and not _FOR_ALL.search(route.path)
            and not any(slot.required for slot in route.parameters if slot.place in ("query", "header", "cookie"))
        ]
        secured = [route for route in asking if route.secured]
        open_ = sorted((each for each in asking if each.secured is None), key=lambda each: not each.documented)
        own = [self._me] if self._me is not None else []
        return list(dict.fromkeys((*own, *secured, *open_)))


PROOFS: Final = Topic[Proofs]("who is let in")


def proofs_of(on: Engagement) -> Proofs:
    """Those of this target."""
    me = on.cast.entry.me if on.cast.entry is not None else None
    return on.memory.of(PROOFS, lambda: Proofs(on, me))


def _lets_in(plain: Answer, answer: Answer) -> bool:
    """Whether somebody is known there, where anybody is answered what is `plain`."""
    return answer.worked or (plain.meant != 403 and answer.meant == 403)


def _refuses(answer: Answer) -> bool:
    """Whether it says that the caller may not; that there is nothing tells no more than that."""
    return answer.refused and answer.meant != 404
