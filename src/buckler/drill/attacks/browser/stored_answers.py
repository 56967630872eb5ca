"""D608: may answers that are somebody's own be kept by browsers and proxies?

1. Answers that anybody is refused, and that name whoever asked (address, name, password) or say who is calling, are
   personal. Others are not judged.
2. It counts where Cache-Control lets anybody keep one: `public`, `s-maxage`, or `max-age` without `private`. It is low
   where nothing at all is said.
3. The control is the refusal of anybody.
"""

import re
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Severity, Verdicts
from buckler.drill.attacks.browser.sweep import Seen, sweep
from buckler.drill.attacks.together import listed
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.transport.answer import Answer

ABOUT: Final = About(
    id="D608",
    name="personal answers may be stored",
    family="browser",
    severity="medium",
    sends="Requests for what is somebody's own.",
    proves="Whoever uses the browser or the proxy next reads what the last one was told.",
    cwe=(525, 524),
    owasp=("API8",),
    asvs=("14.3.2", "14.2.2"),
    fix="Send `Cache-Control: no-store` with whatever was asked for with a credential.",
)
_LIVES: Final = re.compile(r"(?:s-maxage|max-age)\s*=\s*\"?([1-9]\d*)")
_MOST: Final = 12
"""Answers that are looked at."""


async def _verdicts(on: Engagement) -> Verdicts:
    personal = [each for each in await sweep(on) if is_personal(on, each)][:_MOST]
    checked = [(each, await on.ask(each.exchange.request, ANONYMOUS)) for each in personal]
    own = [(each, refusal) for each, refusal in checked if refusal.answer.refused]
    if not own:
        yield NotApplicable(EVERYWHERE, "no answer is known that is somebody's own")
        return
    shared = [pair for pair in own if may_be_shared(pair[0].exchange.answer)]
    silent = [pair for pair in own if says_nothing(pair[0].exchange.answer)]
    for pairs, words in ((shared, "Proxies may keep"), (silent, "Nothing is said of keeping")):
        if pairs:
            seen, refusal = pairs[0]
            said = f"{words} what is somebody's own: {listed([each.route.key for each, _ in pairs])}."
            severity: Severity = "medium" if pairs is shared else "low"
            yield Finding(EVERYWHERE, said, seen.exchange, (refusal,), seen.who.name, severity=severity)
            return
    yield Clean(EVERYWHERE)


def is_personal(on: Engagement, seen: Seen) -> bool:
    """Whether an answer names whoever asked, or says who that is."""
    account = seen.who.account
    if account is None:
        return False
    me = on.cast.entry.me if on.cast.entry is not None else None
    names = [each for each in (account.email, account.name, account.password) if len(each) > 4]
    return (me is not None and me.key == seen.route.key) or any(each in seen.exchange.answer.text for each in names)


def may_be_shared(answer: Answer) -> bool:
    """Whether a cache that many use may keep it (RFC 9111 section 3)."""
    said = ", ".join(answer.all("cache-control")).lower()
    if re.search(r"no-store|private|no-cache", said):
        return False
    return "public" in said or bool(_LIVES.search(said))


def says_nothing(answer: Answer) -> bool:
    """Whether nothing is said of keeping it."""
    return not any(answer.header(name) for name in ("cache-control", "pragma", "expires"))


ATTACK: Final = Attack(ABOUT, _verdicts)
