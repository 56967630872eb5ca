"""What a person sees who watches a drill: a line that is taken back, and colours where they are wanted."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

APP = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/a")
async def a() -> str:
    return "a"
"""


def seen(folder: Path, columns: int, **environment: str) -> str:
    """What comes to a terminal of this width."""
    (folder / "watched.py").write_text(APP)
    ours, theirs = pty.openpty()
    said = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", **environment}
    command = [sys.executable, "-m", "buckler", "drill", "watched:app", "--only", "browser", "--fail-on", "never"]
    parts: list[bytes] = []
    reader = Thread(target=_read, args=(ours, parts))
    with subprocess.Popen(command, cwd=folder, env=said, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        reader.start()
        reader.join(timeout=120)
        assert running.wait(timeout=60) == 0
    os.close(ours)
    return b"".join(parts).decode()


def _read(terminal: int, parts: list[bytes]) -> None:
    try:
        while part := os.read(terminal, 4096):
            parts.append(part)
    except OSError:
        pass  # Linux says so where nobody writes any more.


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("columns", [30, 100])
def test_what_was_under_way_is_taken_back(tmp_path: Path, columns: int) -> None:
    """Before the summary begins; and it never goes over the end of its line, where nothing takes it back."""
    text = seen(tmp_path, columns)
    ways = re.findall(r"\r\x1b\[K(\[[^\r]*)", text)
    assert ways
    assert all(len(way) < columns for way in ways)
    assert re.search(r"\r\x1b\[K(\x1b\[\d+m)?Drill of watched:app", text), text
    assert "\x1b[1m" in text


@pytest.mark.heavy
def test_no_colour_where_none_is_wanted(tmp_path: Path) -> None:
    """As no-color.org has it."""
    assert not re.search(r"\x1b\[[0-9;]*m", seen(tmp_path, 100, NO_COLOR="1"))
