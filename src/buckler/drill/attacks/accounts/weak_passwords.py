"""D306: is a password taken that is tried first?

1. Accounts are registered with one letter, with digits in their order, with the commonest word, and with the own name;
   where somebody changes a password, the same ones are offered. The weakest that is taken is told.
2. It counts where one can sign in with it after that.
3. The control: the same with a good password worked.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from buckler.drill.arriving.asking import asked, done, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.accounts.doors import NOBODY_NEW, named, nobody_like
from buckler.drill.drafting.made_up import made_up
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.identity import Account, Identity
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D306",
    name="weak passwords are taken",
    family="accounts",
    severity="medium",
    sends="New accounts, and changes of a password, with `a`, `1234`, `12345678`, `password` and the own name.",
    proves="Accounts are opened by the first passwords that anybody tries.",
    cwe=(521,),
    owasp=("API2",),
    asvs=("6.2.1", "6.2.4", "6.2.11"),
    fix="Ask for at least 8 characters (better 15), and refuse the commonest passwords and those with the own name.",
)


async def _verdicts(on: Engagement) -> Verdicts:
    entry = on.cast.entry
    who = await on.cast.newcomers.arrive()
    if entry is None or who is None or who.account is None:
        yield Untested(EVERYWHERE, NOBODY_NEW)
        return
    if entry.register is not None and on.may_send(entry.register.route.method):
        yield await _registered(on, entry.register, who, who.account)
    if entry.change_password is not None and on.may_send(entry.change_password.route.method):
        yield await _changed(on, entry.change_password, who, who.account)
    if entry.register is None and entry.change_password is None:
        yield Untested(EVERYWHERE, "the target has no route that was found to set a password")


async def _registered(on: Engagement, step: Step, who: Identity, account: Account) -> Verdict:
    key = step.route.key
    if "password" not in step.fields:
        return NotApplicable(key, "registering takes no password", who.name)
    door = Knocking(on, step, "register")
    control = await _register(on, door, who, nobody_like(account, 100))
    if not done(control.answer):
        return Untested(key, f"no account could be made with a good password: {control.answer.outcome}", who.name)
    limited = False
    for number, weak in enumerate(_weak(account)):
        somebody = nobody_like(account, 101 + number)
        somebody = replace(somebody, password=weak or _name(somebody))
        exchange = await _register(on, door, who, somebody)
        limited = limited or exchange.answer.limited
        if done(exchange.answer) and await _signs_in(on, who, somebody):
            words = f"An account was made with the password {_shown(weak)}, and it signs in."
            return Finding(key, words, exchange, (control,))
    return Untested(key, "a limit was met", who.name) if limited else Clean(key, who.name)


async def _register(on: Engagement, door: Knocking, who: Identity, account: Account) -> Exchange:
    values: dict[Part, str] = {**named(account), "password": account.password, "password_again": account.password}
    return await door.ask(values, without(who, on.fresh_address()))


async def _changed(on: Engagement, step: Step, who: Identity, account: Account) -> Verdict:
    """The weak ones first: whatever ends sessions at a change ends them once."""
    key = step.route.key
    for weak in _weak(account):
        password = weak or _name(account)
        exchange = await _change(on, step, who, account, password)
        if exchange.answer.limited:
            return Untested(key, "a limit was met", who.name)
        if done(exchange.answer) and await _signs_in(on, who, replace(account, password=password)):
            words = f"The password was changed to {_shown(weak)}, and it signs in."
            control = await _good_too(on, step, who, account, password)
            if isinstance(control, Untested):
                return control
            return Finding(key, words, exchange, (control,), who.name)
    control = await _change(on, step, who, account, made_up(account.password, 7))
    if not done(control.answer):
        return Untested(key, f"a good password was refused too: {control.answer.outcome}", who.name)
    return Clean(key, who.name)


async def _good_too(on: Engagement, step: Step, who: Identity, was: Account, weak: str) -> Exchange | Untested:
    """The control, which comes last: a change to a good password, signed in with the weak one."""
    account = replace(was, password=weak)
    again = await on.cast.newcomers.sign_in(replace(who, account=account)) or who
    control = await _change(on, step, again, account, made_up(was.password, 7))
    if not done(control.answer):
        return Untested(step.route.key, f"a good password was refused: {control.answer.outcome}", who.name)
    return control


async def _change(on: Engagement, step: Step, who: Identity, account: Account, password: str) -> Exchange:
    values: dict[Part, str] = {
        **named(account),
        "password": account.password if "new_password" in step.fields else password,
        "new_password": password,
        "password_again": password,
    }
    return await asked(on, step, values, who)


async def _signs_in(on: Engagement, who: Identity, account: Account) -> bool:
    return await on.cast.newcomers.sign_in(replace(who, account=account, address=on.fresh_address())) is not None


def _weak(account: Account) -> Iterator[str]:
    """The weakest first; an empty text stands for the own name."""
    yield from ("a", "1234", "12345678", "password")
    if len(_name(account)) >= 6:
        yield ""


def _name(account: Account) -> str:
    return account.name.partition("@")[0]


def _shown(weak: str) -> str:
    return repr(weak) if weak else "that is the own name"


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True, signs_in=True)
