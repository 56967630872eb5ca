"""`buckler serve`: two sockets, one life, nothing asked, and a clear word where it refuses."""

import json
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.cli.running import Running, buckler, serving
from tests.cli.serve.tls.issued import brought
from tests.ports import free_port

APP = """
from contextlib import asynccontextmanager
from pathlib import Path
from fastapi import FastAPI, Request, WebSocket
from buckler import Buckler, Public


@asynccontextmanager
async def life(_):
    with Path("lived").open("a") as lived:
        lived.write("begin\\n")
    yield {"word": "kept"}
    with Path("lived").open("a") as lived:
        lived.write("end\\n")


app = FastAPI(lifespan=life)
Buckler(app)
forgotten = FastAPI()
Buckler(forgotten)
bare = FastAPI()


@app.get("/", dependencies=[Public("for the test")])
async def word(request: Request) -> str:
    return request.state.word


@app.get("/broken", dependencies=[Public("for the test")])
async def broken() -> str:
    raise ValueError("hunter2\\nsecond line")


@app.websocket("/echo", dependencies=[Public("for the test")])
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())


@forgotten.get("/undeclared")
async def undeclared() -> None: ...
"""
MINE = ("mine:app", "--environment", "development")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(APP)
    return tmp_path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service for the tests that only look at it."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "mine.py").write_text(APP)
    with serving(folder, *MINE) as running:
        yield running


def test_the_printed_curl_line_works_when_pasted(running: Running) -> None:
    """The line under "Try it:" is a whole command."""
    line = running.printed.split("Try it:\n")[1].splitlines()[0]
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=20)
    assert done.stdout == '"kept"'


def test_plain_lines_and_nothing_else_are_printed(running: Running) -> None:
    """No banner, no colour, no tab: a terminal, a pipe and a screen reader get the same words."""
    assert running.printed.startswith("Serving https://localhost:")
    assert not set(running.printed) & {"\x1b", "\t", "\r"}
    assert "uvicorn" not in (running.printed + running.logged).lower()


def test_a_websocket_is_served_over_tls_without_compression(running: Running) -> None:
    """Small frames that grow to gigabytes have no way in; over plain HTTP there is no WebSocket at all."""
    trusted = ssl.create_default_context(cafile=str(running.authority))
    address = running.base.replace("https", "wss") + "/echo"
    with connect(address, ssl=trusted, compression="deflate", proxy=None) as caller:
        assert caller.protocol.extensions == []
        caller.send("hello")
        assert caller.recv(timeout=10) == "hello"
    with pytest.raises(InvalidStatus, match="403"), connect(running.plain.replace("http", "ws") + "/echo", proxy=None):
        pass


def test_a_refused_handshake_is_answered_with_every_header(running: Running) -> None:
    """Not as a bare 403: its own words, and what every answer carries."""
    trusted = ssl.create_default_context(cafile=str(running.authority))
    address = running.base.replace("https:", "wss:")
    with pytest.raises(InvalidStatus) as refused, connect(f"{address}/none", ssl=trusted):
        pass
    answer = refused.value.response
    assert (answer.status_code, json.loads(answer.body)["status"]) == (403, 403)
    for name in ("content-security-policy", "strict-transport-security", "x-content-type-options", "x-request-id"):
        assert answer.headers[name]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "server" not in answer.headers


def test_no_answer_names_the_server(running: Running) -> None:
    """There is a date and no Server field, over TLS and in clear."""
    with running.client() as client:
        for answer in (client.get("/"), client.get("/nowhere"), client.get(running.plain)):
            assert "server" not in answer.headers
            assert "date" in answer.headers


def test_the_app_begins_once_and_ends_once(folder: Path) -> None:
    """Two sockets, one lifespan; the state it yields reaches the requests."""
    with serving(folder, *MINE) as running:
        with running.client() as client:
            assert client.get("/").json() == "kept"
            assert client.get(running.plain).status_code == 403
        assert (folder / "lived").read_text() == "begin\n"
        assert running.end() == 0
    assert (folder / "lived").read_text() == "begin\nend\n"


def test_it_ends_in_order_when_told(tmp_path: Path) -> None:
    """Either signal ends it with exit code 0, also with a connection open. One waits while the other starts."""
    with ExitStack() as stack:
        told = [told_to_end(tmp_path / number.name, number, stack) for number in (signal.SIGTERM, signal.SIGINT)]
        for running in told:
            assert running.process.wait(60) == 0
            assert "sys_shutdown" in running.logged


def told_to_end(folder: Path, number: signal.Signals, stack: ExitStack) -> Running:
    """A service with a connection open that has had its signal; nobody has waited for its end."""
    folder.mkdir()
    (folder / "mine.py").write_text(APP)
    running = stack.enter_context(serving(folder, *MINE))
    stack.enter_context(running.client()).get("/")
    running.process.send_signal(number)
    return running


def crash(running: Running, trusted: Path) -> list[str]:
    """What the error stream holds once the broken route was called."""
    with httpx2.Client(verify=ssl.create_default_context(cafile=str(trusted))) as client:
        answer = client.get(f"{running.base}/broken")
    assert (answer.status_code, "hunter2" in answer.text) == (500, False)
    running.end()
    return running.logged.splitlines()


def test_in_production_each_line_of_the_error_stream_is_json_and_tells_no_message(folder: Path) -> None:
    """An exception is told by its kind and place; what it says may come from a client."""
    port = str(free_port())
    own, origin = own_files(folder), f"https://localhost:{port}"
    ports = ("--port", port, "--http-port", "0")
    with serving(folder, "mine:app", *own, *ports, BUCKLER_ORIGIN=origin) as running:
        lines = crash(running, folder / "brought" / "chain.pem")
    assert "sys_crash" in [json.loads(line).get("event") for line in lines]
    assert "hunter2" not in running.logged
    assert "second line" not in running.logged


def test_in_development_the_author_of_a_broken_route_reads_why(folder: Path) -> None:
    """After the records: his own frames and the message, and no frame of a library."""
    with serving(folder, *MINE) as running:
        lines = crash(running, running.authority)
    told = [line for line in lines if not line.startswith("{")]
    assert "sys_crash" in running.logged[: running.logged.index(told[0])]
    assert [line.strip() for line in told] == [
        "Traceback (most recent call last):",
        f'File "{folder / "mine.py"}", line {broken_line(folder)}, in broken',
        'raise ValueError("hunter2\\nsecond line")',
        "ValueError: hunter2",
        "second line",
    ]


def broken_line(folder: Path) -> int:
    return (folder / "mine.py").read_text().splitlines().index('    raise ValueError("hunter2\\nsecond line")') + 1


def test_a_port_in_use_is_named_with_the_remedy_before_anything_happens(folder: Path) -> None:
    """Exit code 1, the same command with another port, and not a file written."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option, other in (("--port", "--http-port"), ("--http-port", "--port")):
            done = buckler("serve", *MINE, other, "0", option, str(port), folder=folder)
            assert (done.returncode, done.stdout) == (1, "")
            assert f"Port {port} on 127.0.0.1 is in use" in done.stderr
            assert f"buckler serve mine:app --environment development {other} 0 {option} " in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["mine.py"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "no-such-host.invalid"])
def test_development_refuses_to_listen_for_other_machines(folder: Path, host: str) -> None:
    """Development is for this machine alone, and the refusal says what to do."""
    done = buckler("serve", *MINE, "--host", host, folder=folder)
    assert done.returncode == 1
    assert f"--host {host} with development" in done.stderr
    assert "--environment production" in done.stderr


def own_files(folder: Path) -> tuple[str, ...]:
    """The options for a certificate that the operator brought."""
    return brought(folder / "brought", "localhost")


@pytest.mark.parametrize("more", [(), ("--check",)])
def test_an_app_without_a_named_environment_is_in_production(folder: Path, more: tuple[str, ...]) -> None:
    """Production is never guessed away: it asks for a certificate, then for the origin. The check says the same."""
    ports = ("--port", "0", "--http-port", "0")
    done = buckler("serve", "mine:app", *ports, *more, folder=folder)
    assert done.returncode == 1
    assert done.stderr.startswith("buckler: No environment named means production; to try")
    assert "Production needs --certificate and --key" in done.stderr
    assert "BUCKLER_ORIGIN" in done.stderr
    done = buckler("serve", "mine:app", *ports, *own_files(folder), *more, folder=folder)
    assert done.returncode == 1
    assert "BUCKLER_ORIGIN is not set" in done.stderr


def test_production_serves_with_a_certificate_of_one_s_own(folder: Path) -> None:
    """With certificate, key and origin it serves, and makes no authority."""
    with serving(folder, "mine:app", *own_files(folder), BUCKLER_ORIGIN="https://localhost") as running:
        assert "environment: production" in running.printed
        assert "authority" not in running.printed
        assert not (folder / "data" / "tls").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--certificate", "server.pem"), "belong together"),
        (("--certificate", "none.pem", "--key", "none.key"), "none.pem: there is no such file"),
        (("--certificate", "mine.py", "--key", "mine.py"), "they cannot be used"),
    ],
)
def test_a_certificate_that_will_not_do_is_refused(folder: Path, arguments: tuple[str, ...], reason: str) -> None:
    """What is wrong with it is said, and nothing is served."""
    done = buckler("serve", *MINE, "--port", "0", "--http-port", "0", *arguments, folder=folder)
    assert done.returncode == 1
    assert reason in done.stderr


def test_a_locked_key_is_refused_and_no_passphrase_asked(folder: Path) -> None:
    """A service never waits for a person."""
    new = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-subj", "/CN=x")
    subprocess.run(
        [*new, "-passout", "pass:x", "-keyout", "k", "-out", "c"], cwd=folder, check=True, capture_output=True
    )
    ports = ("--port", "0", "--http-port", "0")
    done = buckler("serve", *MINE, *ports, "--certificate", "c", "--key", "k", folder=folder)
    assert done.returncode == 1
    assert "without a passphrase" in done.stderr


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nowhere:app", "there is no module 'nowhere'"),
        ("mine:nothing", "no FastAPI app named 'nothing'"),
        ("mine:bare", "this app has no Buckler"),
        ("mine:forgotten", "GET /undeclared (mine.py:"),
    ],
)
def test_an_app_that_cannot_be_served_is_refused_with_the_reason(folder: Path, target: str, reason: str) -> None:
    """The check names the reason in the app's own words, with its remedy and without a traceback."""
    done = buckler("serve", target, "--environment", "development", "--check", folder=folder)
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_start_refuses_what_the_check_refuses(folder: Path) -> None:
    """A refused start ends with exit code 1, every reason, and nothing announced."""
    ports = ("--port", "0", "--http-port", "0")
    done = buckler("serve", "mine:forgotten", "--environment", "development", *ports, folder=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "GET /undeclared (mine.py:" in done.stderr
    assert "Requires()" in done.stderr
    assert "Application startup failed" not in done.stderr


def test_the_check_starts_the_app_and_ends_it_and_listens_nowhere(folder: Path) -> None:
    """Exit code 0, the lifespan once, no certificate made; a port in use does not matter."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = buckler("serve", *MINE, "--check", "--port", str(taken.getsockname()[1]), folder=folder)
    assert (done.returncode, done.stdout) == (0, "It would start.\n")
    assert (folder / "lived").read_text() == "begin\nend\n"
    assert not (folder / "data" / "tls").exists()


TRIAL = """
from datetime import UTC, datetime, timedelta
from fastapi import FastAPI
from buckler import Buckler, Trial

day = (datetime.now(UTC) + timedelta(days=3)).date()
app, past = FastAPI(), FastAPI()
Buckler(app, trial=Trial(until=day, reason="moving"))
Buckler(past, trial=Trial(until="2026-01-01", reason="moved"))


@app.get("/old")
@past.get("/old")
async def old() -> None: ...
"""


def test_the_check_of_an_app_on_trial_says_what_its_end_will_shut(folder: Path) -> None:
    """It starts while the trial runs. Once its day is past, a route that says nothing is shut: that is no."""
    (folder / "tried.py").write_text(TRIAL)
    done = buckler("serve", "tried:app", "--environment", "development", "--check", folder=folder)
    assert done.returncode == 0
    assert done.stdout.startswith("It would start.\nIt runs on trial until 20")
    assert done.stdout.endswith("Undeclared, and shut after that day: 1\n  GET /old (tried.py:12)\n")
    done = buckler("serve", "tried:past", "--environment", "development", "--check", folder=folder)
    assert done.returncode == 1
    assert "Its trial ended on 2026-01-01" in done.stdout
    assert done.stdout.endswith("say nothing of who may call: 1\n  GET /old (tried.py:12)\n")


def test_a_wrong_call_is_two_and_help_teaches() -> None:
    """2 is for how it was called; the help shows whole commands."""
    assert buckler("serve", "--port", "many", folder=Path.cwd()).returncode == 2
    assert buckler("fly", folder=Path.cwd()).returncode == 2
    done = buckler("serve", "--help", folder=Path.cwd())
    assert done.returncode == 0
    assert "buckler serve main:app --environment development --check" in done.stdout
    assert "\x1b" not in done.stdout
