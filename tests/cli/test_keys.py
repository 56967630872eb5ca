"""`buckler keys`: what it says and does, by itself and beside a running service."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx2
import pytest

from buckler.clock import SystemClock
from buckler.events import EventLog
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.foundation import lay_foundation
from buckler.identity.installation.signing_keys import LEAD, OVERLAP
from buckler.randomness import secret_text
from buckler.storage.database import Database
from tests.cli.in_process import Shell
from tests.cli.running import buckler, serving
from tests.cli.test_users import PASSWORD, add
from tests.clocks import FakeClock
from tests.identity.house import settings
from tests.waiting import wait_until


def install(data: Path, *rotated: int) -> None:
    """An installation, with keys that were rotated so many seconds ago."""

    async def done() -> None:
        clock = FakeClock(SystemClock().now() - 100_000)
        database = Database(data / DATABASE_FILE)
        await database.open()
        foundation = await lay_foundation(database, settings(data), clock, EventLog(clock))
        for ago in rotated:
            clock.advance(SystemClock().now() - ago - clock.now())
            async with database.writing() as connection:
                await foundation.keys.rotate(connection)
        await database.close()

    asyncio.run(done())


def states(shell: Shell) -> list[str]:
    return [each["state"] for each in json.loads(shell.run("keys", "list", "--json").said)]


def kids(shell: Shell) -> list[str]:
    return [each["kid"] for each in json.loads(shell.run("keys", "list", "--json").said)]


def test_keys_are_shown(shell: Shell) -> None:
    """The newest first, with what each is good for; nothing secret is in it."""
    install(shell.folder / "data", LEAD + OVERLAP + 60, LEAD + 60, 60)
    done = shell.run("keys", "list")
    head, *lines = done.said.splitlines()
    assert head.split() == ["KEY", "ALGORITHM", "STATE", "SIGNS", "FROM", "VERIFIES", "UNTIL"]
    assert [line.split()[2] for line in lines] == ["waits", "signs", "verifies", "retired"]
    assert all(line.split()[1] == "Ed25519" for line in lines)
    found = json.loads(shell.run("keys", "list", "--json").said)
    assert [line.split()[0] for line in lines] == [each["kid"] for each in found]
    assert {"kid", "algorithm", "state", "created_at", "signs_from", "verifies_until", "revoked_at"} == set(found[0])


def test_a_key_is_made_taken_back_retired_and_revoked(shell: Shell) -> None:
    """Each is told in words that say what holds now."""
    install(shell.folder / "data")
    made = shell.run("keys", "rotate")
    waiting, old = kids(shell)
    assert (made.code, waiting in made.said, "It signs from 20" in made.said) == (0, True, True)
    assert f"{old} signs until then and verifies until 20" in made.said
    again = shell.run("keys", "rotate")
    assert (again.code, again.said, f"buckler keys revoke {waiting}" in again.told) == (1, "", True)
    back = shell.run("keys", "revoke", waiting, "--yes")
    assert back.said == f"{waiting} is revoked, and its private half is destroyed. {old} signs now.\n"
    assert shell.run("keys", "rotate", "--algorithm", "ES256").code == 0
    assert sorted(states(shell)) == ["revoked", "signs", "waits"]
    done = shell.run("keys", "revoke", old, "--yes")
    assert (done.code, sorted(states(shell))) == (0, ["revoked", "revoked", "signs"])


def test_a_key_that_verifies_is_retired(shell: Shell) -> None:
    """And no other."""
    install(shell.folder / "data", LEAD + 60)
    signs, verifies = kids(shell)
    refused = shell.run("keys", "retire", signs)
    assert (refused.code, refused.said, "buckler keys rotate" in refused.told) == (1, "", True)
    done = shell.run("keys", "retire", verifies)
    assert (done.code, done.said) == (0, f"{verifies} is retired. Its private half is destroyed.\n")
    assert states(shell) == ["signs", "retired"]


def test_revoking_asks_first(shell: Shell) -> None:
    """Anything but the word, and nothing at all, changes nothing."""
    install(shell.folder / "data")
    (kid,) = kids(shell)
    for given in ("", "yes\n", "\n"):
        done = shell.run("keys", "revoke", kid, given=given)
        assert (done.code, done.said.strip(), "Every token" in done.told) == (1, "", True)
    assert states(shell) == ["signs"]
    assert shell.run("keys", "revoke", kid, given="revoke\n").code == 0
    assert states(shell) == ["signs", "revoked"]


def test_what_cannot_be_is_refused_in_a_line(shell: Shell) -> None:
    """Exit code 1 with the remedy, 2 for a call that is none; no folder is made."""
    install(shell.folder / "data")
    refused = {
        ("list", "--data", "elsewhere"): "there is no buckler.db in it",
        ("revoke", "no\x1bkey", "--yes"): "buckler keys list",
        ("retire", "no-key"): "buckler keys list",
    }
    for line, words in refused.items():
        done = shell.run("keys", *line)
        assert (done.code, done.said, words in done.told, "\x1b" in done.told) == (1, "", True, False), line
        assert len(done.told.splitlines()) == 1
    for line in (("rotate", "--algorithm", "none"), ("retire",), ("revoke",), ("sing",)):
        assert shell.run("keys", *line).code == 2
    assert not (shell.folder / "elsewhere").exists()
    wrong = shell.run("keys", "rotate", BUCKLER_MASTER_SECRET=secret_text(48))
    assert (wrong.code, "not the one" in wrong.told) == (1, True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("keys", ("list", "rotate", "retire", "revoke")),
        ("keys list", ("--json", "--data", "BUCKLER_DATA", "buckler keys list --json")),
        ("keys rotate", ("six minutes", "nobody is signed out", "--algorithm", "buckler keys rotate")),
        ("keys retire", ("KEY", "buckler keys retire KEY")),
        ("keys revoke", ("--yes", "sign in again", "buckler keys revoke KEY --yes")),
        ("secrets", ("rotate", "verify")),
        ("secrets rotate", ("Nobody is signed out", "BUCKLER_MASTER_SECRET=NEW,OLD", "goes on where it stood")),
        ("secrets verify", ("--drop-old", "exit code 1")),
        ("users", ("add", "list", "disable", "enable", "roles", "end-sessions")),
        ("users add", ("standard input", "--role", "--app", "buckler users add ada@example.com")),
        ("backup", ("master secret", "buckler backup /mnt")),
        ("restore", ("--replace", "Nothing that was issued before is good", "buckler restore /mnt")),
    ],
)
def test_help_teaches(shell: Shell, line: str, words: tuple[str, ...]) -> None:
    """What it does, what it takes, and a line to copy."""
    done = shell.run(*line.split(), "--help")
    text = " ".join(done.said.split())
    assert (done.code, [each for each in words if each not in text]) == (0, [])


@pytest.mark.heavy
def test_a_running_service_refuses_nobody_while_key_and_secret_change(tmp_path: Path) -> None:
    """Not for `rotate`, nor for a new master secret; `revoke` ends its tokens within the window."""
    assert add(tmp_path, "ada@example.com", "--role", "admin").returncode == 0
    with serving(tmp_path) as running, running.client() as client, ThreadPoolExecutor(1) as thread:
        answer = _sign_in(client)
        bearer = {"Authorization": f"Bearer {answer['access_token']}"}
        stop, told = Event(), list[int]()
        calling = thread.submit(_call, running.client, bearer, stop, told)
        assert buckler("keys", "rotate", folder=tmp_path).returncode == 0
        wait_until(lambda: len(_published(client)) == 2, within=2)
        assert buckler("secrets", "rotate", folder=tmp_path).returncode == 0
        verified = buckler("secrets", "verify", "--drop-old", folder=tmp_path)
        assert (verified.returncode, "the first secret alone" in verified.stdout) == (0, True), verified.stderr
        assert client.post("/auth/sign-in", json=_ADA).status_code == 200
        stop.set()
        calling.result(20)
        assert set(told) == {200}
        waiting, signing = _published(client)
        assert buckler("keys", "revoke", waiting, "--yes", folder=tmp_path).returncode == 0
        assert client.get("/auth/me", headers=bearer).status_code == 200
        assert buckler("keys", "revoke", signing, "--yes", folder=tmp_path).returncode == 0
        wait_until(lambda: client.get("/auth/me", headers=bearer).status_code == 401, within=2)
        fresh = {"Authorization": f"Bearer {_sign_in(client)['access_token']}"}
        assert client.get("/auth/me", headers=fresh).status_code == 200
        assert not {waiting, signing} & set(_published(client))


_ADA = {"name": "ada@example.com", "password": PASSWORD}


def _sign_in(client: httpx2.Client) -> dict[str, str]:
    answer = client.post("/auth/sign-in", json=_ADA)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _published(client: httpx2.Client) -> list[str]:
    """The names of the published keys, the newest first."""
    return [key["kid"] for key in client.get("/.well-known/jwks.json").json()["keys"]]


def _call(client: Callable[[], httpx2.Client], bearer: dict[str, str], stop: Event, told: list[int]) -> None:
    """Ask until told to stop, twenty times a second at most: the limit of a client is not what is tried here."""
    with client() as caller:
        while not stop.is_set():
            told.append(caller.get("/auth/me", headers=bearer).status_code)
            stop.wait(0.05)
