"""`buckler serve` as a person runs it: a process of its own, known by what it prints."""

import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.cli.started import Process, can_be_ready, run_copy, start_copy, surroundings
from tests.waiting import wait_until

READY = "Stop with Ctrl-C."


@dataclass
class Running:
    """A `buckler serve` that was started in `folder`."""

    process: Process
    folder: Path

    @property
    def printed(self) -> str:
        return (self.folder / "printed").read_text()

    @property
    def logged(self) -> str:
        return (self.folder / "logged").read_text()

    @property
    def base(self) -> str:
        return self._found(r"Serving (https://\S+)")

    @property
    def plain(self) -> str:
        return self._found(r"plain HTTP on (http://\S+)")

    @property
    def code(self) -> str:
        return self._found(r"One-time code for the first: (\S+)")

    @property
    def authority(self) -> Path:
        return self.folder / "data" / "tls" / "ca.pem"

    def client(self) -> httpx2.Client:
        """A client that trusts this service's authority and nobody else."""
        trusted = ssl.create_default_context(cafile=str(self.authority))
        return httpx2.Client(base_url=self.base, verify=trusted, timeout=20)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def _found(self, pattern: str) -> str:
        found = re.search(pattern, self.printed)
        assert found, f"{pattern} is not in:\n{self.printed}\n{self.logged}"
        return found[1]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from buckler.cli import main; main()", *arguments]


def buckler(*arguments: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `buckler` to its end."""
    environment = surroundings(**more)
    if can_be_ready(*more):
        return run_copy(arguments, folder, environment, 60)
    return subprocess.run(command(*arguments), cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def start(folder: Path, *arguments: str, **more: str) -> Running:
    """Start `buckler serve` on free ports with its data under `folder`, and wait until it says it is ready."""
    ports = () if "--port" in arguments else ("--port", "0", "--http-port", "0")
    running = Running(_started(folder, ("serve", *ports, *arguments), more), folder)
    process = running.process
    try:
        wait_until(lambda: READY in running.printed or process.poll() is not None, within=60)
    except AssertionError:
        running.end(signal.SIGKILL)
        raise
    if process.poll() is not None:
        raise AssertionError(f"it did not start:\n{running.printed}\n{running.logged}")
    return running


def _started(folder: Path, arguments: Sequence[str], more: Mapping[str, str]) -> Process:
    """A process that writes what it prints and logs into the folder."""
    environment = surroundings(**more)
    with (folder / "printed").open("wb") as printed, (folder / "logged").open("wb") as logged:
        if can_be_ready(*more):
            return start_copy(arguments, folder, environment, printed, logged)
        return subprocess.Popen(command(*arguments), cwd=folder, env=environment, stdout=printed, stderr=logged)


@contextmanager
def serving(folder: Path, *arguments: str, **more: str) -> Iterator[Running]:
    """The same, ended at the end whatever happens."""
    running = start(folder, *arguments, **more)
    try:
        yield running
    finally:
        running.end(signal.SIGKILL)
