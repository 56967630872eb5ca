"""D101 and D104, when all other attacks are through: what would leave nobody in.

1. A route that by its name fills, resets or drops the database is asked for without a credential. It counts where an
   account signs in before and not after it.
2. A route that changes a password is asked for that of an account, without the old one: by nobody, and by somebody
   else. It counts where the account signs in with the new one.
3. A target by URL is spared, unless it is on this machine and may be changed.
"""

from dataclasses import replace
from typing import Final

from buckler.drill.arriving.returning import bring_back
from buckler.drill.attack import Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.evidence import withstood
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.filling import filled
from buckler.drill.people.identity import ANONYMOUS, Account, Identity
from buckler.drill.people.invented import Person
from buckler.drill.plan.route import Route
from buckler.drill.preparing.valid import draft_for

SPARED: Final = "it takes from people what they have, so it was left alone"


async def at_the_end(on: Engagement) -> Verdicts:
    """What anybody may leave behind: D101."""
    step = _changing(on)
    if step is not None and not step.route.secured and on.declared(step.route, ANONYMOUS) != "yes":
        yield await _changed(on, step, ANONYMOUS)
    for route in on.memory.left_out:
        if on.declared(route, ANONYMOUS) == "yes":
            yield NotApplicable(route.key, "anybody may, by the policy")
        elif not on.may_spend:
            yield Untested(route.key, SPARED)
        else:
            yield await _wiped(on, route)


async def passwords_of_others(on: Engagement) -> Verdicts:
    """What a signed-in stranger may do to the password of another account: D104."""
    step, pair = _changing(on), on.cast.pair
    if step is not None and pair is not None:
        yield await _changed(on, step, pair[0])


def _changing(on: Engagement) -> Step | None:
    return on.cast.entry.change_password if on.cast.entry is not None else None


async def _wiped(on: Engagement, route: Route) -> Verdict:
    before = await _let_in(on)
    if before is None or before.entered is None:
        return Untested(route.key, "nobody can sign in twice, so what is lost could not be seen")
    attacked = await on.ask(draft_for(on, route, ANONYMOUS).request(), ANONYMOUS)
    if not attacked.answer.worked:
        return await withstood(on, attacked, route, ANONYMOUS)
    if await on.cast.newcomers.sign_in(before) is not None:
        return NotApplicable(route.key, "the account that was there is there after it")
    words = f"Anybody takes what everybody has: {before.name} signed in before, and not after it."
    return Finding(route.key, words, attacked, (before.entered,))


async def _changed(on: Engagement, step: Step, asking: Identity) -> Verdict:
    key, fields = step.route.key, step.fields.keys()
    if not fields & {"name", "email"} or not fields & {"new_password", "password"} or fields & {"code", "token"}:
        return NotApplicable(key, "it names no account, or asks for a code", asking.name)
    if not on.may_spend:
        return Untested(key, SPARED, asking.name)
    before = await _let_in(on)
    asking = next((each for each in on.cast.people if each.name == asking.name), asking)
    if before is None or before.entered is None or before.account is None or before.name == asking.name:
        return Untested(key, "nobody can sign in twice, so a new password could not be seen", asking.name)
    account = replace(before.account, password=Person.anew({}).password({}))
    on.secrets.keep(account.password, "PASSWORD_OF_A_STRANGER")
    draft = filled(step, _values(step, account), on.setting.document, on.samples)
    attacked = await on.ask(draft.request(), asking)
    if not attacked.answer.worked:
        return await withstood(on, attacked, step.route, asking)
    entered = await on.cast.newcomers.sign_in(replace(before, account=account))
    if entered is None or entered.entered is None:
        return Clean(key, asking.name)
    who = "Anybody" if asking.is_anybody else "Another account"
    words = f"{who} changes the password of {before.name}, who signs in with the new one."
    return Finding(key, words, attacked, (before.entered, entered.entered), asking.name)


def _values(step: Step, account: Account) -> dict[Part, str]:
    new: Part = "new_password" if "new_password" in step.fields else "password"
    return {"name": account.name, "email": account.email or account.name, new: account.password}


async def _let_in(on: Engagement) -> Identity | None:
    on.memory.doubtful |= {each.name for each in on.cast.people}
    await bring_back(on)
    for who in reversed(on.cast.ordinary):
        again = await on.cast.newcomers.sign_in(who)
        if again is not None:
            return again
    return None
