"""Which workers there should be, and what happens when one is not: a state, and what each look at it changes.

1. The first worker starts alone: it opens and migrates the database, and says why not where it cannot. Then the rest.
2. Until all of them were ready once, one that ends is the end of everything: its reason is told once.
3. Later, one that ends is started again after a wait (`backoff.py`).
4. Replaced, they go one after another: each once the next one in its slot is ready. Where that one cannot start, the
   old one stays, and so do those after it.
5. At the end each has its time to drain and to finish answers, and is killed when that is over.

Nothing here waits, and the processes are somebody else's: tests bring their own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from buckler.cli.serve.crew.backoff import Backoff
from buckler.cli.serve.crew.channel import Line
from buckler.clock import Clock

TIME_TO_END: Final = 15.0
"""Seconds that a worker has to end: ten for the answers under way, the rest for the app's own end."""


class Worker(Protocol):
    """A worker process, as its supervisor sees it."""

    def news(self) -> Iterable[Line]:
        """What it has said since the last look."""
        ...

    def exit_code(self) -> int | None:
        """None while it runs; less than zero for a signal."""
        ...

    def retire(self) -> None:
        """Take no more connections, wait for those that were just made, then stop."""
        ...

    def stop(self) -> None:
        """Take no more connections, and finish the answers under way."""
        ...

    def kill(self) -> None:
        """End now."""
        ...


class Chronicle(Protocol):
    """Who is told what happens."""

    def first_ready(self, line: Line) -> None:
        """The first is ready, and said this. The others start now."""
        ...

    def complete(self, line: Line) -> None:
        """All are ready for the first time; this is what the first one said."""
        ...

    def lost(self, number: int, code: int, reason: str, wait: float) -> None:
        """A worker ended. Another starts in `wait` seconds."""
        ...

    def replaced(self, refusal: str | None) -> None:
        """Every worker was replaced, or the rest was not for this reason."""
        ...


@dataclass(slots=True, eq=False)
class Member:
    """A worker that was started."""

    number: int
    worker: Worker
    since: float
    ready: Line | None = None
    refusal: str = ""
    ends_by: float | None = None
    """When it is killed, if it has not ended by then."""

    @property
    def time_to_end(self) -> float:
        """Seconds that it has once it was told to stop: it said itself how long it drains."""
        return TIME_TO_END + float((self.ready or {}).get("drain_seconds", 0))

    def listen(self) -> None:
        """Hear what it says."""
        for line in self.worker.news():
            self.refusal = line.get("refused", self.refusal)
            self.ready = line.get("ready", self.ready)


@dataclass(slots=True)
class Slot:
    """Where one worker should be."""

    number: int
    backoff: Backoff = field(default_factory=Backoff)
    member: Member | None = None
    due: float | None = None
    """When the next one starts."""


class Crew:
    """`size` workers, each started by `hire` with its number from 0."""

    def __init__(self, size: int, hire: Callable[[int], Worker], clock: Clock, chronicle: Chronicle) -> None:
        self.slots = [Slot(number) for number in range(size)]
        self._hire = hire
        self._now = clock.monotonic
        self._chronicle = chronicle
        self._leaving: list[Member] = []
        self._successor: Member | None = None
        self._to_replace: list[Slot] = []
        self._is_begun = self._is_complete = self._is_ending = False
        self.refusal: str | None = None
        """Why the first start failed."""

    @property
    def is_over(self) -> bool:
        """Whether nobody is left, and nobody shall come."""
        return self._is_ending and not self.members

    @property
    def members(self) -> list[Member]:
        """All that run, as far as is known."""
        found = [each.member for each in self.slots if each.member is not None]
        return [*found, *self._leaving, *([self._successor] if self._successor is not None else [])]

    def begin(self) -> None:
        """Start the first one."""
        self.slots[0].due = self._now()
        self.turn()

    def replace_all(self) -> None:
        """Replace them one after another. Nothing changes where that is under way, or the first start is."""
        if self._is_complete and not self._is_ending and not self._to_replace:
            self._to_replace = list(self.slots)
            self.turn()

    def stop(self) -> None:
        """Let all of them finish; asked again, end all of them now."""
        for member in self.members:
            if self._is_ending:
                member.worker.kill()
            else:
                member.worker.stop()
                member.ends_by = self._now() + member.time_to_end
        self._is_ending = True

    def due_in(self) -> float | None:
        """Seconds until something is to be done though nobody says so; None for never."""
        moments = [each.due for each in self.slots] + [each.ends_by for each in self.members]
        known = [each for each in moments if each is not None]
        return max(0.0, min(known) - self._now()) if known else None

    def turn(self) -> None:
        """Look at everything once, and do what is due."""
        for member in self.members:
            member.listen()
            code = member.worker.exit_code()
            if code is not None:
                member.listen()  # its last words
                self._bury(member, code)
            elif member.ends_by is not None and member.ends_by <= self._now():
                member.worker.kill()
        if not self._is_ending:
            self._greet()
            self._start_what_is_due()
            self._go_on_replacing()

    def _bury(self, member: Member, code: int) -> None:
        slot = self.slots[member.number]
        if member in self._leaving:
            self._leaving.remove(member)
        elif member is self._successor:
            self._successor, self._to_replace = None, []
            self._chronicle.replaced(member.refusal or exit_words(code))
        else:
            slot.member = None
            self._miss(slot, member, code)

    def _miss(self, slot: Slot, member: Member, code: int) -> None:
        if self._is_ending:
            return
        if not self._is_complete:
            self.refusal = member.refusal or f"A worker ended ({exit_words(code)}) before it was ready."
            self.stop()
            return
        wait = slot.backoff.after(self._now() - member.since)
        slot.due = self._now() + wait
        self._chronicle.lost(member.number, code, member.refusal, wait)

    def _greet(self) -> None:
        """The first is ready: the rest may start. All are: it is told."""
        ready = [each.member for each in self.slots if each.member is not None and each.member.ready is not None]
        if self._is_complete or not ready:
            return
        if not self._is_begun:
            self._is_begun = True
            self._chronicle.first_ready(ready[0].ready or {})
            for slot in self.slots[1:]:
                slot.due = self._now()
        if len(ready) == len(self.slots):
            self._is_complete = True
            self._chronicle.complete(ready[0].ready or {})

    def _start_what_is_due(self) -> None:
        for slot in self.slots:
            if slot.due is not None and slot.due <= self._now():
                slot.due = None
                slot.member = self._start(slot)

    def _go_on_replacing(self) -> None:
        if not self._to_replace or self._leaving:
            return
        slot = self._to_replace[0]
        if self._successor is None:
            self._successor = self._start(slot)
        elif self._successor.ready is not None:
            self._replace(slot, self._successor)

    def _replace(self, slot: Slot, successor: Member) -> None:
        old, slot.member, slot.due = slot.member, successor, None
        self._successor = None
        self._to_replace.remove(slot)
        if old is not None:
            old.worker.retire()
            old.ends_by = self._now() + TIME_TO_END
            self._leaving.append(old)
        if not self._to_replace:
            self._chronicle.replaced(None)

    def _start(self, slot: Slot) -> Member:
        return Member(slot.number, self._hire(slot.number), self._now())


def exit_words(code: int) -> str:
    """How a process ended, in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
