"""Is somebody let in who only says to be inside?

1. A request that reads is refused with 403. The same names an address of the machine itself, in the fields in which
   proxies name who asked.
2. It counts where that works, and the plain request is refused again after it.
"""

from typing import Final

from buckler.drill.attack import Finding
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.route import Route
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.request import Fields

_INSIDE: Final = "127.0.0.1"
_FIELDS: Final[Fields] = (
    ("X-Forwarded-For", _INSIDE),
    ("X-Real-IP", _INSIDE),
    ("X-Client-IP", _INSIDE),
    ("True-Client-IP", _INSIDE),
    ("Forwarded", f"for={_INSIDE}"),
)
_WORDS: Final = "It is refused, and answers whoever names an address of the inside in a header."


async def as_from_inside(on: Engagement, route: Route) -> Finding | None:
    """The finding, where a header opens what is refused; as anybody, and as the account with the least power."""
    for who in (ANONYMOUS, *on.cast.ordinary[:1]):
        request = draft_for(on, route, who).request()
        refusal = await on.ask(request, who)
        if refusal.answer.meant != 403:
            continue
        attacked = await on.ask(request.with_headers(*_FIELDS), who)
        if attacked.answer.worked:
            again = await on.ask(request, who)
            if again.answer.meant == 403:
                return Finding(route.key, _WORDS, attacked, (refusal, again), who.name, "header X-Forwarded-For")
    return None
