"""What an app cannot reach while it is isolated: other machines, and stores that are not thrown away."""

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path
from threading import Thread
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from sqlalchemy import URL, create_engine

from buckler.drill.attacks.listener import listening
from buckler.staging.block import Isolation
from buckler.staging.isolation import isolated

ELSEWHERE = ("192.0.2.1", 443)
"""An address of documentation (RFC 5737): nobody is there."""


def connect(address: object, family: int = socket.AF_INET) -> None:
    with closing(socket.socket(family, socket.SOCK_STREAM)) as found:
        found.settimeout(0.01)
        found.connect(address)  # type: ignore[arg-type]


def send(address: tuple[str, int]) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as found:
        found.sendto(b"", address)


@pytest.mark.parametrize(
    ("reach", "named"),
    [
        (lambda: connect(ELSEWHERE), "192.0.2.1:443"),
        (lambda: connect(("2001:db8::1", 443), socket.AF_INET6), "2001:db8::1:443"),
        (lambda: connect(("::ffff:192.0.2.1", 443), socket.AF_INET6), "::ffff:192.0.2.1:443"),
        (lambda: send(ELSEWHERE), "192.0.2.1:443"),
        (lambda: socket.getaddrinfo("api.example.com", 443), "api.example.com"),
        (lambda: socket.gethostbyname("localhost.example.com"), "localhost.example.com"),
        (lambda: socket.getnameinfo(ELSEWHERE, 0), "192.0.2.1"),
        (lambda: socket.create_connection(("hooks.example.com", 443)), "hooks.example.com"),
    ],
)
def test_no_other_machine_is_reached(reach: Callable[[], object], named: str, tmp_path: Path) -> None:
    """Neither by address nor by name; it is told, whatever becomes of the exception."""
    with isolated(tmp_path) as block, pytest.raises(PermissionError, match="not this machine") as raised:
        reach()
    assert named in str(raised.value)
    assert [named in each for each in block.notes] == [True]


async def test_the_event_loop_reaches_none_either(tmp_path: Path) -> None:
    """Its connections are made by the same sockets, and its look-ups in a thread."""
    with isolated(tmp_path) as block:
        for host in ("192.0.2.1", "api.example.com"):
            with pytest.raises(PermissionError):
                await asyncio.open_connection(host, 443)
    assert len(block.notes) == 2


def test_this_machine_is_reached_and_its_ports_are_told(tmp_path: Path) -> None:
    """By each of its names, once: nobody knows what listens there."""
    with isolated(tmp_path) as block, closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
        for host in ("127.0.0.1", "localhost", "LocalHost"):
            socket.create_connection((host, port)).close()
        send(("127.0.0.2", port))
        assert block.notes == (f"connected: port {port} of this machine, and nobody knows what is done there",)


def test_a_listener_of_an_attack_is_reached_and_not_told(tmp_path: Path) -> None:
    """Whoever comes there was sent there."""
    with isolated(tmp_path) as block, listening() as listener:
        connect(("127.0.0.1", listener.port))
        assert block.notes == ()


@pytest.mark.parametrize(
    ("port", "name"), [(25, "a mail server"), (53, "a resolver"), (587, "a mail server"), (3128, "a proxy")]
)
def test_what_passes_on_from_this_machine_is_not_reached(port: int, name: str, tmp_path: Path) -> None:
    """Whatever may be written to: it goes to people and machines that are none of this."""
    for writes in (False, True):
        refused = pytest.raises(PermissionError, match=f"{name} usually listens, which passes on what it gets$")
        with isolated(tmp_path, writes=writes) as block, refused:
            connect(("127.0.0.1", port))
        assert len(block.notes) == 1


def test_an_app_finds_no_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it asks of others would go out by it. It is told, and is there again afterwards."""
    held = {"HTTP_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "All_Proxy": "x", "no_proxy": "a"}
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name, value in held.items():
        monkeypatch.setenv(name, value)
    with isolated(tmp_path) as block:
        assert not held.keys() & os.environ.keys()
        with pytest.raises(URLError, match="not this machine"):
            urlopen("http://hooks.example.com/order", data=b"{}", timeout=1)
    assert block.notes[0] == (
        "taken away: All_Proxy, HTTP_PROXY, https_proxy, since what goes by a proxy leaves this machine"
    )
    assert held.items() <= os.environ.items()


@pytest.mark.parametrize(
    ("port", "name"),
    [(5432, "PostgreSQL"), (6379, "Redis"), (3306, "MySQL"), (5672, "RabbitMQ"), (9092, "Kafka"), (4222, "NATS")],
)
def test_a_store_of_this_machine_is_not_opened(port: int, name: str, tmp_path: Path) -> None:
    """Nobody knows what lies in it. With leave to write it is, and that is told."""
    with isolated(tmp_path) as block, pytest.raises(PermissionError, match=f"{name} usually listens. .*--writes"):
        connect(("127.0.0.1", port))
    with isolated(tmp_path, writes=True) as open_block, suppress(OSError):
        connect(("127.0.0.1", port))
    assert block.notes[0].startswith("refused: ")
    assert open_block.notes == (f"opened: {block.notes[0].removeprefix('refused: ')}",)


def test_a_socket_in_the_file_system_is_a_store(tmp_path: Path) -> None:
    """But for those inside the folder, and those where logs go."""
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    for place, family in ((own / "s", socket.AF_UNIX), (other, socket.AF_UNIX)):
        with isolated(own) as block, suppress(FileNotFoundError):
            if place == other:
                with pytest.raises(PermissionError, match=f"socket {other}"):
                    connect(str(place), family)
            else:
                connect(str(place), family)
        assert bool(block.notes) is (place == other)
    with isolated(own) as block, suppress(OSError):
        connect("/dev/log", socket.AF_UNIX)
    assert block.notes == ()


@pytest.mark.parametrize("shape", ["{}", "file:{}", "file:{}?mode=rwc", "file:{}?cache=shared"])
def test_a_database_elsewhere_is_not_opened(shape: str, tmp_path: Path) -> None:
    """Nor made: the file is not there afterwards."""
    own, kept = tmp_path / "own", tmp_path / "kept.db"
    own.mkdir()
    with isolated(own) as block, pytest.raises(PermissionError, match=f"the database {kept}"):
        sqlite3.connect(shape.format(kept), uri=shape != "{}")
    assert not kept.exists()
    assert len(block.notes) == 1
    with isolated(own) as block:
        sqlite3.connect(shape.format(own / "thrown.db"), uri=shape != "{}").close()
        assert block.notes == ()
    with isolated(own, writes=True) as block:
        sqlite3.connect(shape.format(kept), uri=shape != "{}").close()
        assert block.notes == (f"opened: the database {kept}",)


def test_what_is_nowhere_and_what_is_only_read_is_opened(tmp_path: Path) -> None:
    """A database in memory, and one that cannot be written to."""
    kept, own = tmp_path / "kept.db", tmp_path / "own"
    sqlite3.connect(kept).close()
    with isolated(own) as block:
        for name in (":memory:", "", "file::memory:?cache=shared", "file:x?mode=memory", f"file:{kept}?mode=ro"):
            sqlite3.connect(name, uri=name.startswith("file:")).close()
        assert block.notes == ()


def test_a_link_leads_where_it_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a relative name is looked for where the process works."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "link.db").symlink_to(tmp_path / "kept.db")
    monkeypatch.chdir(own)
    with isolated(own):
        sqlite3.connect("thrown.db").close()
        for name in ("link.db", "../kept.db"):
            with pytest.raises(PermissionError, match=r"kept\.db"):
                sqlite3.connect(name)


def test_an_engine_of_sqlalchemy_is_stopped_too(tmp_path: Path) -> None:
    """It connects when it is first needed, and as often as it is asked."""
    kept = tmp_path / "kept.db"
    engine = create_engine(URL.create("sqlite", database=str(kept)))
    with isolated(tmp_path / "own") as block:
        for _ in range(2):
            with pytest.raises(PermissionError, match=r"kept\.db"):
                engine.connect()
    assert len(block.notes) == 1


def test_files_and_programs_are_told_and_not_stopped(tmp_path: Path) -> None:
    """Each once; what is only read, and what lies in the folder, is not told."""
    own, kept = tmp_path / "own", tmp_path / "kept.txt"
    own.mkdir()
    with isolated(own) as block:
        for _ in range(3):
            kept.write_text("written")
        with kept.open("a"):
            pass
        os.close(os.open(kept, os.O_RDWR))
        assert kept.read_text() == "written"
        (own / "thrown.txt").write_text("written")
        with Path(os.devnull).open("w"):
            pass
        subprocess.run([sys.executable, "-c", ""], check=True)
    assert block.notes == (
        f"written: the file {kept}",
        f"started: the program {sys.executable}, which nothing isolates",
    )


def test_an_interpreter_within_this_one_is_told(tmp_path: Path) -> None:
    """Nothing of what happens in it is heard here."""
    interpreters = import_module("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
    with isolated(tmp_path) as block:
        interpreters.destroy(interpreters.create())
    assert block.notes == ("started: an interpreter, which nothing isolates",)


def test_a_thread_of_the_app_is_in_it_too(tmp_path: Path) -> None:
    """Synchronous endpoints run in threads."""

    def reach() -> None:
        with suppress(OSError):
            socket.gethostbyname("api.example.com")

    with isolated(tmp_path) as block:
        thread = Thread(target=reach)
        thread.start()
        thread.join()
    assert len(block.notes) == 1


def test_after_the_block_everything_is_as_it_was(tmp_path: Path) -> None:
    """Also after one that failed; and two at once are refused."""
    kept = tmp_path / "kept.db"
    with pytest.raises(RuntimeError, match="isolated in this process already"), isolated(tmp_path / "own"):
        isolated(tmp_path).__enter__()
    sqlite3.connect(kept).close()
    assert kept.exists()


def test_notes_have_a_bound(tmp_path: Path) -> None:
    """An app that is attacked may try very often."""
    block = Isolation(tmp_path)
    for number in range(1000):
        block.note(str(number))
    assert len(block.notes) == 100
