"""D106: do answers carry what nobody asked for?

1. Every answer of a route that reads is looked through, as somebody who may: fields that sound secret and hold a value.
2. Passwords that this drill itself has set are looked for everywhere, whatever the field is called.
3. Where the document says which fields there are, others beside are told too.
4. What an entrance hands out (tokens, keys that were just made) is meant to be there. A password is not, nor what it
   is kept as: answers to changes, to registering and to signing in are looked through for those (`told_back.py`).
"""

import re
from typing import Final, cast

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Severity, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.controls import first_control, who_may
from buckler.drill.attacks.access.doors import SOUNDS_PUBLIC, is_door, is_way_in
from buckler.drill.attacks.access.evidence import fields_in, tells_password
from buckler.drill.attacks.access.told_back import CHANGES, told_back
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import control_for
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D106",
    name="answers tell too much",
    family="access",
    severity="high",
    sends="Requests that read, as somebody who may; and some that change something, register and sign in.",
    proves="An answer carries a secret, or fields that the document does not know.",
    cwe=(201, 213),
    owasp=("API3",),
    asvs=("15.3.1", "14.2.6"),
    fix="Answer with a model of its own that names each field: `response_model`, and no row of the database.",
)
_SECRET: Final = re.compile(
    r"^(hashed_|encrypted_|plain_)?(password|passwd|pwd|pw)(_?hash|_?salt|_digest)?$|^(pass(word)?_?)?hash$|^salt$|^pin(_code)?$"
    r"|(totp|otp|mfa|client|webhook|signing|api)_?secret$|^secret(_key|_answer)?$|private_?key|^api_?key$|^(cvv|cvc)$|^ssn$"
    r"|(reset|refresh|verification|recovery|invite)_?(token|code)$|(^|_)(key|token|pin|code|pass\w*|pw|secret)_?(hash|digest)$",
    re.IGNORECASE,
)
_PATH: Final = re.compile(r"^(/|~/|[A-Za-z]:\\)")
"""What a variable of the environment that is called PWD holds: where the process is, and no password."""
_ENVIRONMENT: Final = frozenset(
    ("PATH", "HOME", "PWD", "LANG", "SHELL", "USER", "HOSTNAME", "PYTHONPATH", "VIRTUAL_ENV")
)
_FEW: Final = 3
_READ: Final = frozenset(("GET", "TRACE"))
_MASKED: Final = re.compile(r"^[*•x.\s]{2,}|^\$?\*+|redacted|hidden", re.IGNORECASE)


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        if route.method in _READ:
            yield await _judge(on, route)
    # What changes something may need somebody new for it, which takes long where passwords are checked well.
    for route in on.routes:
        if route.method in CHANGES:
            yield await told_back(on, route)


async def _judge(on: Engagement, route: Route) -> Verdict:
    if is_way_in(on, route) or route.is_documentation:
        return NotApplicable(route.key, "people come in here")
    callers = who_may(on, route) or (ANONYMOUS,)
    control = await first_control(on, route, callers)
    if isinstance(control, Untested):
        anybody = await control_for(on, route, ANONYMOUS)
        if isinstance(anybody, Untested):
            return control
        control = anybody, ANONYMOUS
    exchange, who = control
    own = frozenset(text for each in on.pool.made_by(who) for text in each.sent)
    words = _password_in(on, exchange) or secret_in(exchange, own) or _beyond(on, route, exchange)
    if words is not None and words == secret_in(exchange, own) and is_door(route):
        return Untested(route.key, f"{SOUNDS_PUBLIC}, though: {words}", who.name)
    if words is None:
        return Clean(route.key, who.name)
    severity: Severity | None = "low" if words.startswith("The document") else None
    return Finding(route.key, words, exchange, (exchange,), who.name, severity=severity)


def _password_in(on: Engagement, exchange: Exchange) -> str | None:
    for person in on.cast.people:
        if person.account is not None and tells_password(exchange.answer, person.account.password):
            return f"The password of {person.name} stands in the answer."
    return None


def secret_in(exchange: Exchange, own: frozenset[str] = frozenset()) -> str | None:
    """That a field has the name of a secret and a value, in words; None where none has but what the caller sent."""
    for name, value in fields_in(exchange.answer.json()):
        has_value = isinstance(value, str | int) and not isinstance(value, bool) and bool(str(value))
        if has_value and str(value) not in own and _SECRET.search(name) and not _means_nothing(name, str(value)):
            return f"The answer has a field {name}, with a value."
    names = {name for name, value in fields_in(exchange.answer.json()) if isinstance(value, str)} & _ENVIRONMENT
    if "PATH" in names and len(names) >= _FEW:
        return f"The answer has the environment of the process: {', '.join(sorted(names))} and more."
    return None


def _means_nothing(name: str, value: str) -> bool:
    return bool(_MASKED.search(value)) or (name.lower() == "pwd" and bool(_PATH.search(value)))


def _beyond(on: Engagement, route: Route, exchange: Exchange) -> str | None:
    """Fields that the document does not name, where it names any and leaves no room for more."""
    schemas = on.setting.document.schemas
    schema, answered = schemas.choices(route.answer())[0], exchange.answer.json()
    if schema.get("type") == "array":
        schema = schemas.choices(schema.get("items", {}))[0]
        answered = next(iter(cast("list[object]", answered)), None) if isinstance(answered, list) else None
    known = schemas.fields(schema)
    if not known or not isinstance(answered, dict) or schema.get("additionalProperties"):
        return None
    more = sorted(set(cast("dict[str, object]", answered)) - set(known))
    return f"The document does not know what the answer has: {', '.join(more)[:100]}." if more else None


ATTACK: Final = Attack(ABOUT, _verdicts)
