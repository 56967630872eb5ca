"""A drill as far as it has come: what it has to say so far can be told at any time, from any thread."""

from collections.abc import Iterable, Sequence

from buckler.clock import SystemClock, date_of
from buckler.drill.attack import EVERYWHERE, Attack, Untested
from buckler.drill.engagement import Engagement
from buckler.drill.own_things import OwnThing
from buckler.drill.report import Judged, Report


class Course:
    """The attacks in their order, the one that is under way, and what was judged so far."""

    def __init__(
        self, on: Engagement, attacks: Iterable[Attack], target: str, own_things: Sequence[OwnThing] = ()
    ) -> None:
        self.on = on
        self.ordered = sorted(attacks, key=lambda attack: (attack.spends, attack.signs_in))
        self.place = 0
        """How many are done."""
        self.people_arrive = False
        """Whether people come in just now, before the first of them."""
        self.is_done = False
        """Whether all is judged: what follows is the end of the app alone."""
        self.judged: list[Judged] = []
        self.cut: list[tuple[Attack, float]] = []
        """Attacks whose share was spent before they came to their end, and the seconds that they had."""
        self.stopped = ""
        self._target = target
        self._own_things = own_things
        self._began = date_of(SystemClock.now()).isoformat(timespec="seconds")
        self._known = on.routes
        self._whole = on.sender.budget

    def stop(self, why: str = "") -> None:
        """End it here: the attack that is under way, and all that come after it, are untested."""
        if not self.stopped:
            done, of = self.place, len(self.ordered)
            during = f"during {self.ordered[done].about.id if done < of else 'the last steps'}"
            when = "while people came in" if self.people_arrive else during
            when = "at the end of the app" if self.is_done else when
            self.stopped = f"stopped {when}, {done} of {of} attacks done{f': {why}' if why else ''}"
            if self.is_done:
                return
            untested = Untested(EVERYWHERE, self.on.secrets.hide(why) or "the drill was stopped before")
            undone = [*self.ordered[done:], *(each for each in self.ordered[:done] if each.last is not None)]
            self.judged += [Judged(each.about, untested) for each in undone]

    def count_silent(self) -> None:
        """What was made and said nothing at all was not judged: that is told, and counted, as well."""
        said = {each.attack.id for each in self.judged}
        why = "" if self.on.cast.people else self.on.cast.missing.get("people", "")
        untested = Untested(EVERYWHERE, why or "there was nothing that it could ask, and nobody to ask as")
        self.judged += [Judged(each.about, untested) for each in self.ordered if each.about.id not in said]

    def report(self) -> Report:
        """What is known by now."""
        on, whole = self.on, self._whole
        return Report(
            target=self._target,
            began=self._began,
            seconds=whole.elapsed,
            requests=whole.spent + (on.sender.budget.spent if on.sender.budget is not whole else 0),
            routes=tuple(route.key for route in self._known),
            identities=tuple(each.name for each in on.cast.everybody),
            judged=tuple(self.judged),
            origin=on.sender.origin,
            notes=(*on.cast.notes, *dict.fromkeys((*on.setting.document.notes, *on.memory.notes))),
            stopped=on.secrets.hide(self.stopped),
            secret_names=on.secrets.names,
            own_things=tuple(self._own_things),
            entrances={
                each.name: tuple(map(on.secrets.hide_in, filter(None, (each.registered, each.entered))))
                for each in on.cast.people
                if each.entered is not None
            },
        )
