"""One drill: every attack of the catalogue, within its bounds, and what came of each.

1. Attacks that spend what others need come late, and those that sign in many times last; the order is that of the
   ids else.
2. Each has a share of what is left, the worst the largest: what one leaves is there for all that follow. One that uses
   it up is cut, and the routes that it did not reach are untested. With time that is left in the end, it is made again.
3. A drill that is stopped from outside tells what it has.
4. Routes that by their names take what everybody has are met by nothing before all else is through.
5. An attack that fails by a mistake of its own is untested, with the words of the mistake: it stops no other.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from buckler.drill.arriving.entering import come_in
from buckler.drill.arriving.returning import bring_back, lend
from buckler.drill.attack import EVERYWHERE, Attack, Clean, Finding, Severity, Untested, Verdict, Verdicts
from buckler.drill.budget import Budget, BudgetSpent
from buckler.drill.course import Course
from buckler.drill.engagement import Engagement
from buckler.drill.own_things import own_things_noted
from buckler.drill.people.identity import part_of
from buckler.drill.plan.options import Options
from buckler.drill.report import Judged, Report

Progress = Callable[[Attack, int, int], None]
"""Called before each attack with its number and how many there are."""
_TIMES: Final[Mapping[Severity, int]] = {"low": 3, "medium": 4, "high": 6, "critical": 10}
"""As many times its even part an attack may use of the time, as long as half of all is kept for the others."""
_WORTH_IT: Final = 2
"""As many times what an attack had, for it to be made again."""
_ENOUGH: Final = 25
"""Findings of one attack. More of one kind help nobody, and the report says that there are more."""


def silent(_attack: Attack, _number: int, _of: int) -> None:
    """Nobody watches."""


def unwatched(_course: Course) -> None:
    """Nobody follows it."""


async def attack_all(
    on: Engagement,
    attacks: Iterable[Attack],
    target: str,
    progress: Progress = silent,
    follow: Callable[[Course], object] = unwatched,
    options: Options | None = None,
) -> Report:
    """Make these attacks, and report. The budget of the engagement bounds it all; `follow` is told as it begins.

    With `options` people come in first, by the app's own doors and as those tell; else they are there already.
    """
    with own_things_noted() as own_things:
        course = Course(on, attacks, target, own_things)
        follow(course)
        await _follow_through(course, progress, options)
        return course.report()


async def _follow_through(course: Course, progress: Progress, options: Options | None) -> None:
    """All of it, as far as it may come."""
    on = course.on
    try:
        if options is not None:
            await _let_in(course, options)
        on.leave_out()
        on.pool.watch(on.routes)
        on.sender.budget.begin()
        for attack in course.ordered:
            progress(attack, course.place + 1, len(course.ordered))
            await _attack(course, attack)
            course.place += 1
        await _take_up_again(course)
        for attack in course.ordered:
            if attack.last is not None:
                await _judge(on, attack, attack.last(on), course.judged)
                _heed_a_stop()
        course.count_silent()
        course.is_done = True
    except (asyncio.CancelledError, KeyboardInterrupt):
        course.stop()


async def _let_in(course: Course, options: Options) -> None:
    course.people_arrive = True
    await come_in(course.on, options)
    _heed_a_stop()
    course.people_arrive = False


async def _attack(course: Course, attack: Attack) -> None:
    """One of them, with its share of what is left."""
    on = course.on
    of = len(course.ordered)
    share = on.sender.budget.share(of - course.place, of, times=_TIMES[attack.about.severity])
    if await _within(on, attack, share, course.judged):
        course.cut.append((attack, share.seconds))


async def _within(on: Engagement, attack: Attack, share: Budget, judged: list[Judged]) -> bool:
    """One attack within its share; whether it was cut."""
    with on.sender.spending(share):
        if attack.spends:
            lend(on)
        cut = await _judge(on, attack, attack.run(on), judged)
        _heed_a_stop()
    return cut


async def _take_up_again(course: Course) -> None:
    """Make what was cut once more where it has more time than it had, the worst first. What it found before stays."""
    on = course.on
    cut = sorted(course.cut, key=lambda each: -_TIMES[each[0].about.severity])
    for place, (attack, had) in enumerate(cut):
        share = on.sender.budget.share(len(cut) - place)
        if share.seconds < _WORTH_IT * had:
            continue
        anew: list[Judged] = []
        is_cut = await _within(on, attack, share, anew)
        first = [each for each in course.judged if each.attack.id == attack.about.id]
        if not is_cut or len(anew) > len(first):
            others = [each for each in course.judged if each.attack.id != attack.about.id]
            course.judged = others + _together(first, anew)


def _together(first: list[Judged], anew: list[Judged]) -> list[Judged]:
    """What was judged anew, and what was found before where it is not found again: of that alone, there."""
    found_again = {_where(each) for each in anew if isinstance(each.verdict, Finding)}
    kept = [each for each in first if isinstance(each.verdict, Finding) and _where(each) not in found_again]
    told = set(map(_where, kept))
    return kept + [each for each in anew if _where(each) not in told]


def _where(judged: Judged) -> tuple[str, str]:
    return judged.verdict.route, judged.verdict.identity


def _heed_a_stop() -> None:
    """Raise `CancelledError` once more, where an attack came to its end all the same and swallowed it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _judge(on: Engagement, attack: Attack, steps: Verdicts, judged: list[Judged]) -> bool:
    """Put what the attack says to the rest, one after the other: what is there already stays, however it ends.

    Whether its share was spent before it came to its end.
    """
    found = 0

    def left(why: str) -> None:
        judged.append(Judged(attack.about, _shown(on, Untested(EVERYWHERE, why))))

    try:
        await bring_back(on)
        async for verdict in steps:
            judged.append(Judged(attack.about, _shown(on, verdict)))
            found += isinstance(verdict, Finding)
            if found >= _ENOUGH:
                left(f"{_ENOUGH} findings of this attack are enough")
                break
    except BudgetSpent as spent:
        left(str(spent))
        return True
    except Exception as mistake:  # noqa: BLE001 - a mistake in one attack is told, and stops no other
        left(f"the attack failed by itself: {type(mistake).__name__}: {mistake}")
    finally:
        await steps.aclose()
    return False


def _shown(on: Engagement, verdict: Verdict) -> Verdict:
    """The verdict without a secret, and told of the part that somebody plays: newcomers are numbered as they come."""
    hide, identity = on.secrets.hide, part_of(verdict.identity)
    # Routes and places are the document's own names, whatever word somebody took for a password.
    if isinstance(verdict, Clean):
        return replace(verdict, identity=identity)
    if not isinstance(verdict, Finding):
        return replace(verdict, identity=identity, reason=hide(verdict.reason))
    # First, so that what they give out is known where it is told of.
    attacked, control = on.secrets.hide_in(verdict.attacked), tuple(map(on.secrets.hide_in, verdict.control))
    words, again = hide(verdict.words), hide(verdict.again)
    return replace(verdict, identity=identity, words=words, again=again, attacked=attacked, control=control)
