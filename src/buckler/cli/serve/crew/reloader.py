"""`--reload`: one worker, started again whenever a file of the author has changed.

A worker that cannot start says why, and the next change is waited for: a broken line ends nothing.
"""

from collections.abc import Callable
from typing import Final

from buckler.cli.serve.crew.channel import Line
from buckler.cli.serve.crew.crew import TIME_TO_END, Member, Worker, exit_words
from buckler.cli.serve.crew.watched_files import WatchedFiles
from buckler.clock import Clock

PERIOD: Final = 0.5
"""Seconds between two looks at the files."""


class Reloader:
    """Looks after that one worker. `ready` hears what it says when it serves, `tell` what is to be told."""

    def __init__(
        self, hire: Callable[[int], Worker], files: WatchedFiles, clock: Clock,
        ready: Callable[[Line], None], tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._hire, self._files, self._now = hire, files, clock.monotonic
        self._ready, self._tell = ready, tell
        self._member: Member | None = None
        self._looked = self._now()
        self._wanted = True
        self._is_ending = self._is_known = False

    @property
    def is_over(self) -> bool:
        """Whether it was stopped, and the worker has ended."""
        return self._is_ending and self._member is None

    def begin(self) -> None:
        """Start the worker."""
        self.turn()

    def replace_all(self) -> None:
        """As if a file had changed."""
        self._wanted = True
        self._ask(self._member)

    def stop(self) -> None:
        """Let it finish; asked again, end it now."""
        if self._member is not None and self._is_ending:
            self._member.worker.kill()
        self._ask(self._member)
        self._is_ending = True

    def due_in(self) -> float | None:
        """Seconds until the next look."""
        return max(0.0, self._looked + PERIOD - self._now())

    def turn(self) -> None:
        """Look at the worker, then at the files, and start what is wanted."""
        if self._member is not None:
            self._attend(self._member)
        if self._now() - self._looked >= PERIOD:
            self._look()
        if self._wanted and self._member is None and not self._is_ending:
            self._wanted = self._is_known = False
            self._member = Member(0, self._hire(0), self._now())

    def _attend(self, member: Member) -> None:
        member.listen()
        if member.ready is not None and not self._is_known:
            self._is_known = True
            self._ready(member.ready)
        code = member.worker.exit_code()
        if code is not None:
            member.listen()  # its last words
            self._member = None
            if not self._wanted and not self._is_ending:
                reason = member.refusal or f"The app ended ({exit_words(code)})."
                self._tell(f"{reason}\nA change of a file starts it again.")
        elif member.ends_by is not None and member.ends_by <= self._now():
            member.worker.kill()

    def _look(self) -> None:
        self._looked = self._now()
        changed = self._files.look()
        if changed is not None and not self._is_ending:
            self._tell(f"{changed} has changed: starting again.")
            self.replace_all()

    def _ask(self, member: Member | None) -> None:
        if member is not None and member.ends_by is None:
            member.worker.stop()
            member.ends_by = self._now() + TIME_TO_END
