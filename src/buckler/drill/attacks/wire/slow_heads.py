"""D704: is a head waited for that comes a byte at a time?

1. Several connections begin a head and go on with a byte a second. The control is a plain request, answered at once
   before and meanwhile.
2. It counts where most of them are still waited for when the time is over: a few hundred such clients, which cost next
   to nothing, keep a server from serving anybody.
3. Where nobody else is answered meanwhile, a handful is enough, and the finding is high.
"""

from typing import Final

from buckler.drill.attack import About, Attack, Untested, Verdicts
from buckler.drill.attacks.wire.raw import target
from buckler.drill.attacks.wire.slow import Pace, judged, slowly
from buckler.drill.engagement import Engagement

ABOUT: Final = About(
    id="D704",
    name="slow heads",
    family="wire",
    severity="medium",
    sends="The beginning of a head, then a byte a second, on several connections at once.",
    proves="Few clients hold every connection of the server for as long as they like.",
    cwe=(400, 770),
    owasp=("API4",),
    asvs=("13.1.2",),
    fix="Give a head ten seconds in all: a deadline of the server (`buckler serve` has one), or of a proxy before it.",
)


def slow_heads(pace: Pace) -> Attack:
    """The attack at this pace."""

    async def verdicts(on: Engagement) -> Verdicts:
        found = await slowly(on, pace)
        yield found if isinstance(found, Untested) else judged("heads", found.heads, found, pace, target(on))

    return Attack(ABOUT, verdicts, spends=True)


ATTACK: Final = slow_heads(Pace())
