"""What an app under attack may not do to the world outside, while it runs in the process of a drill.

1. Connections and look-ups of names go to this machine alone: webhooks and other services hear nothing. Nor does what
   passes on from here: a port at which mail servers or proxies usually listen, and the proxies of the environment.
2. A store that is not the one that is thrown away is not opened: an SQLite file elsewhere, a socket in the file system,
   or a port of this machine at which databases or queues usually listen. Unless all of it may be written to.
3. Any other port of this machine that is connected to is told, since nobody knows who is there.
4. What is written, renamed or removed elsewhere, and processes that are started, are told and not stopped: an app
   writes its logs, and looks for its tools.
5. This process is not ended, nor made into another program: what is done so raises `EndedProcess` (`ending.py`).

What is refused raises `PermissionError` where it was tried, before anything left, and is told in the report too: an
app may swallow the exception. Python's audit events (PEP 578) tell of all this, whatever thread it happens in. The hook
is set once, since none can be taken away again, and does nothing outside a block.

Caveat: libraries that connect by themselves, below Python, are not seen: libpq, uvloop. This is no sandbox.
"""

import os
import socket
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

from buckler.drill.own_files import is_by_the_drill
from buckler.drill.own_ports import is_of_the_drill
from buckler.drill.transport.this_machine import is_this_machine
from buckler.staging.block import LEAVE, Isolation
from buckler.staging.databases import DATABASES, guarded
from buckler.staging.ending import kept_running, refuse_the_end
from buckler.staging.files import FILES, Watch, text_of
from buckler.staging.log_lines import logged
from buckler.staging.ports import QUEUES, RELAYS, STORES
from buckler.staging.proxies import without_proxies

_OF_WORKERS: Final = ("multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver")
_LOGS: Final = ("/dev/log", "/run/systemd/journal", "/var/run/syslog")
"""Where lines of logs go, by sockets in the file system."""


def _connected(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`socket.connect`, `socket.sendto`, `socket.sendmsg`: the socket, and where it leads."""
    _reached(at, arguments[1] if len(arguments) > 1 else None)


def _reached(at: Isolation, address: Any) -> None:
    match address:
        case str() | bytes():
            path = os.fsdecode(address)
            if path and not path.startswith(("\0", *_LOGS)) and not at.has(path):
                at.refuse_store(f"the socket {path}")
        case (host, port, *_):
            _reached_port(at, text_of(host), port)
        case _:
            pass


def _reached_port(at: Isolation, host: str, port: Any) -> None:
    what = f"a connection to {host}:{port}"
    if not _is_here(host):
        at.refuse(f"{what}, which is not this machine")
    elif port in RELAYS:
        at.refuse(f"{what}, where {RELAYS[port]} usually listens, which passes on what it gets")
    elif listens := STORES.get(port) or QUEUES.get(port):
        at.refuse_store(f"{what}, where {listens} usually listens")
    elif not is_of_the_drill(port):
        at.note(f"connected: port {port} of this machine, and nobody knows what is done there")


def _looked_up(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`socket.getaddrinfo`, `socket.gethostbyname`, `socket.gethostbyaddr`: the name first."""
    if arguments[0] not in (None, "", b"") and not _is_here(arguments[0]):
        at.refuse(f"a look-up of {text_of(arguments[0])}, which is not this machine")


def _told_name(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`socket.getnameinfo`: an address, of which a name is asked."""
    _looked_up(at, (arguments[0][0],))


def _is_here(host: object) -> bool:
    """Whether a name or an address is that of this machine."""
    text = text_of(host)
    return not text or is_this_machine(text) or text.rstrip(".").lower() == socket.gethostname().lower()


def _started(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`subprocess.Popen`, `os.system`, `os.posix_spawn`: what is started, first."""
    at.note(f"started: the program {_program(arguments)}, which nothing isolates")


def _replaced(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`os.exec`: the program that this process becomes, first."""
    refuse_the_end(at, f"the program {_program(arguments)} in its place")
    _started(at, arguments)


def _program(arguments: tuple[Any, ...]) -> str:
    return text_of(arguments[0]).split(chr(10))[0][:80]


def _imported(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`import`: workers of `multiprocessing` are started by modules that nothing else needs, and by no event."""
    if arguments[0] in _OF_WORKERS:
        at.note("started: processes of multiprocessing, which nothing isolates")


def _begun(at: Isolation, _arguments: tuple[Any, ...]) -> None:
    """`cpython.PyInterpreterState_New`: an interpreter in this process that has no hook of ours."""
    at.note("started: an interpreter, which nothing isolates")


def _forked(at: Isolation, _arguments: tuple[Any, ...]) -> None:
    """`os.fork`: the copy has this block too, and what it notes is not heard."""
    at.note("started: a fork of this process, which is isolated, and of which nothing is told")


_WATCHED: Final[Mapping[str, Watch]] = {
    "socket.connect": _connected,
    "socket.sendto": _connected,
    "socket.sendmsg": _connected,
    "socket.getaddrinfo": _looked_up,
    "socket.gethostbyname": _looked_up,
    "socket.gethostbyaddr": _looked_up,
    "socket.getnameinfo": _told_name,
    **FILES,
    **DATABASES,
    "import": _imported,
    "cpython.PyInterpreterState_New": _begun,
    "os.fork": _forked,
    "os.forkpty": _forked,
    "subprocess.Popen": _started,
    "os.system": _started,
    "os.exec": _replaced,
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
            if watch is not None and not is_by_the_drill():
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
        if self.block is not None:
            self.block.is_over = True
        self.block = None


_HOOK: Final = _Hook()
"""State of the whole process, as audit hooks are."""


@contextmanager
def isolated(folder: Path, *, writes: bool = False, leave: str = LEAVE) -> Generator[Isolation, None, None]:
    """One block, in which this process reaches no other machine and opens no store outside `folder`.

    `leave` is how whoever drills says that other stores may be opened too.
    """
    block = Isolation(folder, writes=writes, leave=leave)
    _HOOK.begin(block)
    try:
        # All of it ends with the block, also where a drill in it was given up and never does.
        with guarded(block), kept_running(block), logged() as block.lines, without_proxies() as taken:
            if taken:
                block.note(f"taken away: {', '.join(taken)}, since what goes by a proxy leaves this machine")
            yield block
    finally:
        _HOOK.end()
