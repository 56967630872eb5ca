"""Whether a key is let in after its owner exchanged it for another, at a route that is there for that."""

import re
from dataclasses import replace
from typing import Final

from buckler.drill.attack import Clean, Finding, Untested, Verdict
from buckler.drill.attacks.tokens.credentials import Credential
from buckler.drill.attacks.tokens.probe import probe_for
from buckler.drill.engagement import Engagement
from buckler.drill.people.handed import handed
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import prepared

_EXCHANGES: Final = re.compile(
    r"(rotate|regenerate|renew|roll|reset)([-_/]?(api[-_]?)?(key|token|secret))?/?$|/(me|self|account|profile)/(api[-_]?)?key/?$",
    re.IGNORECASE,
)
"""Not where keys are added: there may be several then, and the old ones stay good."""
_KEY: Final = re.compile(r"key|token|secret", re.IGNORECASE)


def exchanges(on: Engagement) -> Route | None:
    """The route, where there is one."""
    return next(
        (
            each
            for each in on.routes
            if each.method in ("POST", "PUT")
            and not each.params
            and _EXCHANGES.search(each.path)
            and _KEY.search(each.path)
        ),
        None,
    )


async def exchanged(on: Engagement, route: Route, shown: Credential) -> Verdict | None:
    """Exchange the key of somebody new, and show the old one; None where no other key is given."""
    who, key = shown.who, route.key
    probe = await probe_for(on, who)
    draft = await prepared(on, route, who)
    if isinstance(probe, Untested) or isinstance(draft, Untested):
        return probe if isinstance(probe, Untested) else draft if isinstance(draft, Untested) else None
    before = await probe.ask(on, who)
    out = await on.ask(draft.request(), who)
    token = handed(out.answer).token
    if not token or token == shown.token or not probe.lets_in(before.answer):
        return None
    on.secrets.keep(token, "KEY_EXCHANGED")
    good = await probe.ask(on, replace(shown.with_token(token, who.address), name=who.name))
    if not probe.lets_in(good.answer):
        return Untested(key, "the key that was given is not let in", who.name)
    after = await probe.ask(on, who)
    if not probe.lets_in(after.answer):
        return Clean(key, who.name)
    words = "The key is let in after it was exchanged for another."
    return Finding(key, words, after, (before, out, good), who.name, severity="medium")
