"""What answers to changes tell of a password: routes that take POST, PUT or PATCH, and the doors of those who come.

1. An answer may repeat what its sender wrote. A password that keeps an account is nobody's to tell, not even there.
2. What a password is kept as (a hash, a salt) counts by its name, and by its looks where the field is a password.
3. Tokens, keys and codes that were just made are what such an answer is there for.
"""

import re
from typing import Final

from buckler.drill.arriving.asking import done, shown_by, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import Clean, Finding, NotApplicable, Untested, Verdict
from buckler.drill.attacks.access.controls import first_control, who_may
from buckler.drill.attacks.access.doors import is_way_in
from buckler.drill.attacks.access.evidence import fields_in, tells_password
from buckler.drill.attacks.access.newcomer import Registry
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.route import Route
from buckler.drill.transport.answer import Answer, Exchange

CHANGES: Final = frozenset(("POST", "PUT", "PATCH"))
_KEPT: Final = re.compile(
    r"^(hashed|encrypted)_?(password|passwd|pwd|pw)$|^(password|passwd|pwd|pw|pin)_?(hash(ed)?|salt|digest)$"
    r"|^(pass(word)?_?)?hash$|^salt$",
    re.IGNORECASE,
)
_PASSWORD: Final = re.compile(r"^(password|passwd|pwd|pw)$", re.IGNORECASE)
_LOOKS_KEPT: Final = re.compile(
    r"^\$(2[abxy]|argon2\w*|5|6|1|scrypt|pbkdf2[\w-]*)\$|^(pbkdf2|scrypt)[_:$]|^[0-9a-f]{32}$|^[0-9a-f]{40}$|^[0-9a-f]{64}$"
)


async def told_back(on: Engagement, route: Route) -> Verdict:
    """Whether the answer to a change has a password, or what one is kept as."""
    if is_way_in(on, route):
        return await _at_the_door(on, route)
    control = await first_control(on, route, who_may(on, route) or (ANONYMOUS,))
    if isinstance(control, Untested):
        return control
    exchange, who = control
    return _judged(route, exchange, _kept_in(exchange.answer) or _of_somebody(on, exchange), who.name)


async def _at_the_door(on: Engagement, route: Route) -> Verdict:
    """What registering answers a newcomer, and signing in somebody who is known; the other doors are left alone."""
    entry = on.cast.entry
    register = entry.register if entry is not None else None
    if register is not None and route.key == register.route.key:
        made = await Registry(on).plain()
        if made is None or not done(made.exchange.answer):
            return Untested(route.key, on.cast.missing.get("people", "nobody could be registered with the form alone"))
        words = _kept_in(made.exchange.answer)
        if words is None and made.password and tells_password(made.exchange.answer, made.password):
            words = "The password that was just chosen stands in the answer."
        return _judged(route, made.exchange, words, ANONYMOUS.name)
    who = next((each for each in on.cast.people if each.account is not None), None)
    if entry is None or route.key != entry.sign_in.route.key or who is None or who.account is None:
        return NotApplicable(route.key, "people come in here")
    asked = await Knocking(on, entry.sign_in, "sign_in").ask(shown_by(who.account), without(who, on.fresh_address()))
    if not done(asked.answer):
        return Untested(route.key, f"{who.name} could not sign in once more: {asked.answer.outcome}", who.name)
    words = _kept_in(asked.answer)
    if words is None and tells_password(asked.answer, who.account.password):
        words = f"The password of {who.name} stands in the answer."
    return _judged(route, asked, words, who.name)


def _kept_in(answer: Answer) -> str | None:
    """That a field holds what a password is kept as, in words; None where none does."""
    for name, value in fields_in(answer.json()):
        if isinstance(value, str) and value and (_KEPT.search(name) or _looks_kept(name, value)):
            return f"The answer has a field {name}, with what a password is kept as."
    return None


def _looks_kept(name: str, value: str) -> bool:
    return bool(_PASSWORD.search(name) and _LOOKS_KEPT.search(value))


def _of_somebody(on: Engagement, exchange: Exchange) -> str | None:
    """That the password of somebody stands in the answer, who did not just send it."""
    sent = exchange.request.body.decode("latin-1")
    for person in on.cast.people:
        password = person.account.password if person.account is not None else ""
        if password and password not in sent and tells_password(exchange.answer, password):
            return f"The password of {person.name} stands in the answer."
    return None


def _judged(route: Route, exchange: Exchange, words: str | None, name: str) -> Verdict:
    return Clean(route.key, name) if words is None else Finding(route.key, words, exchange, (exchange,), name)
