"""D705: is a body waited for that comes a byte at a time?

1. Several connections begin a body and go on with a byte a second: of routes that take one, those of the front door
   first, and of one that takes none. None is ever finished. The control is a plain request, before and meanwhile.
2. It counts where most connections of one route are still waited for when the time is over, also after the answer.
3. Where nobody else is answered meanwhile, the finding is high.
"""

from typing import Final

from buckler.drill.attack import About, Attack, Untested, Verdicts
from buckler.drill.attacks.wire.raw import target
from buckler.drill.attacks.wire.slow import Pace, judged, slowly
from buckler.drill.engagement import Engagement

ABOUT: Final = About(
    id="D705",
    name="slow bodies",
    family="wire",
    severity="medium",
    sends="A head with the length of a body, then a byte of it a second, on several connections at once.",
    proves="Few clients hold every connection, or every worker, for as long as they like.",
    cwe=(400, 770),
    owasp=("API4",),
    asvs=("13.1.2", "15.1.3"),
    fix="Give a body ten seconds and a little more for each kilobyte that comes, in the app or in a proxy before it.",
)


def slow_bodies(pace: Pace) -> Attack:
    """The attack at this pace."""

    async def verdicts(on: Engagement) -> Verdicts:
        found = await slowly(on, pace)
        yield found if isinstance(found, Untested) else judged("bodies", found.bodies, found, pace, target(on))

    return Attack(ABOUT, verdicts, spends=True)


ATTACK: Final = slow_bodies(Pace())
