"""`buckler users import`: all of a file or nothing, beside a running service."""

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from buckler.randomness import secret_text
from tests.cli.in_process import Done, Shell
from tests.cli.running import command, serving, surroundings
from tests.identity.foreign_vectors import CUT, MADE, SHORT, django

APP = """
from fastapi import FastAPI
from buckler import Buckler, Roles

app = FastAPI()
Buckler(app, accounts=True, roles=Roles({"editor": {"texts:write"}, "admin": {"*"}}, new="editor"))
"""
GOOD = (
    "name,email,hash,roles,confirmed,disabled\n"
    f"ada@example.com,,{django('tuba')},admin,yes,\n"
    f"bob@example.com,,{CUT},,,yes\n"
    "eve@example.com,,!unusable,,,\n"
)
FAULTY = GOOD + "nowhere,,5f4dcc3b5aa765d61d8327deb882cf99,raeder,,\nBOB@example.com,,,,,\n"


def test_a_file_is_imported_and_summed_up(shell: Shell) -> None:
    """Kinds, weak ones, those without a password; and an event with the numbers. No output has a hash."""
    done = _import(shell, GOOD)
    assert done.code == 0, done.told
    assert [line.split() for line in done.said.splitlines()[:4]] == [
        ["HASH", "ACCOUNTS", "WEAK"], ["pbkdf2-sha256", "1", "1"], ["bcrypt", "1", "1"], ["none", "1", "-"],
    ]  # fmt: skip
    assert done.said.endswith("Accounts imported: 3.\n")
    assert '"event":"user_imported"' in done.told
    assert '"accounts":3,"locked":1,"weak":2,"by":"operator"' in done.told
    assert "tuba" not in done.said + done.told
    assert CUT not in done.said + done.told
    found = _listed(shell)
    assert {name: each["roles"] for name, each in found.items()} == {
        "ada@example.com": ["admin"], "bob@example.com": ["reader"], "eve@example.com": ["reader"],
    }  # fmt: skip
    assert (found["ada@example.com"]["email"], found["eve@example.com"]["email"]) == ("ada@example.com", None)
    assert found["bob@example.com"]["disabled_at"] is not None


def test_who_has_no_password_needs_mail(shell: Shell) -> None:
    """Where the app sends none the operator is told."""
    (shell.folder / "mine.py").write_text(APP)
    service = {
        "BUCKLER_ENVIRONMENT": "production",
        "BUCKLER_ORIGIN": "https://api.example.com",
        "BUCKLER_MASTER_SECRET": secret_text(48),
    }
    words = "1 have no password, and this app mails no codes: they cannot come in. Set BUCKLER_MAIL."
    for mail, is_told in (
        ({"BUCKLER_MAIL": "smtps://mail.example.com", "BUCKLER_MAIL_FROM": "noreply@example.com"}, False),
        ({}, True),
    ):
        path = shell.folder / "people.csv"
        path.write_text("name,hash\neve@example.com,\n")
        done = shell.run("users", "import", "people.csv", "--app", "mine:app", "--dry-run", **service, **mail)
        assert (done.code, words in done.told) == (0, is_told), done.told


def test_nothing_is_imported_unless_everything_is_good(shell: Shell) -> None:
    """Each line at fault is told with its number, its reasons and remedies; never with what stands in it."""
    done = _import(shell, FAULTY)
    assert (done.code, done.said) == (1, "")
    told = [line for line in done.told.splitlines() if line.startswith("line ")]
    assert [line.partition(":")[0] for line in told] == ["line 5", "line 6"]
    for words in ("one e-mail address", "The roles are admin, analyst, reader.", "made for speed"):
        assert words in told[0]
    assert "Line 3 has this name, or one that looks the same." in told[1]
    assert "for your own app: --app main:app" in done.told
    assert "of 5 lines 2 are at fault" in done.told
    assert "5f4dcc3b5" not in done.told
    assert "Traceback" not in done.told
    assert _listed(shell) == {}


def test_what_is_faulty_can_be_left_out(shell: Shell) -> None:
    """And is told all the same; the rest of the file is not imported a second time."""
    done = _import(shell, FAULTY, "--skip-faulty")
    assert done.code == 0, done.told
    assert "Lines that are left out: 2." in done.said
    assert "line 5: " in done.told
    assert len(_listed(shell)) == 3
    again = _import(shell, FAULTY, "--skip-faulty")
    assert (again.code, again.said) == (1, "")
    assert again.told.count("An account has this name") == 4
    assert "there is no account in this file" in again.told


def test_a_dry_run_keeps_nothing(shell: Shell) -> None:
    """It says what would be, and fails where the import would."""
    done = _import(shell, GOOD, "--dry-run")
    assert (done.code, "Accounts that would be imported: 3." in done.said) == (0, True), done.told
    assert "user_imported" not in done.told
    assert _import(shell, FAULTY, "--dry-run").code == 1
    assert _import(shell, FAULTY, "--dry-run", "--skip-faulty").code == 0
    assert _listed(shell) == {}


def test_json_lines_and_the_roles_of_an_app(shell: Shell) -> None:
    """The role of newcomers where a line says nothing of roles; the format is said where the name does not."""
    (shell.folder / "mine.py").write_text(APP)
    lines = [{"name": "ada@example.com", "hash": CUT}, {"name": "bob@example.com", "hash": CUT, "roles": []}]
    text = "\n".join(map(json.dumps, lines))
    mine = ("--environment", "development", "--app", "mine:app")
    unsaid = _import(shell, text, *mine, file="people.json")
    assert (unsaid.code, "--format jsonl" in unsaid.told) == (1, True)
    done = _import(shell, text, *mine, "--format", "jsonl", file="people.json")
    assert done.code == 0, done.told
    assert {name: each["roles"] for name, each in _listed(shell).items()} == {
        "ada@example.com": ["editor"], "bob@example.com": [],
    }  # fmt: skip
    refused = _import(shell, json.dumps({"name": "e@example.com", "hash": CUT, "roles": ["x"]}), *mine, file="p.jsonl")
    assert (refused.code, "The roles are admin, editor." in refused.told) == (1, True)
    assert "--app" not in refused.told


def test_wrong_calls_and_files(shell: Shell) -> None:
    """The reason stands on the error stream."""
    missing = shell.run("users", "import", "people.csv")
    assert (missing.code, "people.csv: it cannot be read" in missing.told) == (1, True)
    folder = shell.run("users", "import", ".", "--format", "csv")
    assert (folder.code, "cannot be read" in folder.told) == (1, True)
    headless = _import(shell, "ada@example.com,x\n")
    assert (headless.code, "Line 1: it must name the columns" in headless.told) == (1, True)
    empty = _import(shell, "name,hash\n")
    assert (empty.code, "there is no account in this file" in empty.told) == (1, True)
    for call in (("import",), ("import", "people.csv", "--format", "xml"), ("import", "people.csv", "--hash", CUT)):
        assert shell.run("users", *call).code == 2


@pytest.mark.parametrize(("mode", "warns"), [(0o600, False), (0o640, True), (0o644, True)])
def test_a_file_that_others_can_read_is_told(shell: Shell, mode: int, warns: bool) -> None:
    """There are hashes in it."""
    done = _import(shell, GOOD, mode=mode)
    assert (done.code, "others on this machine can read the hashes" in done.told) == (0, warns)


@pytest.mark.heavy
def test_a_bar_is_drawn_on_a_terminal_alone(tmp_path: Path) -> None:
    """On the error stream; what is printed elsewhere stays as it is."""
    (tmp_path / "people.csv").write_text("name,hash\n" + "".join(f"u{at}@example.com,{CUT}\n" for at in range(600)))
    ours, theirs = pty.openpty()
    done = subprocess.run(
        command("users", "import", "people.csv"), cwd=tmp_path, env=surroundings(TERM="xterm"), timeout=60,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, text=True,
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    assert done.returncode == 0, shown
    assert "100%" in shown
    assert done.stdout.splitlines()[-1] == "Accounts imported: 600."


@pytest.mark.heavy
def test_a_running_service_lets_them_in(tmp_path: Path) -> None:
    """At once, each with the password that it had."""
    with serving(tmp_path) as running, running.client() as client:
        some = ("django argon2", "passlib bcrypt_sha256", "django bcrypt", "passlib pbkdf2_sha512")
        names = {f"user{at}@example.com": MADE[maker][1] for at, maker in enumerate(some)}
        text = "name,hash\n" + "".join(f'{name},"{hashed}"\n' for name, hashed in names.items())
        (tmp_path / "people.csv").write_text(text)
        done = subprocess.run(
            command("users", "import", "people.csv"), cwd=tmp_path, env=surroundings(), capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        for name in names:
            for _ in range(2):
                answer = client.post("/auth/sign-in", json={"name": name, "password": SHORT})
                assert answer.status_code == 200, answer.text


def _import(shell: Shell, text: str, *arguments: str, file: str = "people.csv", mode: int = 0o600) -> Done:
    path = shell.folder / file
    path.write_text(text)
    path.chmod(mode)
    return shell.run("users", "import", file, *arguments)


def _listed(shell: Shell) -> dict[str, dict[str, Any]]:
    done = shell.run("users", "list", "--json")
    assert done.code == 0, done.told
    return {each["name"]: each for each in json.loads(done.said)}
