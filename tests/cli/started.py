"""Command lines in processes that did not have to import anything first: `readied.py` has them ready."""

import atexit
import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp
from typing import IO, Any, Protocol

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


class Process(Protocol):
    """What is known of a process that was started, as `subprocess` has it."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...


class Copy:
    """A process that runs a command line. A message on `channel` tells its id, and another its exit code."""

    def __init__(self, channel: socket.socket, arguments: Sequence[str]) -> None:
        self._channel, self._arguments = channel, list(arguments)
        self.pid = self._told()
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        return self._seen_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, waited for. Raises `TimeoutExpired`."""
        code = self._seen_within(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self._arguments, timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        """As long as it is there."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def _seen_within(self, seconds: float | None) -> int | None:
        if self._code is None and select.select([self._channel], [], [], seconds)[0]:
            self._code = self._told()
            self._channel.close()
        return self._code

    def _told(self) -> int:
        told = self._channel.recv(64)
        assert told, "the process that has command lines ready has ended"
        return int(told)


@dataclass(frozen=True)
class Ready:
    """The process that has them ready. It ends when `orders` does."""

    orders: socket.socket
    folder: Path
    """With a command `buckler` that it runs, and a `python` beside it: for a PATH."""


def surroundings(**more: str) -> dict[str, str]:
    """This process's environment without any of Buckler's settings, and without a terminal of any width."""
    own = ("BUCKLER_", "COLUMNS")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)} | more


def can_be_ready(*told: str) -> bool:
    """Not where coverage is measured, which begins with a process, nor where Python itself is `told` something."""
    is_measured = any(name.startswith("COVERAGE") for name in os.environ)
    return hasattr(os, "pidfd_open") and not is_measured and not any(name.startswith("PYTHON") for name in told)


def start_copy(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], output: IO[bytes], errors: IO[bytes]
) -> Copy:
    """Run `buckler` with these arguments, with nothing to read."""
    order = {
        "arguments": list(arguments),
        "folder": str(folder),
        "environment": dict(environment),
        "umask": _umask(),
        "place": "",
        "name": "-c",
    }
    ours, theirs = _joined()
    with theirs, Path(os.devnull).open("rb") as nothing:
        handed = [theirs.fileno(), nothing.fileno(), output.fileno(), errors.fileno()]
        socket.send_fds(ready().orders, [json.dumps(order).encode()], handed)
    return Copy(ours, arguments)


def run_copy(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float
) -> "subprocess.CompletedProcess[str]":
    """The same, to its end. Raises `TimeoutExpired` after `limit` seconds, and kills it."""
    with TemporaryFile() as output, TemporaryFile() as errors:
        copy = start_copy(arguments, folder, environment, output, errors)
        try:
            code = copy.wait(limit)
        finally:
            copy.send_signal(signal.SIGKILL)
            copy.wait()
        return subprocess.CompletedProcess(list(arguments), code, _said(output), _said(errors))


@cache
def ready() -> Ready:
    """One for a run of the tests."""
    folder, (ours, theirs) = Path(mkdtemp(prefix="buckler-")), _joined()
    place = folder / "socket"
    environment = {name: value for name, value in surroundings().items() if not name.startswith("COVERAGE")}
    with theirs, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as calls:
        calls.bind(str(place))
        calls.listen(128)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.readied", str(calls.fileno())],
            cwd=ROOT,
            env=environment,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            pass_fds=[calls.fileno()],
        )
    made = Ready(ours, folder)
    atexit.register(_end, made, process)
    at_hand = [sys.executable, "-IS", Path(__file__).with_name("at_hand.py"), place, BIN / "buckler"]
    _write(folder / "buckler", *at_hand)
    _write(folder / "python", sys.executable)
    return made


def _write(path: Path, *line: str | Path) -> None:
    path.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, line))} "$@"\n')
    path.chmod(0o700)


def _end(made: Ready, process: "subprocess.Popen[bytes]") -> None:
    made.orders.close()
    process.wait(60)
    shutil.rmtree(made.folder)


def _joined() -> tuple[socket.socket, socket.socket]:
    """Each message comes as a whole."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _said(file: IO[Any]) -> str:
    file.seek(0)
    return str(file.read().decode())
