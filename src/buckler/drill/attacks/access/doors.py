"""Doors: routes for those who are not signed in yet, or who write to the app from outside.

What is known of how people come in decides first. Words decide only where they are whole, name no object, and the
document asks for no credential: contacts are no contact form, and conversions are no version. What sounds public is
asked all the same where asking does no harm, and nothing that words alone decided is said to have been judged.
"""

import re
from typing import Final

from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route

SOUNDS_PUBLIC: Final = "the path sounds public"
"""Why nothing is said of a route, where its words are all that speaks for it."""
_COMES_IN: Final = frozenset(
    (
        *("login", "signin", "signup", "register", "registration", "forgot", "forgotten", "recover", "recovery"),
        *("reset", "verify", "verification", "confirm", "confirmation", "magic", "unsubscribe"),
    )
)
"""Words of those who come in, or answer a message with what stood in it. One part of `reset-password` is enough."""
_OUTSIDE: Final = frozenset(
    (
        *("health", "healthz", "healthcheck", "health-check", "ping", "status", "version", "docs", "redoc", "openapi"),
        *("contact", "contact-us", "contact-form", "feedback", "newsletter", "subscribe", "webhook", "well-known"),
        *("csrf", "captcha", "public"),
    )
)
"""Whole parts of a path: what machines ask, and what strangers write to."""
_SPLIT: Final = re.compile(r"\b(log|sign)-(in|up)\b")
_ENDING: Final = re.compile(r"\.[a-z]+$")
_PHRASE: Final = re.compile(r"/invit(ation|e)s?/([^/]+/)?(accept|decline|join)|/(web)?hooks/(?!\{)", re.IGNORECASE)
_NO_OBJECT: Final = re.compile(
    r"token|code|secret|hash|signature|nonce|otp|provider|backend|channel|(^|_)key$", re.IGNORECASE
)
"""Names in a path of what a message held, or of who sends: none of them names an object."""


def is_way_in(on: Engagement, route: Route) -> bool:
    """Whether people come in, go or come back by a route, as far as it is known how they do."""
    return on.cast.entry is not None and route.key in on.cast.entry.routes


def is_door(route: Route) -> bool:
    """Whether its words say that people come in here, or answer a message: they show a secret in place of a caller."""
    if route.secured:
        return False
    if _PHRASE.search(route.path):
        return True
    return _names_no_object(route) and any(
        _COMES_IN.intersection(parts) or parts[-1] == "token" for parts in (part.split("-") for part in _parts(route))
    )


def sounds_public(route: Route) -> bool:
    """Whether its words say that anybody is meant to ask: a door, what machines ask, or what strangers write to."""
    if route.secured:
        return False
    parts = _parts(route)
    return is_door(route) or "public" in parts or (_names_no_object(route) and not _OUTSIDE.isdisjoint(parts))


def is_entrance(on: Engagement, route: Route) -> bool:
    """Whether a route is there for those who are not signed in yet, or for whoever writes to the app from outside."""
    return is_way_in(on, route) or sounds_public(route)


def _names_no_object(route: Route) -> bool:
    return not route.params or any(_NO_OBJECT.search(name) for name in route.params)


def _parts(route: Route) -> tuple[str, ...]:
    """The fixed parts of a path in one way of writing: `Sign_In.html` is `signin`."""
    fixed = (part.lower().lstrip(".").replace("_", "-") for part in route.segments if not part.startswith("{"))
    return tuple(_SPLIT.sub(r"\1\2", _ENDING.sub("", part)) for part in fixed)
