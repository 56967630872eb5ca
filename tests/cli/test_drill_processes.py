"""`buckler drill` as a process of its own: it ends, whatever the app does, and nothing of the app goes on after it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

IMPATIENT = """
import sys
import buckler.staging.watch as watch
from buckler.cli import main

watch.PATIENCE = 0.5
main()
"""
APP = """
import asyncio, atexit, os, re, signal, sys, threading, time
from pathlib import Path
from fastapi import FastAPI

app = FastAPI(docs_url=None, redoc_url=None, openapi_url="/openapi.json")
OUTSIDE = Path(os.environ["OUTSIDE"])


@app.get("/fine")
async def fine() -> str:
    return "fine"
"""


@dataclass(frozen=True)
class Ended:
    """How a drill ended."""

    code: int
    said: str
    told: str
    left: list[str]
    """In the folder for temporary files."""
    outside: bool
    """Whether the app wrote where nothing is thrown away."""

    @property
    def report(self) -> Any:
        return json.loads(self.said)


def drilled(folder: Path, app: str, *arguments: str, only: str = "D401") -> Ended:
    """Drill `APP` with these routes added, in a process that is soon impatient."""
    (folder / "hostile.py").write_text(APP + app)
    temporary, outside = folder.parent / "temporary", folder.parent / "outside"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT, "drill", "hostile:app", "--only", only, "--format", "json", *arguments],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(temporary), "OUTSIDE": str(outside)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    left = [each.name for each in temporary.iterdir() if each.name.startswith("buckler")]
    return Ended(done.returncode, done.stdout, done.stderr, left, outside.exists())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an app."""
    made = tmp_path / "project"
    made.mkdir()
    return made


LIVED = """
from contextlib import asynccontextmanager
app.router.lifespan_context = asynccontextmanager(life)
"""
STUBBORN = """
{}:
    while True:
        try: time.sleep(10**6)
        except BaseException: pass
"""
HOLDS = """
@app.get("/{0}")
async def {0}(q: str = "") -> None:
    {1}
"""


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("spins", "while True: pass"),
        ("sleeps", "time.sleep(10**6)"),
        ("matches", "re.match('(a|a)+$', 'a' * 60 + 'b')"),
        ("locks", "threading.Lock().acquire() and threading.Event().wait()"),
    ],
)
def test_a_call_that_holds_the_event_loop_is_ended_and_the_drill_goes_on(folder: Path, name: str, line: str) -> None:
    """A loop, a sleep, an expression that tries for ever: told with the request, and all was attacked."""
    done = drilled(folder, HOLDS.format(name, line))
    assert any(f"GET /{name} kept the event loop to itself" in note for note in done.report["notes"]), done.told
    assert not done.report["stopped"]
    assert done.left == []


def test_what_does_not_let_go_ends_the_drill_with_what_is_known(folder: Path) -> None:
    """It swallows what ends it. The report names the request, and what was not reached is untested."""
    stubborn = "while True:\n        try: time.sleep(10**6)\n        except BaseException: pass"
    done = drilled(folder, HOLDS.format("stubborn", stubborn), "--only", "D605")
    assert done.code == 1, done.told
    assert "GET /stubborn held the event loop" in done.report["stopped"]
    assert done.left == []


@pytest.mark.parametrize(
    ("app", "told"),
    [
        ("async def life(app):\n    threading.Event().wait()\n    yield\n" + LIVED, "startup failed"),
        ("async def life(app):\n    yield\n    threading.Event().wait()\n" + LIVED, "the end of the app kept"),
        ("app.openapi = lambda: time.sleep(10**6)", "cannot write its own document"),
        (
            STUBBORN.format("async def life(app)").replace("    while", "    yield\n    while") + LIVED,
            "stopped at the end of the app, 1 of 1 attacks done: the end of the app held the event loop",
        ),
        (
            STUBBORN.format("def openapi()") + "app.openapi = openapi",
            "the document of the app held the event loop",
        ),
    ],
    ids=["start", "end", "document", "stubborn end", "stubborn document"],
)
def test_what_holds_it_before_and_after_the_attacks_is_ended_too(folder: Path, app: str, told: str) -> None:
    """The start, the document and the end of an app: which of them it was is told."""
    done = drilled(folder, app)
    assert (done.code != 0, done.left) == (True, []), done.told
    assert told in done.told + done.said


def test_a_stream_of_the_app_is_not_waited_for(folder: Path) -> None:
    """It stands where standard output was."""
    stream = """
class Out:
    def write(self, text): return len(text)
    def flush(self): threading.Event().wait()
    def isatty(self): return False
    def fileno(self): return 1


sys.stdout = Out()
"""
    done = drilled(folder, stream, "--fail-on", "never")
    assert (done.code, done.left) == (3, []), done.told


@pytest.mark.heavy
def test_nothing_of_the_app_goes_on_after_it(folder: Path) -> None:
    """What it registered for the exit is not done, its threads are not waited for, and its folder is gone."""
    app = """
atexit.register(lambda: OUTSIDE.write_text("acted"))
threading.Thread(target=threading.Event().wait, name="endless").start()
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
pool.submit(threading.Event().wait)


@app.get("/hangs")
def hangs(q: str = "") -> None:
    threading.Event().wait()


@app.get("/executes")
async def executes(q: str = "") -> None:
    await asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
"""
    done = drilled(folder, app)
    assert (done.outside, done.left) == (False, []), done.told
    assert any(note.startswith("left running: ") and "ThreadPoolExecutor" in note for note in done.report["notes"])


def test_an_app_that_fails_at_its_import_leaves_nothing_either(folder: Path) -> None:
    """An exception, or the end of the process: exit code 1, which says that it was the app."""
    acts = 'atexit.register(lambda: OUTSIDE.write_text("acted"))\n'
    for number, (last, told) in enumerate({"raise SystemExit(0)": "SystemExit(0)", "1 / 0": "ZeroDivision"}.items()):
        inner = folder.parent / str(number) / "project"
        inner.mkdir(parents=True)
        done = drilled(inner, acts + last)
        assert (done.code, told in done.told, done.outside, done.left) == (1, True, False, []), done.told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("os._exit(0)", "os._exit(0)"),
        ("import posix; posix._exit(0)", "os._exit(0)"),
        ('os.execv("/bin/true", ["true"])', "the program /bin/true in its place"),
    ],
)
def test_an_app_that_ends_the_process_ends_its_request(folder: Path, line: str, told: str) -> None:
    """Its exit code would be the verdict. The rest is attacked, and the report says what was tried."""
    done = drilled(folder, HOLDS.format("ends", line), "--fail-on", "never")
    assert (done.code, done.left) == (3, []), done.told
    assert f"refused: the end of this process, by {told}" in done.report["notes"]
    assert not done.report["stopped"]
    assert f"the app ended the process: {told}" in done.said


def test_an_app_that_ends_the_process_at_its_import_is_refused(folder: Path) -> None:
    """A fork that it made ends all the same."""
    forks = "child = os.fork()\nif not child: os._exit(7)\nassert os.waitpid(child, 0)[1] == 7 * 256\n"
    done = drilled(folder, f"{forks}os._exit(0)")
    assert (done.code, done.left, "the app ended the process: os._exit(0)" in done.told) == (1, [], True), done.told


def test_what_the_app_prints_is_not_in_the_report(folder: Path) -> None:
    """By whatever way: standard output is that of the report."""
    app = """
print("of the import")
os.write(1, b"of the descriptor")
sys.__stdout__.write("of the other name")
os.system("echo of a program")


@app.get("/prints")
async def prints(q: str = "") -> None:
    print("of a route", flush=True)
"""
    done = drilled(folder, app)
    assert done.report["format"] == "buckler-drill"
    for words in ("of the import", "of the descriptor", "of a program", "of a route"):
        assert words in done.told


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("how", ["sys.stderr.close()", "sys.stderr = sys.stdout = None", "sys.stderr = object()"])
def test_an_app_that_takes_its_streams_away_ends_as_any_other(folder: Path, how: str) -> None:
    """The report is printed, by numbers of our own, and nothing is done at exit."""
    app = f"""
atexit.register(lambda: OUTSIDE.write_text("acted"))


@app.on_event("shutdown")
def closing() -> None:
    {how}
"""
    done = drilled(folder, app, "--fail-on", "never")
    assert (done.code, done.outside, done.left) == (3, False, []), done.told
    assert (done.report["format"], "attacks could be judged" in done.told) == ("buckler-drill", True)


@pytest.mark.parametrize("how", ["sys.stderr.close()", "sys.stderr = None"])
def test_one_that_has_none_from_its_import_on_is_drilled_too(folder: Path, how: str) -> None:
    """What tells of the way has nobody to tell it to, which is no failure."""
    done = drilled(folder, f"{how}\n", "--fail-on", "never")
    assert (done.code, done.report["stopped"]) == (3, None), done.told


def test_an_end_without_anybody_who_reads_is_one(folder: Path) -> None:
    """As under `2>&1 | head -1`: the process ends all the same, before anything that was registered for the exit."""
    app = 'atexit.register(lambda: OUTSIDE.write_text("acted"))\n'
    outside = folder.parent / "outside"
    (folder / "hostile.py").write_text(APP + app)
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        done = subprocess.run(
            [sys.executable, "-c", IMPATIENT, "drill", "hostile:app", "--only", "D401", "--fail-on", "never"],
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder.parent), "OUTSIDE": str(outside)},
            stdout=theirs,
            stderr=theirs,
            timeout=120,
            check=False,
        )
    finally:
        os.close(theirs)
    assert (done.returncode, outside.exists()) == (1, False)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_whoever_ends_it_is_told_what_it_has(folder: Path, name: str) -> None:
    """As Ctrl-C does: the folder goes, and the exit code is no success, whatever counts as a failure."""
    app = f"""
@app.get("/ends")
async def ends(q: str = "") -> None:
    os.kill(os.getpid(), signal.{name})
"""
    done = drilled(folder, app, "--fail-on", "never")
    assert (done.code, done.left) == (1, []), done.told
    assert done.report["stopped"].startswith("stopped during")


def test_a_drill_that_is_stopped_before_people_came_in_says_so_in_its_report(tmp_path: Path) -> None:
    """Standard output is never empty: a program reads the same form however it ended."""
    (tmp_path / "app").mkdir()
    done = drilled(tmp_path / "app", "raise KeyboardInterrupt")
    assert done.code == 1
    assert done.report["stopped"] == "stopped before anything was attacked"
    assert done.report["coverage"] == {"attacks": 1, "judged": 0, "percent": 0.0}
