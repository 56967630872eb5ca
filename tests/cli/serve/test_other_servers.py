"""gunicorn and uvicorn with the same app: what of the protection is there, as the table of the page says."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.cli.running import command, surroundings
from tests.cli.serve.tls.issued import brought
from tests.house.tree import ROOT
from tests.ports import free_port
from tests.waiting import wait_until

APP = """
from fastapi import FastAPI, Request
from buckler import Buckler, Public

app = FastAPI()
Buckler(app)
public = [Public("a test")]


@app.post("/", dependencies=public)
async def root(request: Request) -> list[str]:
    await request.body()
    return [request.client.host if request.client else "", request.headers.get("x-late", "")]
"""
GIVEN: Final = {
    "BUCKLER_ORIGIN": "https://api.example.com",
    "BUCKLER_BEHIND": "1",
    "BUCKLER_PROCESSES": "1",
    "BUCKLER_HEAD_SECONDS": "0.2",
}
PROXY: Final = "Host: api.example.com\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"
CHUNKED: Final = f"{PROXY}Transfer-Encoding: chunked\r\n"
GOOD: Final = f"POST / HTTP/1.1\r\n{PROXY}Content-Length: 0\r\n\r\n"
UNREADABLE: Final = "this is no HTTP\r\n\r\n"
REQUESTS: Final = {
    "a target that names another host": GOOD.replace(" / ", " http://elsewhere.example/ "),
    "a target with a fragment": GOOD.replace(" / ", " /#here "),
    "a line that ends with a bare LF": GOOD.replace("HTTP/1.1\r\n", "HTTP/1.1\n"),
    "`Content-Length` and `Transfer-Encoding`": f"POST / HTTP/1.1\r\n{CHUNKED}Content-Length: 4\r\n\r\n0\r\n\r\n",
    "a field that goes on in the next line": GOOD.replace("\r\n\r\n", "\r\nX-Folded: a\r\n b\r\n\r\n"),
    "another host": GOOD.replace("api.example.com", "other.example"),
    "a claim to be another client": GOOD.replace("203", "198.51.100.1, 203"),
    "plain HTTP from a client": GOOD.replace("Proto: https", "Proto: http"),
}


def commands(folder: Path, port: int) -> dict[str, list[str]]:
    """How each is started, as the page has it."""
    at, python = str(port), [sys.executable, "-m"]
    quiet = ["--no-server-header", "--no-proxy-headers", "--ws-per-message-deflate", "false"]
    ports = ["--port", "0", "--http-port", at]
    return {
        "buckler serve": command("serve", "mine:app", *ports, *brought(folder / "tls", "api.example.com")),
        "gunicorn": [*python, "gunicorn", "mine:app", "-k", "asgi", "-b", f"127.0.0.1:{at}", "--no-control-socket"],
        "uvicorn": [*python, "uvicorn", "mine:app", "--port", at, *quiet],
    }


@contextmanager
def started(folder: Path, name: str, **more: str) -> Generator[tuple[subprocess.Popen[bytes], int]]:
    """The server, and its port for plain HTTP; it may have ended."""
    (folder / "mine.py").write_text(APP)
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            commands(folder, port)[name], cwd=folder, env=surroundings(**more), stdout=log, stderr=log
        )
    try:
        yield process, port
    finally:
        process.kill()
        process.wait()


def answer(port: int, text: str) -> str:
    """What comes back within a second or before the connection is closed; nothing where it was closed at once."""
    with socket.create_connection(("127.0.0.1", port)) as asking:
        asking.settimeout(1)
        asking.sendall(text.encode())
        found = b""
        try:
            while b"\r\n\r\n" not in found and (came := asking.recv(65_536)):
                found += came
            body = int((re.search(rb"(?i)content-length: (\d+)", found) or [0, 0])[1])
            while len(found.partition(b"\r\n\r\n")[2]) < body and (came := asking.recv(65_536)):
                found += came
        except TimeoutError:
            return "open"
        return found.decode()


def column(port: int) -> dict[str, str]:
    """What this server does with each request of the table."""
    found = {name: answer(port, text).split()[1] for name, text in REQUESTS.items()}
    late = answer(port, f"POST / HTTP/1.1\r\n{CHUNKED}\r\n2\r\nab\r\n0\r\nX-Late: late\r\n\r\n")
    found["a field after the body"] = "taken" if "late" in late else "dropped"
    slow = answer(port, "POST / HTTP/1.1\r\nHost: api")
    found["a head that does not end"] = "open" if slow == "open" else slow.split()[1]
    named = re.search(r"(?im)^server: (\S+)\r$", answer(port, GOOD))
    found["`Server` in the answers"] = named[1] if named is not None else "none"
    unreadable = answer(port, UNREADABLE)
    found["our headers on the 400 for what is no HTTP"] = "yes" if "content-security-policy" in unreadable else "no"
    return found


def table(name: str) -> dict[str, str]:
    """The column of the page."""
    page = (ROOT / "docs/operations/gunicorn.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    head = next(row for row in rows if "`buckler serve`" in row)
    place = head.index(f"`{name}`")
    begins = rows.index(head) + 2
    return {row[0]: row[place] for row in rows[begins:] if len(row) == len(head)}


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("name", ["buckler serve", "gunicorn", "uvicorn"])
def test_each_server_does_what_the_table_says(tmp_path: Path, name: str) -> None:
    """And a signal ends it in order, with the lifespan of the app."""
    with started(tmp_path, name, **GIVEN) as (process, port):
        wait_until(lambda: process.poll() is not None or serves(tmp_path), within=60)
        assert column(port) == table(name)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0 or name == "uvicorn"  # that one ends by the signal itself
        assert "sys_shutdown" in (tmp_path / "log").read_text()


def serves(folder: Path) -> bool:
    """Each says so in its own words."""
    return bool(re.search("Stop with|server listening on|Uvicorn running on", (folder / "log").read_text()))


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["gunicorn", "uvicorn"])
def test_a_start_that_is_refused_ends_them(tmp_path: Path, name: str) -> None:
    """As where nobody said how many processes there are."""
    given = {key: value for key, value in GIVEN.items() if key != "BUCKLER_PROCESSES"}
    with started(tmp_path, name, **given) as (process, _):
        assert process.wait(60) == 3
    assert "BUCKLER_PROCESSES is not set" in (tmp_path / "log").read_text()
