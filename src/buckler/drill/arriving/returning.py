"""Bringing people back whom an attack shut out: by a name that it changed, an account that it removed, a token that ran
out meanwhile.

1. Whoever was refused as nobody, or met a failure, is asked for once more by the route that tells who is let in.
2. Who is shut out signs in again. Where that fails and the app registers people, somebody new takes the place.
3. What was learnt with what is gone is forgotten, and the report says so.
"""

from dataclasses import replace

from buckler.drill.arriving.newcomers import Arrivals
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity


async def bring_back(on: Engagement) -> None:
    """Let those in again who are in doubt and were shut out. Raises `BudgetSpent`."""
    newcomers, doubtful = on.cast.newcomers, frozenset(on.memory.doubtful)
    on.memory.doubtful.clear()
    if not isinstance(newcomers, Arrivals) or newcomers.guessed.gives_keys:
        return
    for who in on.cast.people:
        if who.name in doubtful and who.account is not None and await newcomers.proofs.shut_out(who):
            await _return(on, newcomers, who)
    on.memory.doubtful.clear()


def lend(on: Engagement) -> None:
    """Where nobody can register, the last of several who were named stands for newcomers, if that may be spent."""
    newcomers, several = on.cast.newcomers, on.cast.ordinary
    if isinstance(newcomers, Arrivals) and newcomers.registering is None and on.may_spend and len(several) > 1:
        newcomers.lent = several[-1]


async def _return(on: Engagement, newcomers: Arrivals, who: Identity) -> None:
    back = await newcomers.sign_in(who)
    if back is not None:
        _replace(on, who, back)
        return
    if who == on.cast.administrator:
        return
    another = await newcomers.arrive(who.role, name=who.name)
    if another is not None:
        on.pool.objects = [each for each in on.pool.objects if each.by != who.name or each in _own(on, another)]
        on.memory.spares.clear()
        _replace(on, who, another)
        on.memory.notes.append(f"{who.name} was shut out meanwhile, and came back with a new account.")


def _own(on: Engagement, who: Identity) -> list[object]:
    """What tells the name and the id of the new account."""
    account = who.account
    return [
        each
        for each in on.pool.objects
        if account is not None and not each.made and each.by == who.name and account.name in each.fields.values()
    ]


def _replace(on: Engagement, who: Identity, back: Identity) -> None:
    people = tuple(back if each == who else each for each in on.cast.people)
    administrator = back if on.cast.administrator == who else on.cast.administrator
    on.cast = replace(on.cast, people=people, administrator=administrator)
    on.memory.forget(who.name)
