"""Two workers behind one supervisor: what one ends is over in the other, one that dies comes back, none is lost."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.cli.running import Running, buckler, serving
from tests.cli.serve.tls.issued import brought
from tests.house.tree import ROOT
from tests.waiting import wait_until

APP = """
import os
from fastapi import FastAPI
from buckler import Buckler, Public, Roles

app = FastAPI()
Buckler(app, accounts=True, roles=Roles({"reader": {"reports:read"}, "admin": {"*"}}, new="reader"))
public = [Public("a test")]


@app.get("/who", dependencies=public)
async def who() -> int:
    return os.getpid()
"""
TWO = ("mine:app", "--environment", "development", "--workers", "2")
WHY = {"BUCKLER_COUNT_PER_PROCESS": "a test"}
PASSWORD = "tall-grass-sings-quietly-42"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two workers for all tests that leave two behind."""
    folder = tmp_path_factory.mktemp("workers")
    (folder / "mine.py").write_text(APP)
    with serving(folder, *TWO, **WHY) as running:
        yield running
        pids = workers(running)
        assert running.end() == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def worker(client: httpx2.Client) -> int:
    return int(client.get("/who").text)


def workers(running: Running) -> set[int]:
    """The worker that each of some new connections reaches."""
    with ExitStack() as stack:
        return {worker(stack.enter_context(running.client())) for _ in range(8)}


def two_of(running: Running, stack: ExitStack) -> tuple[httpx2.Client, httpx2.Client]:
    """Two clients whose connections stand, each with a worker of its own."""
    found: dict[int, httpx2.Client] = {}

    def have_two() -> bool:
        client = stack.enter_context(running.client())
        found.setdefault(worker(client), client)
        return len(found) == 2

    wait_until(have_two, within=30)
    first, second = found.values()
    return first, second


def token_of(client: httpx2.Client, name: str) -> str:
    answer = client.post("/auth/sign-in", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def me(client: httpx2.Client, token: str) -> int:
    return client.get("/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_several_workers_are_refused_until_it_is_said_why_each_may_count_for_itself(
    tmp_path: Path, environment: str
) -> None:
    """There is no shared store: exit code 1, the reason once, and both remedies."""
    more = {"BUCKLER_DATA": str(tmp_path / "data"), "BUCKLER_ENVIRONMENT": environment}
    ports: tuple[str, ...] = ("--port", "0", "--http-port", "0")
    if environment == "production":
        ports = (*ports, *brought(tmp_path / "brought", "localhost"))
        more |= {"BUCKLER_ORIGIN": "https://localhost", "BUCKLER_MASTER_SECRET": "Kf1-" + "p9Zr_wQ2" * 5 + "x7"}
    done = buckler("serve", "examples.twenty_lines:app", "--workers", "2", *ports, folder=ROOT, **more)
    assert (done.returncode, done.stdout) == (1, "")
    said = done.stderr[done.stderr.index("buckler: ") :]
    assert said.count("BUCKLER_PROCESSES=2") == 1
    assert "no shared store" in said
    assert "--workers 1" in said
    assert 'BUCKLER_COUNT_PER_PROCESS="' in said


@pytest.mark.heavy
def test_it_is_announced_once_with_one_code(running: Running) -> None:
    """The log names the exemption and its reason."""
    assert running.printed.count("Serving https://") == running.printed.count("One-time code") == 1
    exemptions = [json.loads(each) for each in running.logged.splitlines() if "sys_exemption" in each]
    assert {(each["processes"], each["reason"]) for each in exemptions} == {(2, "a test")}


def test_no_secret_stands_on_a_command_line(running: Running) -> None:
    """What the workers are told comes over a channel: the code is on no line and in no environment."""
    for pid in workers(running):
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        assert arguments[1:4] == [b"-P", b"-m", b"buckler.cli.serve.crew.worker"]
        assert running.code.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
        assert os.getsid(pid) == os.getsid(running.process.pid)
        assert os.getpgid(pid) != os.getpgid(running.process.pid)


def test_what_one_worker_ends_is_over_in_the_other(running: Running) -> None:
    """A logout, a new key and the code of the first administrator: whichever worker is asked."""
    with ExitStack() as stack:
        one, other = two_of(running, stack)
        claim = {"name": "ada@example.com", "password": PASSWORD, "code": running.code}
        assert other.post("/auth/first-administrator", json=claim).status_code == 201
        assert one.post("/auth/first-administrator", json=claim | {"name": "eve@example.com"}).status_code == 403
        token = token_of(one, "ada@example.com")
        assert (me(one, token), me(other, token)) == (200, 200)
        kept = token_of(other, "ada@example.com")
        assert one.post("/auth/logout", headers={"Authorization": f"Bearer {token}"}).status_code == 204
        wait_until(lambda: me(other, token) == 401, within=1)
        assert me(other, kept) == 200
        made = buckler("keys", "rotate", folder=running.folder, BUCKLER_ENVIRONMENT="development")
        assert made.returncode == 0, made.stderr
        wait_until(lambda: all(len(each.get("/.well-known/jwks.json").json()["keys"]) == 2 for each in (one, other)))
        newer = token_of(other, "ada@example.com")
        assert (me(one, newer), me(one, kept)) == (200, 200)


def test_a_worker_that_dies_is_replaced_and_told(running: Running) -> None:
    """The other one answers meanwhile."""
    killed = workers(running).pop()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: f'"ended":"signal {int(signal.SIGKILL)}"' in running.logged)
    with running.client() as client:
        assert worker(client) != killed
    wait_until(lambda: len(workers(running)) == 2, within=30)
    lost = [json.loads(each) for each in running.logged.splitlines() if "sys_worker_lost" in each]
    assert lost[0]["again_in"] == 0.5


@pytest.mark.heavy
def test_a_hangup_replaces_the_workers_and_loses_no_connection(running: Running) -> None:
    """Whoever connects meanwhile is answered, by an old or by a new one."""
    wait_until(lambda: len(workers(running)) == 2, within=30)
    before, answered = workers(running), 0
    running.process.send_signal(signal.SIGHUP)

    def are_new() -> bool:
        nonlocal answered
        with running.client() as client:
            assert client.get("/who").status_code == 200
        answered += 1
        return not any(Path(f"/proc/{pid}").exists() for pid in before)

    wait_until(are_new, within=60)
    wait_until(lambda: len(workers(running)) == 2, within=30)
    assert answered > 10
    assert not workers(running) & before


@pytest.mark.heavy
def test_where_new_workers_cannot_start_the_old_ones_go_on_and_it_is_told(running: Running) -> None:
    """It is no loss: nobody ended who served."""
    wait_until(lambda: len(workers(running)) == 2, within=30)
    before, lost = workers(running), running.logged.count("sys_worker_lost")
    (running.folder / "mine.py").write_text("def broken(:\n")
    try:
        running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "sys_workers_not_replaced" in running.logged, within=30)
    finally:
        (running.folder / "mine.py").write_text(APP)
    told = [json.loads(each) for each in running.logged.splitlines() if "sys_workers_not_replaced" in each]
    assert "SyntaxError" in told[0]["reason"]
    assert workers(running) == before
    assert running.logged.count("sys_worker_lost") == lost
