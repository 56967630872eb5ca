"""Several workers, or one that is started again at each change, under a supervisor that serves nobody itself."""

from pathlib import Path

from buckler.cli.serve.app_to_serve import FirstWords
from buckler.cli.serve.crew.channel import Line
from buckler.cli.serve.crew.crew import Crew, exit_words
from buckler.cli.serve.crew.launcher import Launcher
from buckler.cli.serve.crew.reloader import Reloader
from buckler.cli.serve.crew.supervisor import supervise
from buckler.cli.serve.crew.task import Task
from buckler.cli.serve.crew.watched_files import WatchedFiles
from buckler.cli.serve.prepared import Prepared
from buckler.cli.terminal import tell
from buckler.clock import SystemClock
from buckler.errors import StartRefused
from buckler.events import EventLog


def serve_several(prepared: Prepared) -> None:
    """Serve until a signal ends it. Raises `StartRefused` with the reason of the first worker that cannot start."""
    clock, tasks = SystemClock(), WorkerTasks(prepared)
    chronicler = Chronicler(prepared, tasks)
    launcher = Launcher(tasks.task, (prepared.secure.fileno(), prepared.plain.fileno()))

    def close() -> None:
        prepared.secure.close()
        prepared.plain.close()

    if prepared.order.reload:
        files = WatchedFiles(Path.cwd(), prepared.order.data)
        reloader = Reloader(launcher, files, clock, chronicler.complete, tell)
        supervise(reloader, launcher.channels, prepared.notifier, close)
        return
    crew = Crew(prepared.order.workers, launcher, clock, chronicler)
    supervise(crew, launcher.channels, prepared.notifier, close)
    if crew.refusal is not None:
        raise StartRefused(crew.refusal)


class WorkerTasks:
    """What the workers are told: the same, and what the first of them made."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._descriptors = prepared.secure.fileno(), prepared.plain.fileno()
        self.first: FirstWords | None = None
        """What the first worker said when it was ready; None until then."""

    def task(self, number: int) -> Task:
        """What the worker of this number does."""
        around, files, first = self._prepared.surroundings, self._prepared.files, self.first
        secure, plain = self._descriptors
        return Task(
            number=number,
            app=self._prepared.order.app,
            environment=around.environment,
            data=str(around.data),
            origin=around.origin,
            processes=around.processes,
            secure=secure,
            plain=plain,
            certificate=str(files.certificate),
            key=str(files.key),
            brought=self._prepared.local is None,
            drains=not self._prepared.order.reload,
            code=first.code if first is not None else None,
            code_ends=first.code_ends if first is not None else 0.0,
        )


class Chronicler:
    """What of the workers is told to others: to the person, to systemd, and as events."""

    def __init__(self, prepared: Prepared, tasks: WorkerTasks) -> None:
        self._prepared = prepared
        self._tasks = tasks
        self._emit = EventLog(SystemClock()).emit
        self._is_announced = False

    def first_ready(self, line: Line) -> None:
        """The first worker serves: the others take what it made."""
        self._tasks.first = FirstWords(**line)

    def complete(self, line: Line) -> None:
        """All serve. It is announced once."""
        self._tasks.first = words = FirstWords(**line)
        if self._is_announced:
            self._prepared.notifier.ready()
        else:
            self._is_announced = True
            self._prepared.announce(words)

    def lost(self, number: int, code: int, reason: str, wait: float) -> None:
        """A worker ended, and another will come."""
        self._emit("sys_worker_lost", worker=number, ended=exit_words(code), again_in=wait, reason=reason or None)

    def replaced(self, refusal: str | None) -> None:
        """Every worker is new, or one could not start and the old ones go on."""
        if refusal is not None:
            self._emit("sys_workers_not_replaced", reason=refusal)
        self._prepared.notifier.ready()
