"""`--reload`: what the author changes is served, what he breaks is told, and nothing is left behind."""

import os
import re
import signal
from pathlib import Path

import httpx2
import pytest

from tests.cli.in_process import Shell
from tests.cli.running import Running, serving
from tests.waiting import wait_until

APP = """
import os
from fastapi import FastAPI
from buckler import Buckler, Public

app = FastAPI()
Buckler(app)


@app.get("/", dependencies=[Public("a test")])
async def root() -> list[object]:
    return ["WORD", os.getpid()]
"""


def answer(running: Running) -> list[object]:
    try:
        with running.client() as client:
            return list(client.get("/").json())
    except httpx2.TransportError:
        return ["nobody", 0]


@pytest.mark.heavy
def test_a_change_is_served_a_broken_one_told_and_a_killed_supervisor_leaves_nobody(tmp_path: Path) -> None:
    """On the same port, announced once."""
    mine = tmp_path / "mine.py"
    mine.write_text(APP)
    with serving(tmp_path, "mine:app", "--environment", "development", "--reload") as running:
        assert answer(running)[0] == "WORD"
        mine.write_text("def broken(:\n")
        wait_until(lambda: "SyntaxError" in running.logged, within=30)
        assert "mine.py has changed: starting again." in running.logged
        assert "A change of a file starts it again." in running.logged
        assert running.process.poll() is None
        mine.write_text(APP.replace("WORD", "another"))
        # Only one that serves answers at all: a client that connects meanwhile waits in the queue.
        wait_until(lambda: answer(running)[0] == "another", within=60)
        worker = int(str(answer(running)[1]))
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(20)
        wait_until(lambda: not alive(worker), within=20)
        assert len(re.findall("Serving https://", running.printed)) == 1


def alive(pid: int) -> bool:
    """Whether it runs: one that nobody has waited for is over."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and os.getpid() != pid


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mine:app",), "--reload starts the app again whenever a file changes"),
        (("mine:app", "--environment", "development", "--workers", "2"), "leave out --workers and --check"),
        (("mine:app", "--environment", "development", "--check"), "leave out --workers and --check"),
    ],
)
def test_it_is_for_one_worker_in_development(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    """Anything else is refused, with what to do."""
    done = shell.run("serve", *arguments, "--reload")
    assert (done.code, words in done.told) == (1, True), done
