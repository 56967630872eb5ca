"""D309: is the code of a reset told to whoever asks, and does it work twice?

1. Somebody new asks for a reset. Every text in the answer that may be a code is used as one: it counts where it sets a
   new password, with which one signs in.
2. The code of the letter, or of the answer, is used to set a password, and then once more to set another. It counts
   where both were set. The control is the first use.
3. Without a letter that can be read there is no code to use twice: that is untested.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import replace
from typing import Final, cast

from buckler.drill.arriving.asking import done, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.accounts.doors import NO_WAY_BACK, NOBODY_NEW, named, steps_back
from buckler.drill.drafting.made_up import made_up
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.identity import Account, Identity
from buckler.drill.people.post import NOT_FOUND, post_for
from buckler.drill.transport.answer import Answer, Exchange

ABOUT: Final = About(
    id="D309",
    name="reset codes told, or used twice",
    family="accounts",
    severity="critical",
    sends="A request for a reset, and the code that it led to, twice.",
    proves="Whoever asks for a reset gets the account; or whoever finds an old letter does.",
    cwe=(640, 294),
    owasp=("API2",),
    asvs=("6.4.3", "6.5.1"),
    fix="Send the code by letter alone, keep its digest, and remove it in the statement that uses it.",
)
_MOST: Final = 4
_SHORTEST: Final = 4


async def _verdicts(on: Engagement) -> Verdicts:
    asking, entry = steps_back(on), on.cast.entry
    if not asking or entry is None or entry.reset is None:
        yield Untested(EVERYWHERE, NO_WAY_BACK if not asking else "no route was found that takes the code of a reset")
        return
    for place, step in enumerate(asking):
        who = await on.cast.newcomers.arrive()
        if who is None or who.account is None:
            yield Untested(step.route.key, NOBODY_NEW)
            return
        async for verdict in _judge(on, step, entry.reset, who, who.account):
            if place == 0 or verdict.route == step.route.key:
                yield verdict


async def _judge(on: Engagement, step: Step, reset: Step, who: Identity, account: Account) -> AsyncGenerator[Verdict]:
    post = post_for(account, on.cast.letters, on.setting.logged)
    asking = await Knocking(on, step, "ask_reset").ask(named(account), without(who, on.fresh_address()))
    if not done(asking.answer):
        yield Untested(step.route.key, f"asking did not work: {asking.answer.outcome}", who.name)
        return
    used = await _first_that_works(on, reset, who, account, list(_told(asking.answer))[:_MOST], 300)
    if used is not None:
        words = "The answer to whoever asks for a reset has the code in it, and it sets a new password."
        yield Finding(step.route.key, words, asking, (used[1],), who.name)
    else:
        yield Clean(step.route.key, who.name)
        used = await _first_that_works(on, reset, who, account, (await post.codes())[:_MOST], 310)
    yield await _twice(on, reset, who, account, used)


async def _twice(
    on: Engagement, reset: Step, who: Identity, account: Account, used: tuple[str, Exchange] | None
) -> Verdict:
    if used is None:
        return Untested(reset.route.key, f"no code was found that works; {NOT_FOUND}", who.name)
    again = await _first_that_works(on, reset, who, account, [used[0]], 320)
    if again is None:
        return Clean(reset.route.key, who.name)
    words = "The code of a reset that was used sets yet another password."
    return Finding(reset.route.key, words, again[1], (used[1],), who.name, severity="medium")


async def _first_that_works(
    on: Engagement, reset: Step, who: Identity, account: Account, codes: list[str], number: int
) -> tuple[str, Exchange] | None:
    """The first of these that sets a new password, with which one signs in; and how it was used."""
    for place, code in enumerate(codes):
        on.secrets.keep(code, "CODE")
        password = made_up(account.password, number + place)
        on.secrets.keep(password, "NEW_PASSWORD")
        values: dict[Part, str] = {
            **named(account),
            "code": code,
            "new_password": password,
            "password_again": password,
        }
        exchange = await Knocking(on, reset, "reset").ask(values, without(who, on.fresh_address()))
        renewed = replace(who, account=replace(account, password=password), address=on.fresh_address())
        if done(exchange.answer) and await on.cast.newcomers.sign_in(renewed) is not None:
            return code, exchange
    return None


def _told(answer: Answer) -> Iterator[str]:
    """What may be a code in an answer."""
    for text in _texts(answer.json(), 0):
        if " " not in text and len(text) >= _SHORTEST and "@" not in text:
            yield text.rpartition("=")[2] if "://" in text else text


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Mapping) and depth < 4:
        for each in cast("Mapping[str, object]", value).values():
            yield from _texts(each, depth + 1)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
