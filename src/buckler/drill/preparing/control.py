"""Controls: requests that worked for somebody, which an attack differs from in one thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from buckler.drill.attack import Untested
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route
from buckler.drill.preparing.fuller import asked, filled_up
from buckler.drill.preparing.making import provide
from buckler.drill.preparing.spare import stand_in, with_victim
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Answer, Exchange


@dataclass(slots=True)
class Controls:
    """Requests that worked, by the key of the route and the name of who sent them."""

    known: dict[tuple[str, str], Exchange] = field(default_factory=dict[tuple[str, str], Exchange])

    def forget(self, name: str) -> None:
        """Forget those of somebody who shows something else from now on."""
        self.known = {key: each for key, each in self.known.items() if key[1] != name}


_CONTROLS: Final = Topic[Controls]("controls")


async def prepared(on: Engagement, route: Route, who: Identity) -> Draft | Untested:
    """A valid request with what it needs made for it, not sent yet; the reason where it cannot be had."""
    if not on.may_send(route.method):
        return Untested(route.key, f"{route.method} changes something, and --writes was not given", who.name)
    await provide(on, route, who)
    draft = filled_up(on, draft_for(on, route, who), who)
    return await with_victim(on, draft, who)


async def control_for(on: Engagement, route: Route, who: Identity) -> Exchange | Untested:
    """A request to `route` that worked for `who`, or why there is none. Safe ones are asked once and kept."""
    known = on.memory.of(_CONTROLS, Controls).known
    key = (route.key, who.name)
    if key in known and route.is_safe:
        return known[key]
    found = await drafted_control(on, route, who)
    if isinstance(found, Untested):
        return found
    on.memory.of(_CONTROLS, Controls).known[key] = found[1]
    return found[1]


async def drafted_control(on: Engagement, route: Route, who: Identity) -> tuple[Draft, Exchange] | Untested:
    """As `control_for`, with the request in parts: what attacks on values start from. It is asked anew each time.

    What would end the session or the account of `who` is asked by somebody who came for that.
    """
    sender = await stand_in(on, route, who)
    draft = sender if isinstance(sender, Untested) else await prepared(on, route, sender)
    if isinstance(sender, Untested) or isinstance(draft, Untested):
        return draft if isinstance(draft, Untested) else Untested(route.key, "nobody could ask", who.name)
    draft, exchange = await asked(on, draft, sender)
    if not exchange.answer.worked:
        return Untested(route.key, f"no request worked that {who.name} may send: {_why(exchange.answer)}", who.name)
    return draft, exchange


def _why(answer: Answer) -> str:
    said = answer.json()
    known = cast("Mapping[str, object]", said) if isinstance(said, dict) else dict[str, object]()
    words = next((str(known[name])[:100] for name in ("detail", "message", "error") if name in known), "")
    return f"{answer.outcome}{' ' + words if words else ''}"
