"""`buckler users`: accounts from the machine itself, beside a running service."""

import json
import os
import pty
import select
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.cli.in_process import Done, Shell
from tests.cli.running import Running, buckler, command, serving, surroundings
from tests.waiting import wait_until

PASSWORD = "vivid otter plays the tuba"
APP = """
from fastapi import FastAPI
from buckler import Buckler, Roles

app = FastAPI()
Buckler(app, accounts=True, roles=Roles({"editor": {"texts:write"}, "admin": {"*"}}, new="editor"))
bare = FastAPI()
"""


def users(folder: Path, *arguments: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("users", *arguments),
        cwd=folder,
        env=surroundings(**more),
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


def add(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return users(folder, "add", name, *arguments, given=f"{PASSWORD}\n")


def listed(folder: Path) -> dict[str, dict[str, object]]:
    done = users(folder, "list", "--json")
    assert done.returncode == 0, done.stderr
    return {each["name"]: each for each in json.loads(done.stdout)}


def test_accounts_are_made_shown_and_changed_without_a_service(shell: Shell) -> None:
    """Each step is told in a line, and is an event on the error stream; no output has the password."""
    made = _add(shell, "ada@example.com", "--role", "admin")
    assert made.code == 0, made.told
    assert made.said.startswith("ada@example.com is made, with the roles admin.")
    assert '"event":"authz_admin"' in made.told
    assert _add(shell, "bob@example.com").said.startswith("bob@example.com is made, with the roles reader.")
    steps = {
        ("roles", "bob@example.com", "--give", "analyst", "--take", "reader"): "has the roles analyst.",
        ("roles", "bob@example.com"): "has the roles analyst.",
        ("disable", "bob@example.com"): "is disabled",
        ("enable", "bob@example.com"): "is enabled.",
        ("end-sessions", "bob@example.com"): "0 sessions have ended",
        ("roles", "bob@example.com", "--take", "analyst"): "has no role.",
    }
    for line, words in steps.items():
        done = shell.run("users", *line)
        assert (done.code, words in done.said) == (0, True), done.told
        assert PASSWORD not in done.said + done.told
    head, ada, bob = shell.run("users", "list").said.splitlines()
    assert head.split() == ["NAME", "STATE", "ROLES", "LAST", "SIGN-IN", "ID"]
    assert ada.split()[:3] == ["ada@example.com", "enabled", "admin"]
    assert bob.split()[:3] == ["bob@example.com", "enabled", "-"]
    assert PASSWORD not in made.said + made.told


def test_what_cannot_be_is_refused_with_exit_code_1(shell: Shell) -> None:
    """And the reason; nothing is changed."""
    assert _add(shell, "ada@example.com", "--role", "admin").code == 0
    (shell.folder / "mine.py").write_text(APP)
    mine = ("--environment", "development", "--app")
    refused = {
        ("disable", "ada@example.com"): "give another one the role first",
        ("roles", "ada@example.com", "--take", "admin"): "give another one the role first",
        ("roles", "ada@example.com", "--give", "raeder"): "The roles are admin, analyst, reader.",
        ("roles", "ada@example.com", "--give", "editor"): "the reference service's; for your own app: --app main:app",
        ("roles", "ada@example.com", "--take", "raeder"): "The roles are admin, analyst, reader.",
        ("disable", "no\x1bbody"): r"no account 'no\\u001bbody'",
        ("disable", "nobody@example.com"): "buckler users list",
        ("add", "ada@example.com"): "Another account has this name",
        ("add", "eve@example.com"): "A password has at least 15",
        ("add", "eve@example.com", "--role", "raeder"): "The roles are admin, analyst, reader.",
        ("add", "eve@example.com", *mine, "mine:bare"): "keeps no accounts",
        ("list", "--data", "elsewhere"): "there is no buckler.db in it",
    }
    for line, words in refused.items():
        done = shell.run("users", *line, given="short\n")
        assert (done.code, done.said, words in done.told) == (1, "", True), (line, done.told)
        assert "Traceback" not in done.told
    for call in (("roles",), ("add", "eve@example.com", "--password", PASSWORD), ("add", "eve@example.com", PASSWORD)):
        assert shell.run("users", *call).code == 2
    assert list(_listed(shell)) == ["ada@example.com"]
    assert _listed(shell)["ada@example.com"]["disabled_at"] is None
    assert not (shell.folder / "elsewhere").exists()


def test_the_roles_are_those_of_the_app_that_is_named(shell: Shell) -> None:
    """And its newcomers' role."""
    (shell.folder / "mine.py").write_text(APP)
    mine = ("--environment", "development", "--app", "mine:app")
    assert "the roles editor" in _add(shell, "eve@example.com", *mine).said
    for change in ("--give", "--take"):
        refused = shell.run("users", "roles", "eve@example.com", change, "analyst", *mine)
        assert (refused.code, "The roles are admin, editor." in refused.told) == (1, True)
        assert "--app" not in refused.told
    assert shell.run("users", "roles", "eve@example.com", "--take", "admin", *mine).code == 0
    done = shell.run("users", "roles", "eve@example.com", "--give", "admin", *mine)
    assert "the roles admin, editor" in done.said, done.told


def test_a_role_that_the_app_has_no_more_can_be_taken(shell: Shell) -> None:
    """Without the app: the account has it, and that is enough."""
    (shell.folder / "mine.py").write_text(APP)
    assert _add(shell, "eve@example.com", "--environment", "development", "--app", "mine:app").code == 0
    done = shell.run("users", "roles", "eve@example.com", "--take", "editor", BUCKLER_ENVIRONMENT="production")
    assert (done.code, "has no role." in done.said) == (0, True), done.told


def test_a_secret_that_is_made_on_the_spot_is_told_once(shell: Shell) -> None:
    """With its place, and what production wants: that would refuse what stands here."""
    first = _add(shell, "ada@example.com", "--role", "admin")
    assert str(shell.folder / "data" / "master.key") in first.told
    assert "BUCKLER_ENVIRONMENT=production and BUCKLER_MASTER_SECRET_FILE" in first.told
    assert first.told.count("made on the spot") == 1
    assert "made on the spot" not in _add(shell, "bob@example.com").told


@pytest.mark.parametrize("line", ["list", "roles ada@example.com", "add bob@example.com"])
def test_a_damaged_database_is_refused_with_the_remedy(shell: Shell, line: str) -> None:
    """In one line, whoever opens it."""
    assert _add(shell, "ada@example.com", "--role", "admin").code == 0
    (shell.folder / "data" / "buckler.db").write_text("junk")
    done = shell.run("users", *line.split(), given=f"{PASSWORD}\n")
    assert (done.code, done.said) == (1, "")
    assert "buckler.db is damaged (file is not a database)" in done.told
    assert "restore a backup: buckler restore FILE --replace" in done.told


def test_a_password_is_asked_for_when_everything_else_is_in_order(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody types one twice to hear that the name or the address is malformed, or is somebody's already."""
    assert _add(shell, "ada@example.com", "--email", "post@example.com").code == 0
    asked = 0

    def asking() -> str:
        nonlocal asked
        asked += 1
        return PASSWORD

    monkeypatch.setattr("buckler.cli.users.read_password", asking)
    name, address, malformed = "Another account has this name", "Another account has this address", "Write one e-mail"
    refused = (
        (("nowhere",), "email", malformed),
        (("eve@example.com", "--email", "nowhere"), "email", malformed),
        (("eve", "--email", "nowhere"), "username", malformed),
        (("ADA@example.com",), "email", name),
        (("post@example.com",), "email", name),
        (("eve@example.com", "--email", "post@example.com"), "email", address),
        (("eve@example.com", "--email", "ada@example.com"), "email", address),
        (("eve", "--email", "Post@example.com"), "username", address),
    )
    for line, identifier, words in refused:
        done = shell.run("users", "add", *line, BUCKLER_IDENTIFIER=identifier)
        assert (done.code, words in done.told) == (1, True), (line, done.told)
    assert asked == 0
    assert list(_listed(shell)) == ["ada@example.com"]
    eve = shell.run("users", "add", "eve", "--email", "eve@example.com", BUCKLER_IDENTIFIER="username")
    assert (eve.code, asked) == (0, 1), eve.told


def _add(shell: Shell, name: str, *arguments: str) -> Done:
    return shell.run("users", "add", name, *arguments, given=f"{PASSWORD}\n")


def _listed(shell: Shell) -> dict[str, dict[str, object]]:
    done = shell.run("users", "list", "--json")
    assert done.code == 0, done.told
    return {each["name"]: each for each in json.loads(done.said)}


@pytest.mark.heavy
def test_a_password_is_asked_for_twice_on_a_terminal_and_not_shown(tmp_path: Path) -> None:
    """The command line takes none."""
    assert "--password" not in buckler("users", "add", "--help", folder=tmp_path).stdout
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("users", "add", "ada@example.com"),
        cwd=tmp_path,
        env=surroundings(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    for prompt in (b"Password: ", b"Once more: "):
        while prompt not in shown:
            assert select.select([ours], [], [], 20)[0], shown
            shown += os.read(ours, 4096)
        os.write(ours, f"{PASSWORD}\n".encode())
    assert process.wait(60) == 0, shown
    shown += os.read(ours, 65_536)
    os.close(ours)
    assert PASSWORD.encode() not in shown
    assert list(listed(tmp_path)) == ["ada@example.com"]


def test_the_shell_completes_the_commands(tmp_path: Path) -> None:
    """Of `users`, and their options."""
    asked = {"_BUCKLER_COMPLETE": "complete_bash", "COMP_WORDS": "buckler users end", "COMP_CWORD": "2"}
    assert "end-sessions" in buckler(folder=tmp_path, **asked).stdout
    asked = {"_BUCKLER_COMPLETE": "complete_bash", "COMP_WORDS": "buckler users roles --gi", "COMP_CWORD": "3"}
    assert "--give" in buckler(folder=tmp_path, **asked).stdout


def _signs_in(client: httpx2.Client, name: str) -> httpx2.Response:
    return client.post("/auth/sign-in", json={"name": name, "password": PASSWORD})


@pytest.mark.heavy
def test_a_running_service_takes_up_every_change(tmp_path: Path) -> None:
    """An account that was made signs in; one that is disabled is nobody within the window; no code is good any more."""
    with serving(tmp_path) as running, running.client() as client:
        code = running.code
        assert add(tmp_path, "ada@example.com", "--role", "admin").returncode == 0
        claim = {"code": code, "name": "eve@example.com", "password": PASSWORD}
        assert client.post("/auth/first-administrator", json=claim).status_code == 403
        assert add(tmp_path, "bob@example.com").returncode == 0
        answer = _signs_in(client, "bob@example.com")
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert client.get("/auth/me", headers=bearer).status_code == 200
        assert users(tmp_path, "disable", "bob@example.com").returncode == 0
        wait_until(lambda: client.get("/auth/me", headers=bearer).status_code == 401, within=2)
        assert _signs_in(client, "bob@example.com").status_code == 401
        assert _restored_nothing(tmp_path, running)


def _restored_nothing(folder: Path, running: Running) -> bool:
    """A restore under it is refused, a backup is not."""
    assert buckler("backup", "copy.db", folder=folder).returncode == 0
    done = buckler("restore", "copy.db", "--replace", folder=folder)
    assert "is in use" in done.stderr
    return done.returncode == 1 and running.process.poll() is None
