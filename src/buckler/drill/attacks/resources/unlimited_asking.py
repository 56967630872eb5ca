"""D505: may one address ask without end for accounts, for letters, for codes?

1. Routes that make an account, or send a letter to whoever is named, are asked forty times from one address, each time
   for another name.
2. Where none of that was refused, letters are asked for forty times for one account. Where letters can be read, they
   are counted: an app may send no more than a few and not say so.
3. It counts where all were answered as the first one was. Any refusal that the first did not get is a brake: 429, 403,
   503, or a puzzle. The control is the first request.
4. A limit that was met counts for nothing where whoever names other addresses in `X-Forwarded-For` passes it.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from typing import Final

from buckler.drill.arriving.knocking import Knocking
from buckler.drill.arriving.registering import Registering
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.fields import parts_of
from buckler.drill.people.filling import schema_of
from buckler.drill.people.identity import Identity
from buckler.drill.people.invented import Person
from buckler.drill.people.letters import Letterbox
from buckler.drill.plan.route import Route
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D505",
    name="credential routes without any limit",
    family="resources",
    severity="medium",
    sends="Forty requests from one address to each route that makes an account or sends a letter.",
    proves="One machine fills the app with accounts, or the mailboxes of others with its letters.",
    cwe=(770, 799),
    owasp=("API4", "API6"),
    asvs=("2.4.1", "6.3.1"),
    fix="Limit by the address of the client and by the account that is named: `Limit('5/minute')`.",
)
TIMES: Final = 40
_NAMED: Final = 3
"""Addresses that nobody has (RFC 5737), and that are named all the same."""
_SENDS: Final = re.compile(
    r"forgot|recover|lost|reset|resend|magic|one-?time|otp|passwordless|(request|send|ask|get|new)[_/-]?(code|link|token)"
    r"|code$|verif(y|ication)[_/-]?(e-?mail|send|request)|sign-?in[_/-]?link",
    re.IGNORECASE,
)


async def _verdicts(on: Engagement) -> Verdicts:
    entry = on.cast.entry
    register = entry.register if entry is not None else None
    routes = [] if not on.may_send("POST") else [each for each in on.routes if sends_letters(on, each)]
    if register is None and not routes:
        yield NotApplicable(EVERYWHERE, "no route makes an account or sends a letter, as far as its words say")
        return
    if register is not None and not on.may_send(register.route.method):
        why = f"{register.route.method} changes something, and --writes was not given"
        yield Untested(register.route.key, why)
    elif register is not None:
        yield await _registering(on, register)
    for route in routes:
        if register is None or route.key != register.route.key:
            yield await _asking(on, route)


def sends_letters(on: Engagement, route: Route) -> bool:
    """Whether anybody may have a letter sent to whoever is named: it takes a name, and neither code nor password."""
    entry = on.cast.entry
    if entry is not None and entry.ask_reset is not None and entry.ask_reset.route.key == route.key:
        return True
    if route.method != "POST" or route.params or route.secured or not _SENDS.search(route.path):
        return False
    parts = parts_of(route, on.setting.document.schemas, "reset")
    return bool({"name", "email"} & set(parts)) and not {"code", "password", "new_password"} & set(parts)


async def _registering(on: Engagement, register: Step) -> Verdict:
    who = Identity("crowd", address=on.fresh_address())
    registering = Registering(on, Knocking(on, register, "register"))
    if await registering.make(who) is None:
        return Untested(register.route.key, f"no account could be made: {registering.why}", who.name)
    registering.door.patient = False
    asked: list[Exchange] = []
    for _ in range(TIMES):
        made = await registering.make(who)
        if registering.last is not None:
            asked.append(registering.last)
        if made is None:
            return await _by_other_names(registering, who) or Clean(register.route.key)
    words = f"{len(asked)} accounts were made from one address, and none was refused."
    return Finding(register.route.key, words, asked[-1], (asked[0],))


async def _by_other_names(registering: Registering, who: Identity) -> Finding | None:
    """The finding, where the limit of an address is passed by naming others, and stands for the address itself."""
    door, refusal = registering.door, registering.last
    if refusal is None or not refusal.answer.limited:
        return None
    for number in range(1, _NAMED + 1):
        door.more = (("X-Forwarded-For", f"203.0.113.{number}"),)
        if await registering.make(who) is None:
            return None
    passed, door.more = registering.last, ()
    made, again = await registering.make(who), registering.last
    if made is not None or passed is None or again is None or not again.answer.limited:
        return None
    words = "The limit of an address is passed by whoever names other addresses in X-Forwarded-For."
    return Finding(door.step.route.key, words, passed, (refusal, again), place="header X-Forwarded-For")


async def _asking(on: Engagement, route: Route) -> Verdict:
    address = on.fresh_address()
    asked: list[Exchange] = []
    async for exchange in _asked(on, route, None, address):
        asked.append(exchange)
        if not asked[0].answer.worked:
            return Untested(route.key, f"a plain request was answered with {exchange.answer.outcome}")
        if exchange.answer.meant != asked[0].answer.meant:
            return Clean(route.key)
    if await _is_quiet(on, route, address):
        return Clean(route.key)
    words = f"{len(asked)} letters were asked for from one address, and none was refused."
    return Finding(route.key, words, asked[-1], (asked[0],))


async def _is_quiet(on: Engagement, route: Route, address: str) -> bool:
    """Whether the app stops sending letters to one account: by a refusal, or by sending none."""
    newcomer = await on.cast.newcomers.arrive()
    if newcomer is None or newcomer.account is None:
        return False
    to = newcomer.account.email or newcomer.account.name
    box = Letterbox(on.cast.letters, on.setting.logged)
    before = len(box.letters_to(to))
    first: Exchange | None = None
    async for exchange in _asked(on, route, newcomer, address):
        first = first or exchange
        if exchange.answer.meant != first.answer.meant:
            return True
    sent = len(box.letters_to(to)) - before
    return 0 < sent < TIMES // 2


async def _asked(on: Engagement, route: Route, who: Identity | None, address: str) -> AsyncGenerator[Exchange]:
    """Requests for a letter: to this account, else each to somebody nobody met before."""
    door = Knocking(on, _step(on, route), "ask_reset", patient=False)
    for number in range(TIMES):
        exchange = await door.ask(_named(on, door.step, who), Identity("crowd", address=address))
        yield exchange
        if number == 0 and not exchange.answer.worked:
            return


def _named(on: Engagement, step: Step, who: Identity | None) -> Mapping[Part, str]:
    if who is not None and who.account is not None:
        return {"name": who.account.name, "email": who.account.email or who.account.name}
    person, schemas = Person.anew({}), on.setting.document.schemas
    return {
        "name": person.name(schema_of(step, "name", schemas)),
        "email": person.email(schema_of(step, "email", schemas)),
    }


def _step(on: Engagement, route: Route) -> Step:
    known = on.cast.entry.ask_reset if on.cast.entry is not None else None
    if known is not None and known.route.key == route.key:
        return known
    return Step(route, parts_of(route, on.setting.document.schemas, "ask_reset"))


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True, signs_in=True)
