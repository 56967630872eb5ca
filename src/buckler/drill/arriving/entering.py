"""Bringing people into an app that has never heard of the drill.

1. Who was named in the options comes in as they say: with an account that is signed in, or with what is ready.
2. Where there are not two ordinary accounts of one role among them, two are registered, if the app registers any.
3. An app that proves addresses by a letter has it read where the options say letters are.
4. Whoever could not come in is missing with the reason: attacks that need them are told as untested.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from buckler.drill.arriving.knocking import Knocking
from buckler.drill.arriving.named import NamedPeople
from buckler.drill.arriving.newcomers import Arrivals
from buckler.drill.arriving.proving import PROOFS, Proofs
from buckler.drill.arriving.registering import Registering
from buckler.drill.arriving.sign_in_pages import learn_sign_in_pages
from buckler.drill.arriving.signing_in import SigningIn
from buckler.drill.budget import Budget, BudgetSpent
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.people.entry import Entry
from buckler.drill.people.guessing import guess
from buckler.drill.people.identity import Identity, State
from buckler.drill.plan.options import Options

_PART: Final = 0.25
"""Of the time, that people may take to come in."""
_SLOW: Final = 0.1
"""Seconds. A password that takes so long to check is kept well, and a minute is short for a thousand guesses."""
_LONG: Final = 300
"""Seconds of a budget that give such an app its time."""
_REMEDY: Final = "Name two: --user NAME:PASSWORD, or --token ROLE=VARIABLE, each twice"
_NO_ADMINISTRATOR: Final = (
    "none was named. Name one: --admin NAME:PASSWORD, or in the options file: administrator = true"
)


async def come_in(on: Engagement, options: Options) -> None:
    """Let people come in by the app's own doors, in a part of the time."""
    whole = on.sender.budget
    whole.begin()
    with on.sender.spending(Budget(whole.seconds * _PART, whole.requests, whole.clock)):
        cast = await gather(on, options)
    on.cast = replace(cast, notes=(*_slow(cast, whole.seconds), *cast.notes))


async def gather(on: Engagement, options: Options | None = None) -> Cast:
    """Everybody who can be had. What was guessed, and who is missing, stands in the cast; nothing is raised."""
    gathering = _Gathering(on, options or Options())
    try:
        await gathering.bring_named()
        await gathering.register_two()
        await learn_sign_in_pages(on, gathering.arrivals.guessed.entry)
    except BudgetSpent as spent:
        gathering.notes.append(f"Not everybody came in: {spent}.")
    return gathering.cast()


@dataclass(slots=True)
class _Gathering:
    on: Engagement
    told: Options
    notes: list[str] = field(default_factory=list[str])
    missing: dict[str, str] = field(default_factory=dict[str, str])
    ordinary: list[Identity] = field(default_factory=list[Identity])
    administrators: list[Identity] = field(default_factory=list[Identity])
    over: dict[State, Identity] = field(default_factory=dict[State, Identity])
    """Those who show what was good and is over."""
    arrivals: Arrivals = field(init=False)
    named: NamedPeople = field(init=False)

    def __post_init__(self) -> None:
        on, told = self.on, self.told
        on.pool.watch(on.routes)
        guessed = guess(on.setting.document, told)
        entry = guessed.entry
        self.notes += guessed.notes
        proofs = on.memory.tell(PROOFS, Proofs(on, entry.me if entry is not None else None))
        signing = registering = None
        if entry is not None:
            signing = SigningIn(on, Knocking(on, entry.sign_in, "sign_in"), proofs, told.sign_in)
        if entry is not None and entry.register is not None:
            registering = Registering(on, Knocking(on, entry.register, "register"))
        self.arrivals = Arrivals(on, guessed, proofs, signing, registering, told.register)
        self.named = NamedPeople(on, self.arrivals, proofs, told.sign_in, self.notes, self.missing)

    async def bring_named(self) -> None:
        """Sign in, or take as they are, those that the options name."""
        for given in self.told.identities:
            found = await self.named.bring(given)
            if found is None:
                continue
            if found.state != "live":
                self.over[found.state] = found
            else:
                (self.administrators if given.administrator else self.ordinary).append(found)

    async def register_two(self) -> None:
        """Make ordinary accounts until there is a pair of one role."""
        for _ in range(2):
            if self._has_pair() or self.arrivals.registering is None:
                return
            made = await self.arrivals.arrive(name=self._free_name())
            if made is None:
                self.missing["second" if self.ordinary else "people"] = self.arrivals.why
                self.notes.append(f"No account could be made: {self.arrivals.why}.")
                return
            self.ordinary.append(made)

    def _has_pair(self) -> bool:
        roles = [each.role for each in self.ordinary]
        return any(roles.count(role) > 1 for role in roles)

    def _free_name(self) -> str:
        taken = {each.name for each in (*self.ordinary, *self.administrators)}
        role = self.arrivals.role or "user"
        numbered = (role if number == 1 else f"{role} {number}" for number in range(1, len(taken) + 2))
        return next(name for name in numbered if name not in taken)

    def cast(self) -> Cast:
        """Who came in, and why others did not: an answer that was no may repeat what it was told, so it is hidden."""
        hide = self.on.secrets.hide
        return Cast(
            people=(*self.ordinary, *self.administrators),
            administrator=next(iter(self.administrators), None),
            expired=self.over.get("expired"),
            disabled=self.over.get("disabled"),
            newcomers=self.arrivals,
            entry=self._entry(),
            letters=self.told.register.letters if self.told.register is not None else "",
            notes=tuple(map(hide, dict.fromkeys((*self.notes, *_how_shown(self.arrivals))))),
            missing={name: hide(why) for name, why in {**self._absent(), **self.missing}.items()},
        )

    def _absent(self) -> dict[str, str]:
        found = {
            state: f"nobody of the kind was named. Name one in the options file: {state} = true"
            for state in ("expired", "disabled")
            if state not in self.over
        }
        if not self.ordinary and not self.administrators:
            found["people"] = f"no account could be had. {_REMEDY}"
        if not self._has_pair():
            found["second"] = f"there are not two accounts of one role. {_REMEDY}"
        if not self.administrators:
            found["administrator"] = _NO_ADMINISTRATOR
        return found

    def _entry(self) -> Entry | None:
        """The way in as it was found to work."""
        entry, signing = self.arrivals.guessed.entry, self.arrivals.signing
        if entry is None or signing is None:
            return None
        registering = self.arrivals.registering
        register = registering.door.step if registering is not None else None
        return replace(entry, sign_in=signing.step, shown=signing.shown or entry.shown, register=register)


def _slow(cast: Cast, seconds: float) -> tuple[str, ...]:
    """A word on the time, where signing in takes much of it."""
    taken = min((each.entered.answer.seconds for each in cast.people if each.entered is not None), default=0.0)
    if taken < _SLOW or seconds >= _LONG:
        return ()
    return (f"Signing in takes {taken:.1f} s each here: --budget 5m gives the attacks on accounts their time.",)


def _how_shown(arrivals: Arrivals) -> tuple[str, ...]:
    """How what signing in gives is shown, and what proves it."""
    signing = arrivals.signing
    if signing is None or signing.shown is None:
        return ()
    shown = signing.shown
    how = f"the header {shown.field}{f' with {shown.scheme}' if shown.scheme else ''}"
    how = f"the cookie {shown.field}" if shown.kind == "cookie" else how
    proof = f"{arrivals.proofs.route} lets in with it" if signing.proved else "nothing proves it"
    return (f"What signing in gives is shown in {how}; {proof}.",)
