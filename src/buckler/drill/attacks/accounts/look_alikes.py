"""D308: can a second account have a name that looks like another's?

1. Somebody new is there. A second account is registered with the same name in another case, with a blank behind it, in
   wide letters, with a letter that nobody sees, and with a Cyrillic letter (in names, not in addresses of mail).
2. It counts where the second account signs in with a password of its own, while the first one goes on with its own.
3. The control: with exactly the same name a second account is not had. Where it is, that is the finding: the first one
   was signed in with its own password before, and a third password opens nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from buckler.drill.arriving.asking import done, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.accounts.doors import NOBODY_NEW, nobody_like
from buckler.drill.drafting.made_up import made_up
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.identity import Account, Identity
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D308",
    name="names that look alike",
    family="accounts",
    severity="medium",
    sends="New accounts whose names look like one that is there: case, blanks, wide, unseen and Cyrillic letters.",
    proves="Somebody else goes under a name that people take for another's.",
    cwe=(178, 1007),
    owasp=("API2",),
    asvs=("1.1.1", "2.2.1"),
    fix="Compare names in one form: trimmed, NFKC, case folded; and allow the letters of one script alone.",
)
_CYRILLIC: Final = str.maketrans("aeopcyxi", "аеорсухі")  # noqa: RUF001 - that they look alike is the point
_WIDE: Final = 0xFEE0
"""From a letter of ASCII to its wide twin."""
_UNSEEN: Final = "\u200b"


async def _verdicts(on: Engagement) -> Verdicts:
    step = on.cast.entry.register if on.cast.entry is not None else None
    if step is None or not on.may_send(step.route.method):
        yield Untested(EVERYWHERE, "the target has no route that was found to register, or it may not be used")
        return
    who = await on.cast.newcomers.arrive()
    if who is None or who.account is None:
        yield Untested(step.route.key, NOBODY_NEW)
    elif "password" not in step.fields:
        yield NotApplicable(step.route.key, "registering takes no password", who.name)
    else:
        yield await _judge(on, step, who, who.account)


async def _judge(on: Engagement, step: Step, who: Identity, account: Account) -> Verdict:
    key, door = step.route.key, Knocking(on, step, "register")
    control, twice = await _second(on, door, who, account, account.name, 200)
    if control.answer.limited or control.answer.broke:
        return Untested(key, "whether the same name is refused could not be seen", who.name)
    if twice:
        return await _twins(on, key, who, account, control)
    limited = False
    for number, (words, name) in enumerate(_look_alikes(account.name)):
        exchange, had = await _second(on, door, who, account, name, 201 + number)
        limited = limited or exchange.answer.limited
        if had and await on.cast.newcomers.sign_in(who) is not None:
            return Finding(key, f"A second account has the name of another, {words}.", exchange, (control,))
    return Untested(key, "a limit was met", who.name) if limited else Clean(key, who.name)


async def _twins(on: Engagement, key: str, who: Identity, account: Account, second: Exchange) -> Verdict:
    """What is said where a second account of exactly the same name signs in with a password of its own."""
    other = replace(account, password=made_up(account.password, 299))
    if who.entered is None or await on.cast.newcomers.sign_in(replace(who, account=other)) is not None:
        return Untested(key, "any password seems to open an account of exactly the same name", who.name)
    words = "A second account of exactly the same name is had, and signs in with a password of its own"
    if await on.cast.newcomers.sign_in(who) is not None:
        return Finding(key, f"{words}.", second, (who.entered,))
    return Finding(key, f"{words}; the first one signs in no more.", second, (who.entered,), severity="critical")


async def _second(
    on: Engagement, door: Knocking, who: Identity, account: Account, name: str, number: int
) -> tuple[Exchange, bool]:
    """Register a name with another password; the answer, and whether that password signs in with it."""
    other = nobody_like(account, number)
    is_mail = "name" not in door.step.fields
    password = made_up(account.password, number)
    values: dict[Part, str] = {
        "name": name,
        "email": name if is_mail or account.name == account.email else other.email,
        "password": password,
        "password_again": password,
    }
    exchange = await door.ask(values, without(who, on.fresh_address()))
    if not done(exchange.answer):
        return exchange, False
    made = replace(account, name=name, email=values["email"], password=password)
    made = replace(made, email=name) if account.name == account.email else made
    found = await on.cast.newcomers.sign_in(replace(who, account=made, address=on.fresh_address()))
    return exchange, found is not None


def _look_alikes(name: str) -> Iterator[tuple[str, str]]:
    local, sign, host = name.partition("@")
    place = next((at for at, letter in enumerate(local) if letter.isalpha()), None)
    if place is None:
        return
    letter = local[place]
    yield "in another case", f"{local.swapcase()}{sign}{host}"
    yield "with a blank behind it", f"{name} "
    yield "with a wide letter", f"{local[:place]}{chr(ord(letter) + _WIDE)}{local[place + 1 :]}{sign}{host}"
    yield "with a letter that nobody sees", f"{local[: place + 1]}{_UNSEEN}{local[place + 1 :]}{sign}{host}"
    if not sign and local.translate(_CYRILLIC) != local:
        yield "with Cyrillic letters", local.translate(_CYRILLIC)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
