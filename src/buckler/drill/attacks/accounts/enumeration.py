"""D301: do answers tell which accounts there are?

1. At each door to sign in, a wrong password is sent for somebody who is there and for a name of the same shape that
   nobody has; at each door for a reset, both are asked for. Each twice, in turn, from addresses of their own.
2. Registering is asked last: a name that is taken, and a free one. What it tells is a finding of low weight, and only
   where no other door told it, since names are often public there; not where the app runs as on a developer's machine.
3. The control: what was asked twice and answered alike.
"""

import re
from typing import Final

from buckler.drill.arriving.asking import done, shown_by, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.accounts.doors import NOBODY_NEW, named, nobody_like, steps_back, steps_in, wrong_passwords
from buckler.drill.attacks.accounts.telling import difference
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.fields import Purpose
from buckler.drill.people.identity import Account, Identity
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D301",
    name="accounts told by answers",
    family="accounts",
    severity="medium",
    sends="Wrong passwords and requests for a reset, for an account that is there and for one that is not.",
    proves="Whoever asks learns which of his names have accounts, and guesses passwords of those alone.",
    cwe=(204,),
    owasp=("API2",),
    asvs=("6.3.8",),
    fix="Answer alike, by status, text and headers, whether or not there is such an account; tell the rest by letter.",
)


_LONG: Final = re.compile(r"\"([\w.~-]{20,})\"")
"""What may be a code or a token in an answer, which no report shows."""


async def _verdicts(on: Engagement) -> Verdicts:
    who = await on.cast.newcomers.arrive()
    if who is None or who.account is None:
        yield Untested(EVERYWHERE, NOBODY_NEW)
        return
    told, nobody = False, nobody_like(who.account)
    wrong = next(wrong_passwords(who.account))
    for step in steps_in(on):
        verdict = await _asked(on, step, "sign_in", who, (shown_by(who.account, wrong), shown_by(nobody, wrong)))
        told = told or isinstance(verdict, Finding)
        yield verdict
    for step in steps_back(on):
        verdict = await _asked(on, step, "ask_reset", who, (named(who.account), named(nobody)))
        told = told or isinstance(verdict, Finding)
        yield verdict
    register = on.cast.entry.register if on.cast.entry is not None else None
    if register is not None and on.may_send(register.route.method):
        yield await _registered(on, register, who, who.account, told=told)


async def _asked(
    on: Engagement, step: Step, purpose: Purpose, who: Identity, values: tuple[dict[Part, str], dict[Part, str]]
) -> Verdict:
    key, door = step.route.key, Knocking(on, step, purpose, patient=False)
    several = [await door.ask(each, without(who, on.fresh_address())) for each in (*values, *values)]
    for each in several:
        for secret in _LONG.findall(each.answer.text[:10_000]):
            on.secrets.keep(secret, "TOLD")
    if any(each.answer.unheard for each in several):
        return Untested(key, "an answer was a limit, or none", who.name)
    sent = {each for one in values for each in one.values()}
    return _verdict(key, several, difference((several[0], several[2]), (several[1], several[3]), sent), who)


def _verdict(key: str, several: list[Exchange], told: str | None, who: Identity) -> Verdict:
    if told is None:
        return Clean(key, who.name)
    words = f"An account that is there is told from one that is not, by {told}."
    return Finding(key, words, several[2], (several[0], several[1], several[3]))


async def _registered(on: Engagement, step: Step, who: Identity, account: Account, *, told: bool) -> Verdict:
    key = step.route.key
    if told or on.setting.development:
        why = "other doors tell it already" if told else "the app runs as on its developer's machine, and says so"
        return NotApplicable(key, why)
    door, several = Knocking(on, step, "register", patient=False), list[Exchange]()
    sent: set[object] = set()
    for number in (1, 2):
        for person in (account, nobody_like(account, number)):
            values: dict[Part, str] = {
                **named(person),
                "password": account.password,
                "password_again": account.password,
            }
            several.append(await door.ask(values, without(who, on.fresh_address())))
            sent |= set(values.values())
    if any(each.answer.unheard for each in several):
        return Untested(key, "an answer was a limit, or none")
    if not done(several[1].answer) or not done(several[3].answer):
        return Untested(key, f"a free name could not be registered: {several[1].answer.outcome}")
    found = difference((several[0], several[2]), (several[1], several[3]), sent)
    if found is None:
        return Clean(key)
    words = f"Registering tells whether a name is taken, by {found}."
    return Finding(key, words, several[2], (several[0], several[1], several[3]), severity="low")


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
