"""The doors of a target as strangers find them, and people to try them with."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from buckler.drill.arriving.asking import done
from buckler.drill.drafting.made_up import made_up
from buckler.drill.engagement import Engagement
from buckler.drill.people import doors
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.fields import Purpose, parts_of
from buckler.drill.people.handed import cookies_of, handed
from buckler.drill.people.identity import Account
from buckler.drill.plan.route import Route
from buckler.drill.transport.answer import Answer

NOBODY_NEW: Final = "nobody new can come, and this would harm those who are needed"
NO_SIGN_IN: Final = "the target has no route that was found to sign in"
NO_WAY_BACK: Final = "the target has no route that was found to ask for a reset"
_MOST: Final = 3


def steps_in(on: Engagement) -> tuple[Step, ...]:
    """Where one signs in: pages and programs may have a door each. The one that was used first."""
    entry = on.cast.entry
    known = (entry.sign_in,) if entry is not None and "password" in entry.sign_in.fields else ()
    return _with_others(on, known, doors.sign_ins(on.setting.document), "sign_in")


def steps_back(on: Engagement) -> tuple[Step, ...]:
    """Where one asks for a reset."""
    entry = on.cast.entry
    known = (entry.ask_reset,) if entry is not None and entry.ask_reset is not None else ()
    return _with_others(on, known, doors.ways_back(on.setting.document), "ask_reset")


def _with_others(
    on: Engagement, known: tuple[Step, ...], several: tuple[Route, ...], purpose: Purpose
) -> tuple[Step, ...]:
    keys = {step.route.key for step in known}
    steps = [
        Step(each, parts_of(each, on.setting.document.schemas, purpose)) for each in several if each.key not in keys
    ]
    fitting = [step for step in steps if step.fields.keys() & {"name", "email"}]
    return tuple(step for step in (*known, *fitting)[:_MOST] if on.may_send(step.route.method))


def named(account: Account) -> dict[Part, str]:
    """What somebody sends who asks for a reset."""
    return {"name": account.name, "email": account.email or account.name}


def nobody_like(account: Account, number: int = 0) -> Account:
    """An account that nobody has, with names of the same shape and length."""
    return replace(account, name=_another(account.name, number), email=_another(account.email, number), id="")


def _another(name: str, number: int) -> str:
    local, sign, host = name.partition("@")
    return f"{made_up(local, number)}{sign}{host}"


def wrong_passwords(account: Account) -> Iterator[str]:
    """Passwords that are not the one, of the same shape."""
    number = 0
    while True:
        number += 1
        yield made_up(account.password, number)


def has_entered(answer: Answer, wrong: Answer) -> bool:
    """Whether this is the answer to the right password, where `wrong` is one to a wrong password."""
    if not done(answer) or answer.asks_to_sign_in:
        return False
    return answer.meant != wrong.meant or _gives_more(answer, wrong)


def _gives_more(answer: Answer, wrong: Answer) -> bool:
    given, before = handed(answer), handed(wrong)
    return (bool(given.token) and not before.token) or bool(cookies_of(answer).keys() - cookies_of(wrong).keys())
