"""The drill as a test of an app's own suite, and as one test for each attack."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from threading import Event
from traceback import format_exception

import pytest
from fastapi import FastAPI

from buckler import Buckler, ConfigurationError, Public, Requires, Roles
from buckler.testing import drill
from tests.stage import development, people

ROOT = Path(__file__).parents[2]
MINE = """
from fastapi import FastAPI
from buckler import Buckler, Public, Requires, Roles

app = FastAPI()
Buckler(app, accounts=True, roles=Roles({"reader": (), "editor": ("texts:write",)}, new="reader"))


@app.get("/open", dependencies=[Public("anybody")])
async def opened() -> str:
    return "open"


@app.delete("/texts", dependencies=[Requires(ASKED)])
async def clear() -> None: ...
"""

KEEPING = """
import sqlite3
from fastapi import FastAPI

kept = sqlite3.connect(FILE)
app = FastAPI()
"""


LEAVING = """
from contextlib import asynccontextmanager
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from fastapi import FastAPI

never, pool = Event(), ThreadPoolExecutor(1)


async def life(app):
    pool.submit(never.wait)
    Thread(target=never.wait, name="endless").start()
    yield


app = FastAPI(docs_url=None, redoc_url=None, lifespan=asynccontextmanager(life))


@app.get("/fine")
async def fine(q: str = "") -> str:
    return "fine"
"""
BETWEEN = """
import socket
from contextlib import asynccontextmanager, suppress
from fastapi import FastAPI


@asynccontextmanager
async def life(app):
    with suppress(PermissionError):
        socket.create_connection(("203.0.113.9", 443))
    yield


app = FastAPI(lifespan=life)
"""
HOLDING = """
from threading import Event
from fastapi import FastAPI
from buckler.staging import watch

watch.PATIENCE = 0.2
app = FastAPI(docs_url=None, redoc_url=None)


@app.get("/fine")
async def fine(q: str = "") -> str:
    return "fine"


@app.get("/holds")
async def holds(q: str = "") -> None:
    Event().wait()
"""
ENDING = """
import os
from fastapi import FastAPI

app = FastAPI()


@app.get("/ends/{number}")
def ends(number: int) -> None:
    os._exit(0)
"""
BOTH_ENDS = """
import pytest
from buckler.errors import ConfigurationError
from buckler.testing import drill


def test_at_its_import():
    with pytest.raises(ConfigurationError, match=r"the app ended the process: os\\._exit\\(0\\)"):
        drill("ends_at_once:app", only="D401")


def test_by_a_request():
    notes = drill("ends_later:app", only="D401").report.notes
    assert "refused: the end of this process, by os._exit(0)" in notes
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an app, the policy that it was meant to have, and the same app weakened."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "sound_app.py").write_text(MINE.replace("ASKED", '"texts:write"'))
    (folder / "weak_app.py").write_text(MINE.replace("ASKED", ""))
    command = [sys.executable, "-m", "buckler", "policy", "sound_app:app", "--environment", "development"]
    subprocess.run([*command, "--write", "p.json"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def folder(written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder, in which modules are found."""
    monkeypatch.syspath_prepend(str(written))
    return written


def test_an_app_that_is_as_its_policy_says_is_clean(folder: Path) -> None:
    """Nothing is raised; the report says what was attacked."""
    drilled = drill("sound_app:app", policy=folder / "p.json", only={"D101", "d102"})
    drilled.assert_clean()
    assert drilled.report.attacked


def test_an_app_that_asks_less_than_its_policy_is_found(folder: Path) -> None:
    """The test fails with what was seen and how to see it again."""
    with pytest.raises(AssertionError, match=r"^D102 missing function-level authorization, DELETE /texts\n"):
        drill("weak_app:app", policy=folder / "p.json", only={"D102"}).assert_clean()
    drill("weak_app:app", policy=folder / "p.json", only={"D102"}).assert_clean("critical")


async def test_it_runs_in_a_loop_that_is_there_and_takes_an_app(folder: Path) -> None:
    """In an asynchronous test, with an app that the test made: its callers are played."""
    app = FastAPI(title="made here")
    Buckler(app, settings=development(data=folder / "data"), authenticator=people(), roles=Roles({"reader": ()}))

    @app.get("/mine", dependencies=[Requires()])
    async def mine() -> str:
        return "mine"

    @app.get("/open", dependencies=[Public("anybody")])
    async def opened() -> str:
        return "open"

    drill(app, only={"D101"}).assert_clean()


def test_what_attacks_nothing_is_not_clean() -> None:
    """An app without routes was not found to be in order."""
    with pytest.raises(AssertionError, match="Nothing could be attacked"):
        drill(FastAPI(docs_url=None, redoc_url=None, openapi_url=None), only={"D101"}).assert_clean()


@pytest.mark.parametrize(
    ("app", "given", "told"),
    [
        ("not_there:app", {}, "not_there"),
        ("sound_app:nothing", {}, "no FastAPI app"),
        ("sound_app:app", {"only": {"acces"}}, "Did you mean access"),
        ("sound_app:app", {"policy": "nowhere.json"}, r"drill: policy nowhere\.json: it cannot be read"),
        ("sound_app:app", {"policy": __file__}, r"drill: policy .*test_drilling\.py: this is no JSON"),
        ("sound_app:app", {"policy": Path("latin.json")}, r"drill: policy .*latin\.json: .* no text in UTF-8"),
        ("sound_app:app", {"policy": Path("deep.json")}, r"drill: policy .*deep\.json: this is no JSON"),
        ("sound_app:app", {"options": Path("latin.json")}, r"drill: options .*latin\.json: .* no text in UTF-8"),
        ("sound_app:app", {"baseline": Path("deep.json")}, "drill: The baseline is no TOML"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, app: str, given: dict[str, object], told: str) -> None:
    """As an error of configuration, with the remedy; a file with its name."""
    (folder / "latin.json").write_bytes(b'"caf\xe9"')
    (folder / "deep.json").write_text("a = " * ("baseline" in given) + "[" * 100_000)
    given = {name: folder / value if isinstance(value, Path) else value for name, value in given.items()}
    with pytest.raises(ConfigurationError, match=told):
        drill(app, **given)  # type: ignore[arg-type]


def test_an_app_that_cannot_write_its_document_is_told() -> None:
    """As the command does it: what is wrong with the app is no mistake of the test's."""
    app = FastAPI(title="mute")
    vars(app).update(openapi=lambda: {}["paths"])
    with pytest.raises(ConfigurationError, match="drill: mute: The app cannot write its own document"):
        drill(app, only={"D110"})


def test_what_an_app_says_that_does_not_start_is_told_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in the logs of a pipeline."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:tall-crane-83@db/shop")

    def failed() -> None:
        raise RuntimeError("cannot connect to " + os.environ["DATABASE_URL"])

    with pytest.raises(ConfigurationError, match=r"shop:\$DATABASE_URL_PASSWORD@db") as told:
        drill(FastAPI(title="far", on_startup=[failed]), only={"D110"})
    assert "tall-crane" not in "".join(format_exception(told.value))


def test_each_attack_is_a_test(folder: Path) -> None:
    """Loaded by name; the attack that finds something fails with what to do, the others pass or are skipped."""
    command = [sys.executable, "-m", "pytest", "-p", "buckler.testing.drill_plugin", "-p", "no:cacheprovider"]
    options = ["--drill", "weak_app:app", "--drill-policy", "p.json", "-k", "D101 or D102", "-q", "-rA"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    assert "DELETE /texts" in done.stdout
    assert "Traceback" not in done.stdout


def test_an_app_that_ends_the_process_does_not_end_the_tests(tmp_path: Path) -> None:
    """Neither at its import nor by a request: pytest has its own end."""
    (tmp_path / "ends_at_once.py").write_text("import os\nos._exit(0)\n")
    (tmp_path / "ends_later.py").write_text(ENDING)
    (tmp_path / "test_it.py").write_text(BOTH_ENDS)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_a_drill_that_cannot_be_made_is_told_once(written: Path) -> None:
    """In one line, without the way that led there; the other attacks are skipped."""
    command = [sys.executable, "-m", "pytest", "-p", "buckler.testing.drill_plugin", "-p", "no:cacheprovider"]
    options = ["--drill", "nowhere:app", "-k", "D101 or D102", "-q", "-rA"]
    done = subprocess.run([*command, *options], cwd=written, capture_output=True, text=True, check=False)
    assert "1 failed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert "An app is named MODULE:APP" in done.stdout
    assert "Traceback" not in done.stdout
    assert len(done.stdout.splitlines()) < 30


def test_a_database_that_is_opened_at_import_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies outside of what is thrown away, so the app is not even imported, unless all of it may be lost."""
    project, thrown_away = tmp_path / "project", tmp_path / "temporary"
    project.mkdir()
    thrown_away.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(thrown_away))
    monkeypatch.syspath_prepend(str(project))
    database = project / "kept.db"
    (project / "keeping_app.py").write_text(KEEPING.replace("FILE", repr(str(database))))
    with pytest.raises(ConfigurationError, match="writes=True"):
        drill("keeping_app:app", only={"D110"})
    assert not database.exists()
    drill("keeping_app:app", only={"D110"}, writes=True)
    assert database.exists()
    sys.modules["keeping_app"].kept.close()


def test_data_that_are_to_be_kept_are_refused_in_the_words_of_a_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app that is there already keeps its settings; what allows the drill all the same is an argument here."""
    kept, thrown_away = tmp_path / "kept", tmp_path / "temporary"
    for folder in (kept, thrown_away):
        folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(thrown_away))
    app = FastAPI(title="kept")
    Buckler(app, settings=development(data=kept), authenticator=people(), roles=Roles({"reader": ()}))
    with pytest.raises(ConfigurationError, match=r"BUCKLER_DATA=.* or allow it with writes=True"):
        drill(app, only={"D110"})


def test_an_app_that_holds_the_event_loop_fails_its_test_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request is named, and the next drill is made; a test that stands in a running loop goes on too."""
    monkeypatch.setattr("buckler.staging.watch.PATIENCE", 0.2)
    app, over = FastAPI(docs_url=None, redoc_url=None), Event()

    @app.get("/holds")
    async def holds(q: str = "") -> None:
        over.wait()

    before = logging.getLogger().level, logging.Logger.callHandlers
    drilled = drill(app, only={"D401"})
    assert "GET /holds held the event loop" in drilled.report.stopped
    assert (logging.getLogger().level, logging.Logger.callHandlers) == before
    with pytest.raises(AssertionError, match="GET /holds held the event loop"):
        drilled.assert_clean("never")
    over.set()
    assert not drill(app, only={"D401"}).report.stopped
    assert (logging.getLogger().level, logging.Logger.callHandlers) == before


@pytest.mark.heavy
@pytest.mark.parametrize("chosen", ["D401 or D402 or enough", "D401 or D402"])
def test_a_drill_that_was_stopped_fails_among_the_tests_of_the_plugin(tmp_path: Path, chosen: str) -> None:
    """As it fails the command and `assert_clean`, whatever could be judged before, and whichever tests are chosen."""
    (tmp_path / "holding.py").write_text(HOLDING)
    command = [sys.executable, "-m", "pytest", "-p", "buckler.testing.drill_plugin", "-p", "no:cacheprovider"]
    options = ["--drill", "holding:app", "-k", chosen, "-q", "-rA"]
    done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    assert "GET /holds held the event loop" in done.stdout


@pytest.mark.heavy
def test_what_the_app_leaves_running_is_told_and_waited_for_by_nobody(tmp_path: Path) -> None:
    """A thread of an executor, and one of its own, that began in the drill: the process of the tests ends."""
    (tmp_path / "leaving.py").write_text(LEAVING)
    test = "from buckler.testing import drill\n\ndef test_it():\n    print(drill('leaving:app', only='D401').report)\n"
    (tmp_path / "test_it.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "test_it.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert "left running: 2 threads of the app" in done.stdout


def test_an_app_is_isolated_from_its_import_to_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its threads try between the two is refused as well, and told."""
    (folder / "between_app.py").write_text(BETWEEN)
    report = drill("between_app:app", only={"D110"}).report
    assert any("203.0.113.9" in note for note in report.notes)
