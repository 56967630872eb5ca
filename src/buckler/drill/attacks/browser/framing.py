"""D607: can pages be shown in frames of other sites?

1. Every page that was seen is asked for its `frame-ancestors` and X-Frame-Options; where both are there, the first one
   counts, as in browsers. The documents that come with FastAPI are judged by D110.
2. It counts where neither keeps anybody out. It is low where the cookies that let in stay at home, or there are none.
3. The control is a page that does better, or what is answered where nothing is.
"""

from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Severity, Verdicts
from buckler.drill.attacks.browser.policy_of_page import is_framed_by_anybody
from buckler.drill.attacks.browser.session import Session, session_of
from buckler.drill.attacks.browser.sweep import nowhere, pages
from buckler.drill.attacks.together import listed
from buckler.drill.engagement import Engagement

ABOUT: Final = About(
    id="D607",
    name="pages in frames of other sites",
    family="browser",
    severity="medium",
    sends="Requests for pages.",
    proves="Another site lays the page under its own, and visitors click what they do not see.",
    cwe=(1021,),
    owasp=("API8",),
    asvs=("3.4.6",),
    fix="Send `frame-ancestors 'none'` in the Content-Security-Policy of every page.",
)


async def _verdicts(on: Engagement) -> Verdicts:
    seen = await pages(on)
    if not seen:
        yield NotApplicable(EVERYWHERE, "no page was seen")
        return
    framed = [each for each in seen if is_framed_by_anybody(each.exchange.answer)]
    if not framed:
        yield Clean(EVERYWHERE)
        return
    better = next((each.exchange for each in seen if each not in framed), None)
    session = await session_of(on)
    severity: Severity = "medium" if isinstance(session, Session) and session.crosses_sites else "low"
    words = f"Any site can frame {listed([each.route.key for each in framed])}."
    control = better if better is not None else await nowhere(on)
    yield Finding(EVERYWHERE, words, framed[0].exchange, (control,), framed[0].who.name, severity=severity)


ATTACK: Final = Attack(ABOUT, _verdicts)
