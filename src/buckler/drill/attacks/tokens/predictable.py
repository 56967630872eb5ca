"""D210: can the next token, key or code be guessed from those before?

1. Whatever opens something by itself is collected a few times: what signing in gives, at each door, and what routes
   answer in a field that is called a key, a token, a session or a code.
2. It counts where they count up, are digests of small numbers or of the time, or differ in so few places that the rest
   is guessed. The ids of plain objects may count up: what protects those is who may (D103), not that nobody knows them.
3. A token that is the name of its owner, or is made of it, is made for another account, and shown (`told_tokens.py`).
4. Tokens that are signed are left out: the signature is what cannot be guessed. Of what is the same each time nothing
   is told.
5. The control: each was given out by the target, in a request that worked.
"""

import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import unquote_plus

from buckler.clock import SystemClock
from buckler.drill.arriving.asking import done, shown_by, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import (
    EVERYWHERE,
    About,
    Attack,
    Clean,
    Finding,
    NotApplicable,
    Severity,
    Untested,
    Verdict,
    Verdicts,
)
from buckler.drill.attacks.tokens.clockwork import Moment, made_of_the_clock
from buckler.drill.attacks.tokens.credentials import credentials
from buckler.drill.attacks.tokens.guesswork import Prediction, Untold, easily_guessed
from buckler.drill.attacks.tokens.told_tokens import told_token
from buckler.drill.engagement import Engagement
from buckler.drill.people.doors import sign_ins
from buckler.drill.people.entry import Step
from buckler.drill.people.fields import parts_of
from buckler.drill.people.handed import cookies_of
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import drafted_control
from buckler.drill.preparing.spare import with_session
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.compact import read_compact

ABOUT: Final = About(
    id="D210",
    name="predictable tokens",
    family="tokens",
    severity="critical",
    sends="The same few sign-ins and requests for keys, several times.",
    proves="The next session, key or code can be computed, or guessed, from the one before.",
    cwe=(330, 340),
    owasp=("API2",),
    asvs=("7.2.3", "11.5.1"),
    fix="Take every secret from `secrets.token_urlsafe(32)`: 256 random bits, with nothing of a counter or a clock.",
)
_COMPUTED: Final = 16
_WITHIN_REACH: Final = 40
"""Bits. What has fewer is guessed over a network."""
_SAMPLES: Final = 6
_DOORS: Final = 3
_ROUTES: Final = 6
_CAPABILITY: Final = re.compile(
    r"(^|_)(api_?key|access_?key|key|token|secret|session(_?id)?|sid|code|voucher|coupon|invite|ticket)$"
)
_TYPED: Final = re.compile(r"(code|voucher|coupon|invite|ticket)$", re.IGNORECASE)
_NO_CAPABILITY: Final = re.compile(
    r"referr|csrf|xsrf|country|postal|zip|status|error|currency|language|lang|device|primary|foreign|public|type"
)
_OPAQUE_COOKIE: Final = re.compile(r"csrf|xsrf|lang|theme|consent", re.IGNORECASE)


@dataclass(slots=True)
class _Given:
    """What one route gave out, by the name of the field or cookie, in its order."""

    values: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    moments: dict[str, list[Moment]] = field(default_factory=dict[str, list[Moment]])
    last: Exchange | None = None
    before: Exchange | None = None

    def take(self, exchange: Exchange, on: Engagement, who: Identity, since: float) -> None:
        """Add what stands in an answer that has just come, for `who`. It was asked for after `since`.

        How long the answer took says less: on a busy machine time goes by between its coming and our looking.
        """
        now, names = SystemClock.now(), tuple(filter(None, _names_of(who)))
        self.before, self.last = self.last or exchange, exchange
        for name, value in _given(exchange):
            self.values.setdefault(name, []).append(value)
            self.moments.setdefault(name, []).append(Moment(value, since, now, names))
            on.secrets.keep(value, "GIVEN")


async def _verdicts(on: Engagement) -> Verdicts:
    told = await told_token(on)
    if told is not None:
        yield told
    nothing = told is None
    async for key, given, who in _collected(on):
        nothing = False
        verdict = _judged(key, given, who)
        if not (isinstance(told, Finding) and isinstance(verdict, Untested)):
            yield verdict
    if nothing and any(each.parts is not None for each in credentials(on)):
        yield NotApplicable(EVERYWHERE, "what signing in gives is signed, and nothing else is given out")
    elif nothing:
        yield Untested(EVERYWHERE, "nothing that opens something by itself could be had several times")


def _judged(key: str, given: _Given, who: str) -> Verdict:
    fitting = {name: several for name, several in given.values.items() if len(several) >= _SAMPLES // 2 + 1}
    if not fitting or given.last is None or given.before is None:
        return NotApplicable(key, "it gives nothing out that is not signed, and new each time", who)
    untold = ""
    for name, several in fitting.items():
        found = easily_guessed(several)
        if isinstance(found, Untold):
            untold = untold or f"{name}: {found.reason}"
        # People type codes, so those are short: what keeps them is how often one may try (D307).
        elif isinstance(found, Prediction) and (found.bits < _COMPUTED or not _TYPED.search(name)):
            words = f"Of {len(several)} values of {name} the next can be guessed: {found.words}."
            severity: Severity = "critical" if found.bits < _WITHIN_REACH else "medium"
            return Finding(key, words, given.last, (given.before,), who, name, severity)
        if made_of_the_clock(given.moments[name]):
            words = f"Values of {name} are digests of the moment at which they were given out."
            return Finding(key, words, given.last, (given.before,), who, name, "high")
    return Untested(key, untold, who) if untold else Clean(key, who)


def _names_of(who: Identity) -> tuple[str, ...]:
    return (who.account.name, who.account.email) if who.account is not None else ()


async def _collected(on: Engagement) -> AsyncGenerator[tuple[str, _Given, str]]:
    who = await with_session(on)
    if who is not None:
        for step in _doors(on):
            given = await _by_signing_in(on, step, who)
            if given.last is not None:
                yield step.route.key, given, who.name
    sender = who or next(iter(on.cast.people), None)
    if sender is None:
        return
    for route in _givers(on):
        given = await _by_asking(on, route, sender)
        if given.last is not None:
            yield route.key, given, sender.name


def _doors(on: Engagement) -> Iterator[Step]:
    entry = on.cast.entry
    known = [entry.sign_in] if entry is not None else []
    yield from known
    others = [each for each in sign_ins(on.setting.document) if each.key not in {step.route.key for step in known}]
    for route in others[: _DOORS - 1]:
        yield Step(route, parts_of(route, on.setting.document.schemas, "sign_in"))


async def _by_signing_in(on: Engagement, step: Step, who: Identity) -> _Given:
    given = _Given()
    entry = on.cast.entry
    used = entry is not None and step.route.key == entry.sign_in.route.key
    if who.account is None or not (used or on.may_send(step.route.method)):
        return given
    for _ in range(_SAMPLES):
        since = SystemClock.now()
        exchange = await Knocking(on, step, "sign_in").ask(shown_by(who.account), without(who, on.fresh_address()))
        if not done(exchange.answer) or not list(_given(exchange)):
            break
        given.take(exchange, on, who, since)
    return given


async def _by_asking(on: Engagement, route: Route, who: Identity) -> _Given:
    given = _Given()
    for _ in range(_SAMPLES):
        since = SystemClock.now()
        found = await drafted_control(on, route, who)
        if isinstance(found, Untested) or not list(_given(found[1])):
            break
        given.take(found[1], on, who, since)
    return given


def _givers(on: Engagement) -> list[Route]:
    """Routes whose answers open something by themselves, as far as the document says or the drill saw."""
    left_alone = on.cast.entry.routes if on.cast.entry is not None else frozenset[str]()
    doors = {each.key for each in sign_ins(on.setting.document)}
    found = [
        route
        for route in on.routes
        if route.method == "POST" and route.key not in left_alone | doors and _promises(on, route)
    ]
    return found[:_ROUTES]


def _promises(on: Engagement, route: Route) -> bool:
    leaves = on.setting.document.schemas.leaves(route.answer())
    if any(way and _is_capability(way[-1]) for way, _ in leaves):
        return True
    return any(each.route == route.key and any(map(_is_capability, each.fields)) for each in on.pool.objects)


def _given(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """What an answer gives out; what it only repeats of the request is left out."""
    answer, body = exchange.answer, exchange.request.body.decode("latin-1")
    sent = f"{body} {unquote_plus(body)} {unquote_plus(exchange.request.target)}"
    if not done(answer):
        return
    for name, value in cookies_of(answer).items():
        if not _OPAQUE_COOKIE.search(name) and not _is_signed(value):
            yield f"the cookie {name}", value.strip('"')
    yield from ((name, value) for name, value in _fields(answer.json(), 0) if value not in sent)


def _fields(value: object, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Mapping) or depth > 3:
        return
    for name, each in cast("Mapping[str, object]", value).items():
        if isinstance(each, Mapping):
            yield from _fields(cast("object", each), depth + 1)
        elif _is_text(each) and _is_capability(name) and not _is_signed(str(each)):
            yield name, str(each)


def _is_text(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) > 1


def _is_signed(value: str) -> bool:
    """Whether it is a token of three parts, or a cookie with a signature."""
    return read_compact(value) is not None or bool(re.fullmatch(r"\"?[\w=-]+\.[\w-]{6}\.[\w-]{27}\"?", value))


def _is_capability(name: str) -> bool:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("-", "_")
    return bool(_CAPABILITY.search(plain)) and not _NO_CAPABILITY.search(plain)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
