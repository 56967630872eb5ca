"""What systemd is told and hands over, and that the unit of the page holds what it promises."""

import configparser
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from buckler.cli.options import DATA
from buckler.cli.serve.order import HOST, HTTP_PORT, PORT, Order
from buckler.cli.serve.serving import judge_handed
from buckler.cli.serve.systemd import Notifier, handed_over
from buckler.errors import ConfigurationError
from tests.cli.running import command, surroundings
from tests.clocks import FakeClock
from tests.house.documents import blocks
from tests.house.tree import ROOT
from tests.waiting import wait_until

APP = """
from fastapi import FastAPI
from buckler import Buckler

app = FastAPI()
Buckler(app)
"""


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(str(tmp_path / "notify"))
        found.settimeout(20)
        yield found


def test_each_state_is_one_datagram(listening: socket.socket) -> None:
    """With the moment of a reload, in microseconds of the clock that never jumps back."""
    notifier = Notifier({"NOTIFY_SOCKET": listening.getsockname()}, FakeClock())
    for say in (notifier.ready, notifier.reloading, notifier.stopping, notifier.alive):
        say()
    said = [listening.recv(4096) for _ in range(4)]
    assert said == [b"READY=1", b"RELOADING=1\nMONOTONIC_USEC=1000000000", b"STOPPING=1", b"WATCHDOG=1"]


def test_an_abstract_name_is_understood() -> None:
    """systemd writes it with an @."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(f"\0buckler-test-{os.getpid()}")
        Notifier({"NOTIFY_SOCKET": f"@buckler-test-{os.getpid()}"}, FakeClock()).ready()
        assert found.recv(4096) == b"READY=1"


def test_nothing_is_said_where_nobody_asked_or_listens(tmp_path: Path) -> None:
    """A supervisor that is gone is no reason to end."""
    Notifier({}, FakeClock()).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}, FakeClock()).ready()


@pytest.mark.parametrize(
    ("asked", "period"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_signs_of_life_are_given_at_half_of_the_time(asked: dict[str, str], period: float | None) -> None:
    """To whom they are asked of, and no process of the app speaks for us: the names leave the environment."""
    environment = {"NOTIFY_SOCKET": "/nowhere"} | asked
    assert Notifier(environment, FakeClock()).period == period
    assert environment == {}


def test_sockets_of_another_process_are_not_ours() -> None:
    """They were handed to whoever started us."""
    assert handed_over({"LISTEN_PID": "1", "LISTEN_FDS": "2"}) is None
    assert handed_over({}) is None
    with pytest.raises(ConfigurationError, match="hands over 1 sockets, and two are needed"):
        handed_over({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})


ACTIVATED = """
import fcntl, os, socket, sys
taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
for name, each in zip(("http", "https"), taken):
    print(name, each.getsockname()[1], flush=True)
for number, descriptor in enumerate([fcntl.fcntl(each, fcntl.F_DUPFD, 50) for each in taken], 3):
    os.dup2(descriptor, number, inheritable=True)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:https"}
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_service_on_sockets_of_systemd_tells_it_how_it_is(tmp_path: Path, listening: socket.socket) -> None:
    """Ready, alive, reloading and ready again, stopping: what `Type=notify-reload` and `WatchdogSec=` wait for."""
    (tmp_path / "one.py").write_text(APP)
    asked = {"NOTIFY_SOCKET": listening.getsockname(), "WATCHDOG_USEC": "400000"}
    with (tmp_path / "printed").open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-c", ACTIVATED, *command("serve", "one:app", "--environment", "development")],
            cwd=tmp_path,
            env=surroundings(**asked),
            stdout=printed,
            stdin=subprocess.DEVNULL,
        )
    try:
        said: list[bytes] = []

        def hear(what: bytes) -> bool:
            said.append(listening.recv(4096))
            return said[-1].startswith(what)

        wait_until(lambda: hear(b"READY=1"), within=60)
        text = (tmp_path / "printed").read_text()
        port = re.search(r"^https (\d+)$", text, re.MULTILINE)
        assert port is not None
        assert f"Serving https://localhost:{port[1]}\n" in text
        wait_until(lambda: hear(b"WATCHDOG=1"))
        process.send_signal(1)
        wait_until(lambda: hear(b"RELOADING=1\nMONOTONIC_USEC="))
        wait_until(lambda: hear(b"READY=1"))
        process.terminate()
        wait_until(lambda: hear(b"STOPPING=1"))
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(("host", "words"), [("0.0.0.0", "development answers this machine alone"), ("", "no address")])
def test_sockets_that_others_reach_are_refused_in_development(host: str, words: str) -> None:
    """As `--host` is."""
    asked = Order("mine:app", HOST, PORT, HTTP_PORT, DATA, None, None, "development", check=False)
    with socket.socket(socket.AF_INET if host else socket.AF_UNIX) as taken:
        if host:
            taken.bind((host, 0))
        with pytest.raises(ConfigurationError, match=words):
            judge_handed(asked, taken)


def unit(name: str) -> configparser.ConfigParser:
    """The block of the page that is kept under `name`, as systemd reads it: a key may stand more than once."""
    page = (ROOT / "docs/operations/systemd.md").read_text(encoding="utf-8")
    text = next(each.text for each in blocks(page) if each.text.startswith(f"# {name}\n"))
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(text)
    return found


def test_the_unit_of_the_page_takes_away_what_the_service_does_not_need() -> None:
    """Each line that matters, by its value."""
    service = unit("buckler.service")["Service"]
    expected = {
        "Type": "notify-reload",
        "NotifyAccess": "main",
        "User": "buckler",
        "StateDirectory": "buckler",
        "StateDirectoryMode": "0700",
        "UMask": "0077",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "CapabilityBoundingSet": "CAP_NET_BIND_SERVICE",
        "AmbientCapabilities": "CAP_NET_BIND_SERVICE",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
        "MemoryDenyWriteExecute": "yes",
        "LimitCORE": "0",
        "Restart": "on-failure",
    }
    assert {name: service.get(name) for name in expected} == expected
    assert int(service["TimeoutStopSec"]) > 15
    text = (ROOT / "docs/operations/systemd.md").read_text(encoding="utf-8")
    handed = set(re.findall(r"^LoadCredential=([\w-]+):/\S+$", text, re.MULTILINE))
    assert handed == {"master-secret", "tls-key"}
    assert service["Environment"] == "BUCKLER_MASTER_SECRET_FILE=%d/master-secret"
    assert "${CREDENTIALS_DIRECTORY}/tls-key" in service["ExecStart"]
    assert "buckler serve main:app" in service["ExecStart"]
    assert "MASTER_SECRET=" not in text


def test_the_socket_unit_names_what_the_service_takes() -> None:
    """HTTPS and plain HTTP by their names, in any order."""
    page = (ROOT / "docs/operations/systemd.md").read_text(encoding="utf-8")
    assert re.findall(r"^FileDescriptorName=(\w+)$", page, re.MULTILINE) == ["https", "http"]
    for name in ("buckler-https.socket", "buckler-http.socket"):
        assert unit(name)["Socket"]["Service"] == "buckler.service"
