"""What came of asking for what requests need: routes that made nothing for somebody are left alone after a while.

Whoever shows something else from now on is let in anew, and so is asked to try anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route
from buckler.drill.transport.answer import Exchange

_PATIENCE: Final = 2
"""Times that a route is asked by one caller for nothing."""
_Of = tuple[str, str]
"""The key of a route, and the name of who asked."""


@dataclass(slots=True)
class Tries:
    """What routes made for whom, as far as it was nothing."""

    _barren: dict[_Of, int] = field(default_factory=dict[_Of, int])
    _failures: dict[_Of, str] = field(default_factory=dict[_Of, str])
    introduced: set[str] = field(default_factory=set[str])
    """The names of those who have asked who they are."""

    def forget(self, name: str) -> None:
        """Let somebody try anew."""
        self._barren = {of: times for of, times in self._barren.items() if of[1] != name}
        self._failures = {of: words for of, words in self._failures.items() if of[1] != name}
        self.introduced.discard(name)

    def are_over(self, route: Route, who: Identity) -> bool:
        """Whether the route made nothing for this caller so often that it is left alone."""
        return self._barren.get((route.key, who.name), 0) >= _PATIENCE

    def heed(self, route: Route, who: Identity, exchange: Exchange) -> None:
        """Remember what came of it."""
        of, answer = (route.key, who.name), exchange.answer
        if answer.worked:
            return
        self._failures[of] = f"{route.key} answered {answer.outcome}"
        if not answer.unheard:
            # A limit, or an answer that never came, says nothing of the next time.
            self._barren[of] = self._barren.get(of, 0) + 1

    def why(self, routes: Iterable[Route], who: Identity) -> str:
        """What became of the requests of `who` that were to make something."""
        told = (self._failures.get((each.key, who.name), "") for each in routes)
        return next(filter(None, told), "what it needs could not be had")


_TRIES: Final = Topic[Tries]("what could not be made")


def tries_of(on: Engagement) -> Tries:
    """What is known so far."""
    return on.memory.of(_TRIES, Tries)
