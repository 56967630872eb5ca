"""Bringing people back whom an attack shut out: by a name that it changed, an account that it removed, a token that ran
out meanwhile.

1. Whoever was refused as nobody, or met a failure, is asked for once more by a route that tells who is let in.
2. Who is shut out comes back as newcomers of the target do: with a session anew, or as somebody new in the same place.
3. What was learnt with what is gone is forgotten, and the report says so. So it does of whoever cannot come back.
"""

from dataclasses import replace

from buckler.drill.arriving.newcomers import Arrivals
from buckler.drill.arriving.proving import proofs_of
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity


async def bring_back(on: Engagement) -> None:
    """Let those in again who are in doubt and were shut out. Raises `BudgetSpent`."""
    doubtful = frozenset(on.memory.doubtful)
    on.memory.doubtful.clear()
    for who in on.cast.people:
        if who.name in doubtful and await proofs_of(on).shut_out(who):
            await _return(on, who)
    on.memory.doubtful.clear()


def lend(on: Engagement) -> None:
    """Where nobody can register, the last of several who were named stands for newcomers, if that may be spent."""
    newcomers, several = on.cast.newcomers, on.cast.ordinary
    if isinstance(newcomers, Arrivals) and newcomers.registering is None and on.may_spend and len(several) > 1:
        newcomers.lent = several[-1]


async def _return(on: Engagement, who: Identity) -> None:
    back = await on.cast.newcomers.come_back(who)
    if back is None:
        on.memory.note(f"{who.name} was shut out meanwhile, and could not come back.")
        return
    if _is_another(who, back):
        on.pool.hand_over(back)
        on.memory.spares.clear()
        on.memory.note(f"{who.name} was shut out meanwhile, and came back with a new account.")
    _replace(on, who, back)


def _is_another(who: Identity, back: Identity) -> bool:
    """Whether it is another account: one signs in by a name or an address, which are of one account alone."""
    before, after = who.account, back.account
    return before is None or after is None or {before.name, before.email}.isdisjoint({after.name, after.email} - {""})


def _replace(on: Engagement, who: Identity, back: Identity) -> None:
    people = tuple(back if each == who else each for each in on.cast.people)
    administrator = back if on.cast.administrator == who else on.cast.administrator
    on.cast = replace(on.cast, people=people, administrator=administrator)
    on.memory.forget(who.name)
