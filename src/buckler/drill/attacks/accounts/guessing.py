"""D303: may passwords be guessed without end?

1. At each door, somebody new has the right password tried; then as many wrong ones as a person never types, all from
   one other address; then the right one again, from there too.
2. It counts where each wrong one was answered as the first was, the answers came as fast to the end, and the right one
   opened at once. Any limit, wait, lock or riddle is a defence.
3. Where a limit was met, the same is done with a new `X-Forwarded-For` each time: a client may not choose its address.
4. Where that met one too, each of a hundred and one comes from an address of its own: more wrong passwords in a row are
   allowed for no account (NIST SP 800-63B-4 section 3.2.2). Each is hashed: where they take too long it is not known.
5. The controls: the right password before, and the first wrong one.
"""

from dataclasses import replace
from statistics import median
from typing import Final, Literal

from buckler.drill.arriving.asking import shown_by, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.accounts.doors import NO_SIGN_IN, NOBODY_NEW, has_entered, steps_in, wrong_passwords
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.entry import Step
from buckler.drill.people.identity import Account, Identity
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D303",
    name="passwords guessed without end",
    family="accounts",
    severity="high",
    sends="Wrong passwords for one account, one after the other, and the right one after them.",
    proves="A list of common passwords is tried to its end.",
    cwe=(307, 799),
    owasp=("API2", "API4"),
    asvs=("6.3.1",),
    fix="Count wrong passwords by account and by network, before anything is hashed, and make the next one wait.",
)
Way = Literal["", "forwarded", "addresses"]
"""From one address; from one that names others in a header; from many."""
_TRIES: Final = 25
_ALLOWED: Final = 100
"""Wrong passwords in a row for one account, wherever they come from."""
_PART: Final = 0.3
"""Of the time that is left, at most, for those from many addresses."""
_TOO_SLOW: Final = "no limit was met from many addresses, but {} of {} took what time there was: a longer --budget"
_SLOWER: Final = 4.0
_SLOW: Final = 0.25
"""Seconds by which answers have to be slower for a wait that grows."""
_STOPPED: Final = (0, 423, 429, 503)
_UNLIMITED: Final = Topic[set[str]]("doors without a limit")


async def _verdicts(on: Engagement) -> Verdicts:
    steps = steps_in(on)
    if not steps:
        yield Untested(EVERYWHERE, NO_SIGN_IN)
    for place, step in enumerate(steps):
        verdict = await _judge(on, step, "")
        ways: tuple[Way, ...] = ("forwarded", "addresses") if place == 0 and on.sender.has_addresses else ("forwarded",)
        for way in ways if place == 0 else ():
            verdict = await _judge(on, step, way) if isinstance(verdict, Clean) else verdict
        yield verdict


def is_unlimited(on: Engagement, step: Step) -> bool:
    """Whether this attack has seen that nothing stops anybody at this door."""
    return step.route.key in on.memory.of(_UNLIMITED, set[str])


async def _judge(on: Engagement, step: Step, way: Way) -> Verdict:
    who = await on.cast.newcomers.arrive()
    if who is None or who.account is None:
        return Untested(step.route.key, NOBODY_NEW)
    door, many = Knocking(on, step, "sign_in", patient=False), _ALLOWED + 1 if way == "addresses" else _TRIES
    until = on.sender.budget.left * (1 - _PART) if way == "addresses" else 0.0
    before = await door.ask(shown_by(who.account), without(who, on.fresh_address()))
    at = without(who, on.fresh_address())
    tries = await _tried(door, at, who.account, way, many, until)
    if not has_entered(before.answer, tries[0].answer):
        return Untested(step.route.key, f"the right password does not open it: {before.answer.outcome}", who.name)
    if len(tries) < many and on.sender.budget.left < until:
        return Untested(step.route.key, _TOO_SLOW.format(len(tries), many), who.name)
    if len(tries) < many or _grows(tries):
        return Clean(step.route.key, who.name)
    right = await door.ask(shown_by(who.account), at)
    if not has_entered(right.answer, tries[0].answer):
        return Clean(step.route.key, who.name)
    if not way:
        on.memory.of(_UNLIMITED, set[str]).add(step.route.key)
    return _finding(step, who, (before, tries[0], tries[-1], right), way, many)


def _finding(step: Step, who: Identity, seen: tuple[Exchange, ...], way: Way, many: int) -> Finding:
    how = {
        "": " from one address",
        "forwarded": ", with a new X-Forwarded-For each time",
        "addresses": ", each from an address of its own",
    }[way]
    words = f"{many} wrong passwords were answered as the first was{how}, and the right one opened at once."
    place = "header X-Forwarded-For" if way == "forwarded" else ""
    return Finding(step.route.key, words, seen[3], seen[:3], who.name, place)


async def _tried(door: Knocking, at: Identity, account: Account, way: Way, many: int, until: float) -> list[Exchange]:
    """The answers to wrong passwords, as far as they are answered as the first was, and time is left."""
    found = list[Exchange]()
    for number, wrong in zip(range(many), wrong_passwords(account), strict=False):
        door.more = (("X-Forwarded-For", f"203.0.113.{number + 1}"),) if way == "forwarded" else ()
        at = replace(at, address=door.on.fresh_address()) if way == "addresses" else at
        exchange = await door.ask(shown_by(account, wrong), at)
        first = found[0].answer if found else exchange.answer
        stopped = exchange.answer.meant != first.meant or exchange.answer.meant in _STOPPED
        if not found or not stopped:
            found.append(exchange)
        if stopped or door.on.sender.budget.left < until:
            break
    return found


def _grows(tries: list[Exchange]) -> bool:
    """Whether answers came later and later: the wait that a server makes people spend."""
    first, last = (median(each.answer.seconds for each in part) for part in (tries[:5], tries[-5:]))
    return last > _SLOWER * first and last - first > _SLOW


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True, signs_in=True)
