"""A command line in a copy of a process that has everything imported does and says what it does in one of its own."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import command, serving, surroundings
from tests.cli.started import can_be_ready, ready, run_copy, start_copy
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="copies are made on Linux alone")

APP = """
import os, sys
from fastapi import FastAPI
from buckler import Buckler

print("at import:", sys.path[0], sys.argv[1:], os.getcwd(), os.environ["WORD"], sys.stdin.read())
app = FastAPI()
Buckler(app)
"""


def cold(folder: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=surroundings(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize(
    "line",
    [
        "fly",
        "settings --environment development",
        "serve mine:app --environment development --check",
        "serve mine:none --environment development --check",
    ],
)
def test_it_ends_and_says_the_same(tmp_path: Path, line: str) -> None:
    """Exit code, both streams, and what an app sees of its process: path, arguments, folder, environment, input."""
    (tmp_path / "mine.py").write_text(APP)
    more = {"WORD": "heard", "BUCKLER_MAX_BODY": "5 MB"}
    alone = cold(tmp_path, *line.split(), **more)
    copy = run_copy(line.split(), tmp_path, surroundings(**more), 60)
    assert (copy.returncode, copy.stdout, copy.stderr) == (alone.returncode, alone.stdout, alone.stderr)


def test_the_command_of_a_path_is_the_same_for_a_shell(tmp_path: Path) -> None:
    """With pipes, an exit code, and a signal that it gets in place of the copy."""
    path = f"{ready().folder}{os.pathsep}{os.environ['PATH']}"
    script = 'umask 027; buckler --version | cat; buckler fly 2>&1 | tail -n 1; echo "${PIPESTATUS[0]}"; umask'
    done = subprocess.run(["bash", "-c", script], env=surroundings(PATH=path), capture_output=True, text=True)
    version, told, code, mask = done.stdout.splitlines()
    assert (version.split()[0], "fly" in told, code, mask) == ("buckler", True, "2", "0027")
    line = "exec buckler serve --port 0 --http-port 0 >printed"
    shell = subprocess.Popen(["bash", "-c", line], cwd=tmp_path, env=surroundings(PATH=path), stderr=subprocess.DEVNULL)
    printed = tmp_path / "printed"
    wait_until(lambda: printed.exists() and "Stop with Ctrl-C" in printed.read_text(), within=60)
    shell.send_signal(signal.SIGTERM)
    assert shell.wait(30) == 0


def test_one_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    """As `subprocess.run` does it."""
    with pytest.raises(subprocess.TimeoutExpired):
        run_copy(["serve", "--port", "0", "--http-port", "0"], tmp_path, surroundings(), 0.1)


def test_a_copy_is_gone_with_whoever_started_it(tmp_path: Path) -> None:
    """Nobody is left who would wait for it."""
    with (tmp_path / "printed").open("wb") as printed:
        copy = start_copy(["serve", "--port", "0", "--http-port", "0"], tmp_path, surroundings(), printed, printed)
        copy._channel.close()
    wait_until(lambda: not Path(f"/proc/{copy.pid}").exists(), within=30)


@pytest.mark.skipif(not can_be_ready(), reason="where coverage is measured every process is one of its own")
def test_a_server_that_tests_start_is_a_copy(tmp_path: Path) -> None:
    """Else each start would take a second again. Told something of Python's own, it is none."""
    with serving(tmp_path) as running:
        assert b"tests.cli.readied" in Path(f"/proc/{running.process.pid}/cmdline").read_bytes()
    assert not can_be_ready("PYTHONHASHSEED")
