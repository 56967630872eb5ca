"""`buckler drill`: an app in a folder is attacked, and the report says what is to be mended."""

import sqlite3
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from buckler.cli.drill.results import results_to
from buckler.drill.attack import Clean, NotApplicable, Untested, Verdict
from buckler.drill.attacks.selection import select
from buckler.drill.report import Judged, Report
from buckler.drill.reports.as_json import schema_text
from tests.cli.in_process import Done, Shell
from tests.drill.reports.schema import conforming

APP = """
import sqlite3
from fastapi import Depends, FastAPI, Form, HTTPException
from fastapi.security import OAuth2PasswordBearer

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
signed = OAuth2PasswordBearer(tokenUrl="token")
PEOPLE = {"ada": "first-password", "ben": "second-password"}
kept = sqlite3.connect("notes.db", check_same_thread=False, isolation_level=None)
kept.execute("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT, text TEXT)")


def caller(token: str = Depends(signed)):
    who = token.removeprefix("token-of-")
    if who == token or who not in PEOPLE:
        raise HTTPException(401)
    return who


@app.post("/token")
def token(username: str = Form(), password: str = Form()):
    if PEOPLE.get(username) != password:
        raise HTTPException(400)
    return {"access_token": "token-of-" + username, "token_type": "bearer"}


@app.get("/me")
def me(who: str = Depends(caller)):
    return {"name": who}


@app.post("/notes")
def add(text: str, who: str = Depends(caller)):
    row = kept.execute("INSERT INTO note (owner, text) VALUES (?, ?)", (who, text))
    return {"id": row.lastrowid, "owner": who, "text": text}


@app.get("/notes")
def mine(who: str = Depends(caller)):
    rows = kept.execute("SELECT id, text FROM note WHERE owner = ?", (who,))
    return [{"id": number, "text": text} for number, text in rows]


@app.get("/notes/{note_id}")
def one(note_id: int, who: str = Depends(caller)):
    row = kept.execute("SELECT id, owner, text FROM note WHERE id = ?", (note_id,)).fetchone()
    if row is None or row[1] != who and CHECKED:
        raise HTTPException(404)
    return {"id": row[0], "owner": row[1], "text": row[2]}


def make():
    return app
"""
PEOPLE = ("--user", "ada:first-password", "--user", "ben:second-password")
SERVICE = Path(__file__).parents[2] / "docs/policy/reference-service.json"


@pytest.fixture
def flawed(shell: Shell) -> Shell:
    """A shell in whose folder there is an app that shows any note to anybody who is signed in."""
    (shell.folder / "flawed.py").write_text(APP.replace("CHECKED", "False"))
    (shell.folder / "plain.toml").write_text('[target]\nplain = "http://elsewhere.test"\n')
    (shell.folder / "mended.py").write_text(APP.replace("CHECKED", "True"))
    return shell


def drilled(shell: Shell, *arguments: str) -> Done:
    return shell.run("drill", *arguments)


def test_a_note_of_another_is_found_and_the_folder_stays_as_it_was(flawed: Shell) -> None:
    """Exit code 1, with the route, a line for curl that shows no password, and what to do; the database is a copy."""
    sqlite3.connect(flawed.folder / "notes.db").close()
    before = sorted(each.name for each in flawed.folder.iterdir())
    done = drilled(flawed, "flawed:app", *PEOPLE, "--only", "D103")
    assert done.code == 1, done.told
    assert "D103" in done.said
    assert "GET /notes/{note_id}" in done.said
    assert "curl" in done.said
    assert "second-password" not in done.said + done.told
    assert [each.name for each in sorted(flawed.folder.iterdir()) if each.name != "__pycache__"] == before
    assert (flawed.folder / "notes.db").stat().st_size == 0


def test_the_mended_app_has_nothing(flawed: Shell) -> None:
    """The same attacks, and exit code 0; a function that makes the app is called."""
    done = drilled(flawed, "mended:make", *PEOPLE, "--only", "access")
    assert done.code == 0, done.said
    assert "Nothing found" in done.said


def test_every_form_is_written_by_its_name(flawed: Shell) -> None:
    """Six forms of one drill, and what cannot be written is told before it begins."""
    files = [f"report{suffix}" for suffix in (".html", ".json", ".sarif", ".xml", ".md", ".txt")]
    outputs = [word for file in files for word in ("--output", file)]
    assert drilled(flawed, "flawed:app", *PEOPLE, "--only", "D103", *outputs).code == 1
    texts = {file: (flawed.folder / file).read_text() for file in files}
    assert all("D103" in text for text in texts.values())
    assert conforming(texts["report.json"])["format"] == "buckler-drill"
    assert drilled(flawed, "--schema").said == schema_text()
    assert drilled(flawed, "flawed:app", "--output", "report.pdf").code == 2
    assert drilled(flawed, "flawed:app", "--output", "nowhere/report.html").code == 2


def test_a_baseline_is_written_filled_in_and_kept(flawed: Shell) -> None:
    """Without a reason it is refused; with one the finding is told and fails nothing."""
    assert drilled(flawed, "flawed:app", *PEOPLE, "--only", "D103", "--write-baseline", "known.toml").code == 1
    known = flawed.folder / "known.toml"
    assert tomllib.loads(known.read_text())["accepted"]
    refused = drilled(flawed, "flawed:app", *PEOPLE, "--only", "D103", "--baseline", "known.toml")
    assert (refused.code, "reason" in refused.told) == (2, True)
    known.write_text(known.read_text().replace('reason = ""', 'reason = "mended next week"'))
    done = drilled(flawed, "flawed:app", *PEOPLE, "--only", "D103", "--baseline", "known.toml")
    assert done.code == 0, done.said + done.told
    assert "mended next week" in done.said


def test_the_least_severity_that_fails_is_chosen(flawed: Shell) -> None:
    """What is high fails at high, and never at critical or never."""
    codes = [
        drilled(flawed, "flawed:app", *PEOPLE, "--only", "D103", "--fail-on", each).code
        for each in ("high", "critical", "never")
    ]
    assert codes == [1, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("missing:app",), 1, "there is no module"),
        (("flawed:nothing",), 1, "no FastAPI app named 'nothing'"),
        (("flawed.py",), 1, "did you mean flawed:app"),
        (("flawed:app", "--only", "acess"), 2, "Did you mean access?"),
        (("flawed:app", "--only", "injection"), 2, "Did you mean D401 (SQL injection)"),
        (("flawed:app", "--only", "wire"), 2, "needs a real server"),
        (("flawed:app", "--budget", "soon"), 2, "60s"),
        (("flawed:app", "--policy", "flawed.py"), 2, "no JSON"),
        (("flawed:app", "--policy", "nowhere.json"), 2, "cannot be read"),
        (("flawed:app", "--options", "nowhere.toml"), 2, "cannot be read"),
        (("flawed:app", "--user", "ada"), 2, "NAME:PASSWORD"),
        (("flawed:app", "--token", "admin=NOT_SET_ANYWHERE"), 2, "NOT_SET_ANYWHERE"),
        (("flawed:app", "--env", "word"), 2, "NAME=VALUE"),
        (("https://example.com",), 1, "--target-is-mine example.com"),
        (("ftp://localhost",), 1, "https://localhost:8443"),
        (("http://localhost:99999",), 1, "https://localhost:8443"),
        (("http://[::1",), 1, "https://localhost:8443"),
        (("localhost:8000",), 2, "write http://localhost:8000"),
        (("[::1]:8000/docs",), 2, "write http://[::1]:8000/docs"),
        (("http://ada:first-password@localhost:1",), 2, "--user NAME:PASSWORD"),
        (("http://localhost:1/api",), 2, "--openapi names, as /api/openapi.json"),
        (("http://localhost:1?a=b",), 2, "as http://localhost:1."),
        (("http://localhost:1#a",), 2, "as http://localhost:1."),
        (("http://localhost:1", "--target-is-mine", "localhost"), 2, "leave it out"),
        (("http://staging.test", "--target-is-mine", "stagin.test"), 2, "the target is staging.test"),
        (("http://localhost:1", "--env", "A=b"), 2, "where the server is started"),
        (("http://localhost:1", "--options", "plain.toml"), 1, "--target-is-mine elsewhere.test"),
        (("flawed:app", "--openapi", "/openapi.json"), 2, "--openapi has no effect on flawed:app"),
        (("flawed:app", "--target-is-mine", "a.test"), 2, "--target-is-mine has no effect"),
        (("flawed:app", "--ca", "flawed.py"), 2, "--ca has no effect"),
        (("--insecure",), 2, "--insecure has no effect on the reference service"),
        (("https://localhost:1", "--ca", "flawed.py"), 2, "--ca"),
        (("https://localhost:1", "--ca", "flawed.py", "--insecure"), 2, "exclude each other"),
        (("http://localhost:1", "--openapi", "nowhere.json"), 1, "no such file"),
        (("http://localhost:1",), 1, "could not be had"),
        (("http://localhost:1", "--openapi", "flawed.py"), 1, "flawed.py"),
    ],
)
def test_what_is_wrong_is_told_with_the_remedy(flawed: Shell, arguments: tuple[str, ...], code: int, told: str) -> None:
    """Before anything is attacked; and no traceback."""
    done = drilled(flawed, *arguments)
    assert (done.code, told in done.told) == (code, True), done.told
    assert "Traceback" not in done.told
    assert "first-password" not in done.told


def test_every_attack_is_listed(flawed: Shell) -> None:
    """With its id and family; as Markdown too."""
    lines = drilled(flawed, "--list").said.splitlines()
    assert lines[0].split()[:2] == ["D101", "access"]
    assert len(lines) == len({line.split()[0] for line in lines})
    assert "D101" in drilled(flawed, "--list", "--format", "markdown", "--only", "D101").said


@pytest.mark.heavy
def test_the_reference_service_is_attacked_by_its_policy(flawed: Shell) -> None:
    """Without a target it is our own service, with somebody of each role, and nothing is found in it."""
    done = drilled(flawed, "--policy", str(SERVICE), "--only", "D101", "--only", "D102")
    assert done.code == 0, done.said + done.told
    assert "analyst" in done.said
    told = drilled(flawed, "--policy", str(SERVICE), "--only", "D101", "--admin", "root:tall-crane-83").said
    assert "no effect: who signs in." in " ".join(told.split())


def test_a_database_elsewhere_is_not_opened(flawed: Shell, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It is not in the copy, so it would not be thrown away; --writes allows it."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "notes.db"
    for name in ("flawed.py",):
        text = (flawed.folder / name).read_text().replace('"notes.db"', repr(str(elsewhere)))
        (flawed.folder / name).write_text(text)
    done = drilled(flawed, "flawed:app", *PEOPLE, "--only", "D103")
    assert (done.code, "--writes" in done.told, elsewhere.exists()) == (1, True, False), done.told + done.said
    assert drilled(flawed, "flawed:app", *PEOPLE, "--only", "D103", "--writes").code == 1
    assert elsewhere.exists()


def test_a_drill_that_was_stopped_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    """What it did not reach may be found the next time: a pipeline shall not go on."""
    attack = select(("D101",))[0].about
    report = Report("x", "2026-11-30T00:00:00+00:00", 1.0, 1, (), ("anonymous",), (Judged(attack, Clean("GET /a")),))
    results = results_to((), "terminal", None, None, "low")
    assert results.tell(report) == 0
    assert results.tell(replace(report, stopped="stopped during D102")) == 1


@pytest.mark.parametrize(
    ("judged", "asked", "code", "word"),
    [
        (0, 0, 3, "Nothing could be attacked; 0 of 5 attacks could be judged"),
        (1, 0, 0, "Little was tried, and nothing found; 1 of 5 attacks could be judged"),
        (1, 21, 3, "--require-coverage asks for 21 %"),
        (2, 40, 0, "Nothing found; 2 of 5 attacks could be judged"),
    ],
)
def test_too_little_that_was_judged_is_no_success(
    judged: int, asked: int, code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exit code of its own, whatever findings would do; what is not applicable anywhere does not count."""
    *several, other = (each.about for each in select(("D101", "D102", "D103", "D104", "D105", "D106")))
    verdicts: list[Verdict] = [Untested("GET /a", "nobody is there")] * 5
    verdicts[:judged] = [Clean("GET /a")] * judged
    all_of_them = tuple(Judged(about, verdict) for about, verdict in zip(several, verdicts, strict=True))
    nothing = Judged(other, NotApplicable("GET /a", "no id"))
    report = Report("x", "2026-11-30T00:00:00+00:00", 1.0, 1, (), ("anonymous",), (*all_of_them, nothing))
    assert results_to((), "terminal", None, None, "never", asked).tell(report) == code
    seen = capsys.readouterr()
    assert word in seen.out + seen.err
