"""D307: can a short code be guessed?

1. Routes that take a code are looked at where the document says that it is of a few digits, where it is called a PIN or
   a one-time password, or where a letter brings one of a few digits to somebody new.
2. More wrong codes are sent than a person ever types, then the right one, where it is known: from the letter, or from
   an object that somebody made whose fields the route takes.
3. It counts where each wrong one was answered as the first was, and the right one worked after them. Where no right one
   is known it counts less, and only for codes that were asked for, by the account that they are for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from buckler.drill.arriving.asking import done, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.accounts.code_routes import CodeRoute, code_routes, right_object
from buckler.drill.attacks.accounts.doors import NOBODY_NEW, named
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.fields import parts_of
from buckler.drill.people.filling import filled
from buckler.drill.people.identity import Account, Identity
from buckler.drill.people.post import NOT_FOUND, post_for
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D307",
    name="short codes guessed",
    family="accounts",
    severity="high",
    sends="Wrong codes, one after the other, where a code of a few digits is taken.",
    proves="A code of a few digits is found by trying them all.",
    cwe=(307, 330),
    owasp=("API2", "API4"),
    asvs=("6.5.5", "6.6.3"),
    fix="Count wrong codes by account and void the code after five; or take codes that are long.",
)
_TRIES: Final = 31
_LONGEST: Final = 6
"""Digits of a code that is called short."""
_REFUSED: Final = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class _Aim:
    """A request to the route, without its code; and the right one, where it is known."""

    draft: Draft
    length: int
    right: str = ""
    asked_for: bool = False


async def _verdicts(on: Engagement) -> Verdicts:
    several = code_routes(on)
    if not several:
        yield NotApplicable(EVERYWHERE, "no route takes a short code")
    for each in several:
        who = await on.cast.newcomers.arrive()
        if who is None or who.account is None:
            yield Untested(each.route.key, NOBODY_NEW)
        else:
            yield await _judge(on, each, who, who.account)


async def _judge(on: Engagement, each: CodeRoute, who: Identity, account: Account) -> Verdict:
    key, aim = each.route.key, await _aimed(on, each, who, account)
    if not isinstance(aim, _Aim):
        return aim
    tries = list[Exchange]()
    for code in _wrong(aim):
        tries.append(await on.ask(aim.draft.put(each.slot, code).request(), _sender(each, who), patient=False))
        answer = tries[-1].answer
        if answer.limited or answer.meant != tries[0].answer.meant:
            return Clean(key, who.name)
    if done(tries[0].answer):
        return NotApplicable(key, "whatever is sent is taken, so it is no code that is guessed", who.name)
    if aim.right:
        right = await on.ask(aim.draft.put(each.slot, aim.right).request(), _sender(each, who), patient=False)
        if not done(right.answer):
            return Clean(key, who.name)
        words = f"{_TRIES} wrong codes were answered as the first was, and the right one worked after them."
        return Finding(key, words, right, (tries[0], tries[-1]), who.name, str(each.slot))
    if not aim.asked_for or tries[0].answer.meant not in _REFUSED:
        return Untested(
            key, f"no right code is known; wrong ones are answered with {tries[0].answer.outcome}", who.name
        )
    words = f"{_TRIES} wrong codes of {aim.length} digits were answered as the first was, without a limit."
    return Finding(key, words, tries[-1], (tries[0],), who.name, str(each.slot), "medium")


def _sender(each: CodeRoute, who: Identity) -> Identity:
    return without(who) if each.asking is not None else who


def _wrong(aim: _Aim) -> Iterator[str]:
    """Codes that are not the right one, spread over all that there are."""
    most = 10**aim.length
    several = (f"{(number * 7919 + 13) % most:0{aim.length}d}" for number in range(_TRIES + 1))
    wrong = [each for each in several if each != aim.right]
    yield from wrong[:_TRIES]


async def _aimed(on: Engagement, each: CodeRoute, who: Identity, account: Account) -> _Aim | Verdict:
    draft = _drafted(on, each, account)
    if each.asking is None:
        known = await right_object(on, each, who)
        if known is None:
            return _Aim(draft, each.length) if each.length else NotApplicable(each.route.key, "it takes no short code")
        for slot in on.slots(each.route):
            if slot.name in known:
                draft = draft.put(slot, known[slot.name])
        right = str(known[each.slot.name])
        return _Aim(draft, len(right), right)
    post = post_for(account, on.cast.letters, on.setting.logged)
    asking = await Knocking(on, each.asking, "ask_reset").ask(named(account), without(who))
    if not done(asking.answer):
        return Untested(each.route.key, f"asking for a code did not work: {asking.answer.outcome}", who.name)
    codes = await post.codes()
    short = next((code for code in codes if code.isdigit() and len(code) <= _LONGEST), "")
    if codes and not short:
        return Clean(each.route.key, who.name)
    if not short and not each.length:
        return Untested(each.route.key, f"how long its codes are is not known; {NOT_FOUND}", who.name)
    return _Aim(draft, len(short) or each.length, short, asked_for=True)


def _drafted(on: Engagement, each: CodeRoute, account: Account) -> Draft:
    """What the account sends beside the code."""
    step = Step(each.route, parts_of(each.route, on.setting.document.schemas, "reset"))
    values: dict[Part, str] = {
        **named(account),
        "new_password": account.password,
        "password": account.password,
        "password_again": account.password,
    }
    return filled(step, values, on.setting.document, on.samples)


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
