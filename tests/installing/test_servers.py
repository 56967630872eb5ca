"""It works under the servers people use: `uvicorn`, `fastapi run` and `fastapi dev`, in a process of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.waiting import wait_until

pytest.importorskip("fastapi_cli")

APP = """
from fastapi import FastAPI
from buckler import Buckler, Public

app = FastAPI()
Buckler(app)

@app.get("/health", dependencies=[Public("liveness probe")])
async def health() -> str:
    return "ok"
"""
FORGOTTEN = """
@app.get("/forgotten")
async def forgotten() -> str:
    return "x"
"""
COMMANDS = {
    "uvicorn": ("-m", "uvicorn", "application:app", "--port"),
    "fastapi run": ("-m", "fastapi", "run", "application.py", "--host", "127.0.0.1", "--port"),
    "fastapi dev": ("-m", "fastapi", "dev", "application.py", "--no-reload", "--port"),
}


@contextmanager
def served(command: str, folder: Path, text: str) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    (folder / "application.py").write_text(text)
    port, log = free_port(), folder / "log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BUCKLER_")}
    environment |= {"BUCKLER_ENVIRONMENT": "development", "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    arguments = [sys.executable, *COMMANDS[command], str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(arguments, cwd=folder, env=environment, stdout=out, stderr=out)
    try:
        yield process, port, log
    finally:
        process.terminate()
        process.wait(20)


def status_of(port: int) -> int | None:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_declared_app_is_served(command: str, tmp_path: Path) -> None:
    with served(command, tmp_path, APP) as (process, port, log):
        wait_until(lambda: status_of(port) is not None or process.poll() is not None, within=30)
        assert status_of(port) == 200, log.read_text()


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("command", COMMANDS)
def test_an_undeclared_one_ends_with_the_list(command: str, tmp_path: Path) -> None:
    """It names file and line, and the process does not stay to answer 503."""
    with served(command, tmp_path, APP + FORGOTTEN) as (process, _, log):
        wait_until(lambda: process.poll() is not None, within=30)
        line = (APP + FORGOTTEN).splitlines().index('@app.get("/forgotten")') + 1
        assert f"GET /forgotten (application.py:{line})" in log.read_text()
        assert process.returncode != 0
