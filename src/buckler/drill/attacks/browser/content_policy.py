"""D604: do pages say what may run in them?

1. Every page that was seen is read with its Content-Security-Policy, in its head or in its text. A policy that only
   reports is none. The documents that come with FastAPI are judged by D110.
2. It counts where there is none, or where all there are let scripts run from anywhere or from the page itself. What is
   missing beside (object-src, base-uri) is low. Frames are a matter of D607.
3. The control is a page that does better, or what is answered where nothing is.
"""

from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Severity, Verdicts
from buckler.drill.attacks.browser.policy_of_page import weak
from buckler.drill.attacks.browser.sweep import nowhere, pages
from buckler.drill.attacks.together import listed
from buckler.drill.engagement import Engagement

ABOUT: Final = About(
    id="D604",
    name="pages without a content policy, or with a weak one",
    family="browser",
    severity="medium",
    sends="Requests for pages.",
    proves="Markup that gets into a page runs as a script of the app.",
    cwe=(693, 79),
    owasp=("API8",),
    asvs=("3.4.3", "3.4.7"),
    fix="Send `Content-Security-Policy: default-src 'none'` and what the page needs by name; scripts by nonce or hash.",
)
_MINOR: Final = ("object-src", "base-uri")


async def _verdicts(on: Engagement) -> Verdicts:
    seen = await pages(on)
    if not seen:
        yield NotApplicable(EVERYWHERE, "no page was seen")
        return
    by_flaw: dict[tuple[str, ...], list[int]] = {}
    for number, each in enumerate(seen):
        by_flaw.setdefault(weak(each.exchange.answer), []).append(number)
    better = next((seen[numbers[0]].exchange for what, numbers in by_flaw.items() if not what), None)
    control = better if better is not None else await nowhere(on)
    bad = [(what, numbers) for what, numbers in by_flaw.items() if what]
    if not bad:
        yield Clean(EVERYWHERE)
        return
    words = " ".join(
        f"At {listed([seen[number].route.key for number in numbers])}: {'; '.join(what)}." for what, numbers in bad
    )
    severity: Severity = "low" if all(is_minor(each) for what, _ in bad for each in what) else "medium"
    worst = seen[max(bad, key=lambda each: sum(not is_minor(what) for what in each[0]))[1][0]]
    yield Finding(EVERYWHERE, words, worst.exchange, (control,), worst.who.name, severity=severity)


def is_minor(weakness: str) -> bool:
    """Whether it opens something only together with something else."""
    return any(name in weakness for name in _MINOR)


ATTACK: Final = Attack(ABOUT, _verdicts)
