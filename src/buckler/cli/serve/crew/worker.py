"""One of several workers: a process of its own that serves what its supervisor says, until that says so or ends.

Started as `python -m buckler.cli.serve.crew.worker DESCRIPTOR`; everything else comes over the channel.
"""

import signal
import socket
import sys
from dataclasses import asdict
from functools import partial

from buckler.cli.log_lines import write_log_lines
from buckler.cli.serve.app_to_serve import asked_host, first_words, protected
from buckler.cli.serve.crew.channel import Channel
from buckler.cli.serve.crew.launcher import RETIRE
from buckler.cli.serve.crew.task import Task
from buckler.cli.serve.tls.current_certificate import CurrentCertificate
from buckler.cli.serve.wire.ending import Drain, Ending
from buckler.cli.serve.wire.server import Beside, Listeners, serve
from buckler.clock import SystemClock
from buckler.errors import BucklerError
from buckler.events import EventLog
from buckler.install import Buckler
from buckler.redact import Secret


def main() -> None:
    """Serve; exit code 1 where the start is refused, which the supervisor is told."""
    # A hangup is for the supervisor, which answers it with new workers.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    channel = Channel.inherited(int(sys.argv[1]))
    line = channel.receive()
    if line is None:
        return
    try:
        _serve(Task.read(line), channel)
    except BucklerError as refusal:
        channel.send({"refused": str(refusal)})
        sys.exit(1)


def _serve(task: Task, channel: Channel) -> None:
    secure, plain = (_inherited(each) for each in (task.secure, task.plain))
    write_log_lines(tells_all=task.environment == "development")
    task.surroundings.establish()
    app, buckler = protected(task.app, task.processes)
    if buckler.accounts is not None and task.code is not None:
        buckler.accounts.expect_first_administrator(Secret(task.code), task.code_ends)
    certificate = _certificate(task, buckler)

    def announce() -> None:
        channel.send({"ready": asdict(first_words(task.app, buckler))})

    drain = Drain(buckler.drain, buckler.settings.drain_seconds if task.drains else 0)
    listeners = Listeners(secure, plain, certificate.context)
    serve(app, listeners, Beside(announce, drain, (partial(_heed, channel), certificate.keep)))


def _certificate(task: Task, buckler: Buckler) -> CurrentCertificate:
    """Every worker reads a new certificate by itself; the first of them tells."""
    clock = SystemClock()
    tell = EventLog(clock).emit if task.number == 0 else _say_nothing
    return CurrentCertificate(task.files, asked_host(buckler) if task.brought else None, clock, tell)


async def _heed(channel: Channel, ending: Ending) -> None:
    """What the supervisor says; its end is ours."""
    async for line in channel.lines():
        if line.get(RETIRE):
            await ending.retire()
    ending.end()


def _inherited(descriptor: int) -> socket.socket:
    """A socket that listens. No process that the app starts gets it too."""
    found = socket.socket(fileno=descriptor)
    found.set_inheritable(False)
    return found


def _say_nothing(_name: str, **_fields: object) -> None:
    """Another worker tells."""


if __name__ == "__main__":
    main()
