"""Python blocks, each run in a process of its own, which `run_block.py` has ready."""

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Timer

from tests.house.tree import clean_environment

_PROGRAM = Path(__file__).with_name("run_block.py")


def run_apart(
    file: str, folder: Path, environment: Mapping[str, str], limit: float, python: str = sys.executable
) -> tuple[int, str]:
    """The exit code and the output of a Python file below `folder`; killed after `limit` seconds."""
    output = folder / ".output"
    asked = {"file": file, "folder": str(folder), "environment": dict(environment), "output": str(output)}
    runner = _runner(python)
    assert runner.stdin
    assert runner.stdout
    too_long = Timer(limit, _kill, [runner])
    too_long.start()
    try:
        runner.stdin.write(json.dumps(asked) + "\n")
        runner.stdin.flush()
        answer = runner.stdout.readline()
    finally:
        too_long.cancel()
    if not answer:
        _runner.cache_clear()
    said = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
    output.unlink(missing_ok=True)
    return (int(answer), said) if answer else (-signal.SIGKILL, f"{said}\nnot done after {limit} s")


@cache
def _runner(python: str) -> "subprocess.Popen[str]":
    """One of each Python for a run of the tests. It ends when its input does."""
    runner = subprocess.Popen(
        [python, "-P", str(_PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=clean_environment(),
        text=True,
        start_new_session=True,
    )
    atexit.register(_end, runner)
    return runner


def _end(runner: "subprocess.Popen[str]") -> None:
    runner.communicate()


def _kill(runner: "subprocess.Popen[str]") -> None:
    """The runner and the block that it waits for."""
    os.killpg(runner.pid, signal.SIGKILL)
