"""What an app under attack may not do to the world outside, while it runs in the process of a drill.

1. Connections and look-ups of names go to this machine alone: mail, webhooks and other services hear nothing.
2. A store that is not the one that is thrown away is not opened: an SQLite file elsewhere, a socket in the file system,
   or a port of this machine at which databases usually listen. Unless all of it may be written to.
3. Files that are opened for writing elsewhere, and processes that are started, are told and not stopped: an app writes
   its logs, and looks for its tools.

What is refused raises `PermissionError` where it was tried, before anything left, and is told in the report too: an
app may swallow the exception. Python's audit events (PEP 578) tell of all this, whatever thread it happens in. The hook
is set once, since none can be taken away again, and does nothing outside a block.

Caveat: libraries that connect by themselves, below Python, are not seen: libpq, uvloop. This is no sandbox.
"""

import os
import socket
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from buckler.drill.transport.this_machine import is_this_machine
from buckler.staging.leftovers import threads

STORES: Final[Mapping[int, str]] = {
    1433: "SQL Server",
    1521: "Oracle",
    3306: "MySQL",
    5432: "PostgreSQL",
    5984: "CouchDB",
    6379: "Redis",
    9042: "Cassandra",
    9200: "Elasticsearch",
    11211: "memcached",
    27017: "MongoDB",
}
"""What usually listens at these ports of this machine."""
_LOGS: Final = ("/dev/log", "/run/systemd/journal", "/var/run/syslog")
"""Where lines of logs go, by sockets in the file system."""
_NO_FILES: Final = ("/dev/", "/proc/", "/sys/")
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_NAMELESS: Final = getattr(os, "O_TMPFILE", 0)
_MOST: Final = 100
"""Notes of one block."""
_REMEDY: Final = "--writes, if all of it may be lost"


class Isolation:
    """What one block lets through and what it noted. `folder` is thrown away; `writes` lets other stores be opened."""

    def __init__(self, folder: Path, *, writes: bool = False) -> None:
        self._folder = folder.resolve()
        self._writes = writes
        self._noted: dict[str, None] = {}
        self.before = threads()
        """What ran when it began."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was refused and what was seen, each once, in its order."""
        return tuple(self._noted)

    def refuse(self, what: str, remedy: str = "") -> None:
        """Note it. Raises `PermissionError`, always."""
        told = f"refused: {what}"
        self.note(told)
        raise PermissionError(f"buckler drill {told}{f'. Allow it with {remedy}' if remedy else ''}")

    def note(self, what: str) -> None:
        """Tell it in the report."""
        if len(self._noted) < _MOST:
            self._noted[what] = None

    def refuse_store(self, what: str) -> None:
        """Raises `PermissionError` for a store that is not thrown away, unless it may be written to."""
        if self._writes:
            self.note(f"opened: {what}")
        else:
            self.refuse(what, _REMEDY)

    def has(self, path: str | bytes | Path) -> bool:
        """Whether a path leads into what is thrown away, whatever links it goes by."""
        return Path(os.path.realpath(os.fsdecode(path))).is_relative_to(self._folder)


def _connected(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`socket.connect`, `socket.sendto`, `socket.sendmsg`: the socket, and where it leads."""
    _reached(at, arguments[1] if len(arguments) > 1 else None)


def _reached(at: Isolation, address: Any) -> None:
    if isinstance(address, str | bytes):
        path = os.fsdecode(address)
        if path and not path.startswith(("\0", *_LOGS)) and not at.has(path):
            at.refuse_store(f"the socket {path}")
    elif isinstance(address, tuple) and len(address) > 1 and not _is_here(address[0]):  # pyright: ignore
        at.refuse(f"a connection to {address[0]}:{address[1]}, which is not this machine")
    elif isinstance(address, tuple) and len(address) > 1 and address[1] in STORES:  # pyright: ignore
        at.refuse_store(f"a connection to {address[0]}:{address[1]}, where {STORES[address[1]]} usually listens")


def _looked_up(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`socket.getaddrinfo`, `socket.gethostbyname`, `socket.gethostbyaddr`: the name first."""
    if arguments[0] not in (None, "", b"") and not _is_here(arguments[0]):
        at.refuse(f"a look-up of {_text(arguments[0])}, which is not this machine")


def _told_name(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`socket.getnameinfo`: an address, of which a name is asked."""
    _looked_up(at, (arguments[0][0],))


def _is_here(host: object) -> bool:
    """Whether a name or an address is that of this machine."""
    text = _text(host)
    return not text or is_this_machine(text) or text.rstrip(".").lower() == socket.gethostname().lower()


def _opened(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`open`: the path, the mode of `open()` or None, and the flags of `os.open`."""
    path, mode, flags = (*arguments, None, None)[:3]
    writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITING)
    is_nameless = _NAMELESS and ((flags or 0) & _NAMELESS) == _NAMELESS
    if not writes or not isinstance(path, str | bytes | Path) or is_nameless:
        return
    text = _text(path)
    if "__pycache__" not in text and not os.path.realpath(text).startswith(_NO_FILES) and not at.has(text):
        at.note(f"written: the file {os.path.realpath(text)}")


def _kept(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`sqlite3.connect`: the name of the database, a path or a URI."""
    name = _text(arguments[0])
    path, _, query = name.removeprefix("file:").partition("?") if name.startswith("file:") else (name, "", "")
    modes = parse_qs(query).get("mode", [""])
    if name in ("", ":memory:") or path in ("", ":memory:") or modes[0] in ("memory", "ro"):
        return
    place = urlsplit(f"file:{path}").path if name.startswith("file:") else path
    if not at.has(place):
        at.refuse_store(f"the database {os.path.realpath(place)}")


def _started(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`subprocess.Popen`, `os.system`, `os.exec`, `os.posix_spawn`: what is started, first."""
    at.note(f"started: the program {_text(arguments[0]).split(chr(10))[0][:80]}")


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


_WATCHED: Final[Mapping[str, Callable[[Isolation, tuple[Any, ...]], None]]] = {
    "socket.connect": _connected,
    "socket.sendto": _connected,
    "socket.sendmsg": _connected,
    "socket.getaddrinfo": _looked_up,
    "socket.gethostbyname": _looked_up,
    "socket.gethostbyaddr": _looked_up,
    "socket.getnameinfo": _told_name,
    "open": _opened,
    "sqlite3.connect": _kept,
    "subprocess.Popen": _started,
    "os.system": _started,
    "os.exec": _started,
    "os.posix_spawn": _started,
}


class _Hook:
    """The audit hook of this process, and the block that is open: one at a time."""

    __cantrace__ = True
    """As `sys.addaudithook` wants it of a hook that debuggers and coverage may look into."""

    def __init__(self) -> None:
        self._changing = Lock()
        self._is_set = False
        self.block: Isolation | None = None

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        block = self.block
        if block is not None:
            watch = _WATCHED.get(event)
            if watch is not None:
                watch(block, arguments)

    def begin(self, block: Isolation) -> None:
        with self._changing:
            if self.block is not None:
                raise RuntimeError("An app is isolated in this process already; let that end before it begins again.")
            if not self._is_set:
                sys.addaudithook(self)
                self._is_set = True
            self.block = block

    def end(self) -> None:
        self.block = None


_HOOK: Final = _Hook()
"""State of the whole process, as audit hooks are."""


@contextmanager
def isolated(folder: Path, *, writes: bool = False) -> Generator[Isolation, None, None]:
    """One block, in which this process reaches no other machine and opens no store outside `folder`."""
    block = Isolation(folder, writes=writes)
    _HOOK.begin(block)
    try:
        yield block
    finally:
        _HOOK.end()
