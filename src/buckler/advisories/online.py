"""Asks an advisory database over the network, through pip-audit.

pip-audit runs as a process of its own, for a bounded time, on exact versions: it resolves and installs nothing. What it
answers is read in the next file.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from buckler.advisories.answers import Asked, learnt, none_of
from buckler.advisories.packages import Package
from buckler.clock import SystemClock

Said = tuple[int, str, str]
"""Exit code, output, and what stood on the error stream."""
Runner = Callable[[list[str], float], Said]
CONTROLS: Final = ("pip==24.0", "setuptools==69.0.0", "wheel==0.42.0")
"""What PyPI has. One of them is asked about too: whoever does not have it is not PyPI, and its no is none."""
# -P: a file of this name in the current folder is not taken for it.
_PROGRAM: Final = (sys.executable, "-P", "-m", "pip_audit")
_OPTIONS: Final = (
    *("--format", "json", "--desc", "on", "--aliases", "on", "--progress-spinner", "off"),
    # Exact versions are asked about, and nothing is resolved.
    *("--no-deps", "--disable-pip"),
    # No variable chooses another database, which would not say what it does not have, or a file to write to.
    *("--vulnerability-service", "pypi", "--output", "stdout"),
)


def run_bounded(command: list[str], seconds: float) -> Said:
    """The program to its end, or until the time is over: it is then ended. Raises `TimeoutExpired`."""
    done = subprocess.run(  # noqa: S603 - our own line, around a file of our own
        command,
        capture_output=True,
        timeout=seconds,
        check=False,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout, done.stderr


def ask(
    packages: Iterable[Package],
    seconds: float,
    run: Runner = run_bounded,
    clock: Callable[[], float] = SystemClock.monotonic,
) -> Asked:
    """What is known of these packages, within so many seconds for all runs together."""
    asked, end = Asked(), clock() + seconds
    for batch in _batches(packages):
        try:
            said = _said(batch, end - clock(), run)
        except subprocess.TimeoutExpired:
            none_of(batch, f"pip-audit had no answer within {seconds:g} seconds", asked)
        except OSError as failure:
            none_of(batch, f"pip-audit could not be run: {failure.strerror or type(failure).__name__}", asked)
        else:
            learnt(batch, said, asked)
    return asked


def _batches(packages: Iterable[Package]) -> Iterator[list[Package]]:
    """Each name once in each: pip-audit refuses a file that names two versions of one package, as locks do."""
    left: list[Package] = list(packages)
    while left:
        batch = {each.name: each for each in reversed(left)}
        yield list(batch.values())
        left = [each for each in left if batch[each.name] is not each]


def _said(batch: list[Package], seconds: float, run: Runner) -> Said:
    """What it answers. It is told names and versions alone: lines of our own, of what was read and can be a name."""
    if seconds <= 0:
        raise subprocess.TimeoutExpired("pip-audit", seconds)
    names = {each.name for each in batch}
    control = next((each for each in CONTROLS if each.partition("==")[0] not in names), "")
    lines = [*(f"{each.name}=={each.comparable}" for each in batch), control]
    with TemporaryDirectory(prefix="buckler-") as folder:
        file = Path(folder, "requirements.txt")
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return run([*_PROGRAM, *_OPTIONS, "--requirement", str(file)], seconds)
