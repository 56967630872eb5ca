"""D304: can strangers keep the owner out?

1. Somebody new signs in; strangers, from several addresses, send wrong passwords for the account; then the owner signs
   in from the address, and with the mark of the device, that it had before.
2. It counts where the owner is refused, and not only asked to wait: a limit that is met is no lock, unless it keeps
   the owner out for a quarter of an hour and longer.
3. Where the door has no limit at all (D303), it has no lock either. By URL all requests have one address, so nothing
   can be told.
4. The control: the same sign-in of the owner worked before.
"""

import re
from dataclasses import replace
from typing import Final

from buckler.drill.arriving.asking import shown_by, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.accounts.doors import NO_SIGN_IN, NOBODY_NEW, has_entered, steps_in, wrong_passwords
from buckler.drill.attacks.accounts.guessing import is_unlimited
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Step
from buckler.drill.people.identity import Account, Identity
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Fields

ABOUT: Final = About(
    id="D304",
    name="strangers lock the owner out",
    family="accounts",
    severity="medium",
    sends="Wrong passwords from several addresses, and then the right one from its owner's.",
    proves="Whoever knows a name keeps its owner out, for as long as he likes.",
    cwe=(645,),
    owasp=("API2", "API4"),
    asvs=("6.3.1",),
    fix="Slow strangers down instead of locking the account, and let devices pass that signed in before.",
)
_TRIES: Final = 20
_OF_ONE: Final = 4
"""Tries from one address."""
_LOCKED: Final = (403, 423, 429, 503)
_SHORT: Final = 60
"""Seconds that an owner may be asked to wait."""
_LONG: Final = 900
"""Seconds after which a wait is a lock."""
_DEVICE: Final = re.compile(r"device|remember|trust|known", re.IGNORECASE)


async def _verdicts(on: Engagement) -> Verdicts:
    steps = steps_in(on)
    if not on.sender.has_addresses:
        yield Untested(EVERYWHERE, "all requests come from one address, so strangers are not told from the owner")
        return
    if not steps:
        yield Untested(EVERYWHERE, NO_SIGN_IN)
    for step in steps:
        yield Clean(step.route.key) if is_unlimited(on, step) else await _judge(on, step)


async def _judge(on: Engagement, step: Step) -> Verdict:
    key, who = step.route.key, await on.cast.newcomers.arrive()
    if who is None or who.account is None:
        return Untested(key, NOBODY_NEW)
    owner = Knocking(on, _with_device(step, who), "sign_in", patient=False, more=_marks(who))
    before = await owner.ask(shown_by(who.account), without(who))
    wrong = await _strangers(on, step, who, who.account)
    if not has_entered(before.answer, wrong.answer):
        return Untested(key, f"the right password does not open it: {before.answer.outcome}", who.name)
    after = await owner.ask(shown_by(who.account), without(who))
    if has_entered(after.answer, wrong.answer) or _is_short(after.answer):
        return Clean(key, who.name)
    if (after.answer.limited and not _is_long(after.answer)) or after.answer.broke:
        return Untested(key, f"the owner met a limit: {_said(after.answer)}", who.name)
    words = f"After wrong passwords of strangers the owner is refused with the right one: {_said(after.answer)}."
    return Finding(key, words, after, (before, wrong), who.name)


async def _strangers(on: Engagement, step: Step, who: Identity, account: Account) -> Exchange:
    """Wrong passwords from several addresses, until the answers say that no more are taken; the first answer."""
    door, several = Knocking(on, step, "sign_in", patient=False), list[Exchange]()
    address, refused = on.fresh_address(), 0
    for number, wrong in zip(range(_TRIES), wrong_passwords(account), strict=False):
        address = on.fresh_address() if number % _OF_ONE == 0 else address
        several.append(await door.ask(shown_by(account, wrong), without(who, address)))
        answer = several[-1].answer
        refused += answer.meant in _LOCKED and answer.meant != several[0].answer.meant
        if refused > 2:
            break
    return several[0]


def _with_device(step: Step, who: Identity) -> Step:
    """The door, with the token that stands for a device in its field, where one was given."""
    device = who.tokens.get("device", "")
    return replace(step, fixed={**step.fixed, "device": device}) if device else step


def _marks(who: Identity) -> Fields:
    """The cookies by which a browser that was here before is known."""
    pairs = [pair for name, value in who.headers if name.lower() == "cookie" for pair in value.split("; ")]
    known = [pair for pair in pairs if _DEVICE.search(pair.partition("=")[0])]
    return (("Cookie", "; ".join(known)),) if known else ()


def _is_short(answer: Answer) -> bool:
    wait = answer.header("retry-after") or ""
    return answer.limited and wait.isdigit() and int(wait) <= _SHORT


def _is_long(answer: Answer) -> bool:
    """Whether the owner is told to come back so much later that the limit is a lock."""
    wait = answer.header("retry-after") or ""
    return wait.isdigit() and int(wait) >= _LONG


def _said(answer: Answer) -> str:
    wait = answer.header("retry-after")
    return answer.outcome + (f", Retry-After {wait}" if wait else "")


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True, signs_in=True)
