"""Worker processes: started anew, never forked, and known by what they say over their channel.

A fork would copy locks that nobody holds any more, and the memory of whoever forked. The new process gets its sockets
as open descriptors, its secrets from the environment that all share, and its task over the channel.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from buckler.cli.serve.crew.channel import Channel, Line, joined
from buckler.cli.serve.crew.task import Task

_MODULE: Final = "buckler.cli.serve.crew.worker"
RETIRE: Final = "retire"


class Launched:
    """A process that runs, or has."""

    def __init__(self, process: "subprocess.Popen[bytes]", channel: Channel) -> None:
        self._process = process
        self.channel = channel

    def news(self) -> Iterable[Line]:
        """What it has said since the last look."""
        return self.channel.waiting()

    def exit_code(self) -> int | None:
        """None while it runs; less than zero for a signal."""
        return self._process.poll()

    def retire(self) -> None:
        """Take no more connections, wait for those that were just made, then stop."""
        self.channel.send({RETIRE: True})

    def stop(self) -> None:
        """Finish the answers under way."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End now."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)


class Launcher:
    """Starts workers. `task` makes what each is told, by its number; `sockets` are the descriptors it needs."""

    def __init__(self, task: Callable[[int], Task], sockets: tuple[int, int]) -> None:
        self._task = task
        self._sockets = sockets
        self.launched: list[Launched] = []

    def __call__(self, number: int) -> Launched:
        """Start the worker of this number."""
        self._forget_the_ended()
        channel, theirs = joined()
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - this very Python, and one of our own modules
                # -P: no module in the folder that we stand in is taken for one of Python's, as a script has it.
                [sys.executable, "-P", "-m", _MODULE, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=(*self._sockets, theirs.fileno()),
                # A Ctrl-C goes to the supervisor alone: a worker would take ours for the second signal.
                process_group=0,
            )
        channel.send(self._task(number).line())
        made = Launched(process, channel)
        self.launched.append(made)
        return made

    def channels(self) -> list[Channel]:
        """Those that can say something."""
        return [each.channel for each in self.launched if not each.channel.is_over]

    def _forget_the_ended(self) -> None:
        ended = [each for each in self.launched if each.channel.is_over and each.exit_code() is not None]
        for each in ended:
            each.channel.close()
        self.launched = [each for each in self.launched if each not in ended]
