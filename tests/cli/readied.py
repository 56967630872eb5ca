"""A process in which everything is imported that `buckler` imports: each order is a command line, run in a copy of it.

Importing takes longer than most of what a command does. A copy is a process of its own, with its own folder,
environment, files and end. Orders come from `tests/cli/started.py` over the socket that is its standard input, and
from `tests/cli/at_hand.py` over the one that is named on its command line: each is a message.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

from tests.house.run_block import ended

COMMON = (
    "buckler.cli.program",
    "buckler.cli.serve.serving",
    "buckler.cli.serve.wire.http",
    "buckler.identity.accounts",
    "buckler.access.ownership.owned",
    "anyio._backends._asyncio",
    "pydantic.v1",
    "uvloop",
)
MOST = 1 << 17
"""Bytes of an order."""
MANY = 256
"""More than the files that are open here: sockets, and what was handed over."""


def main() -> None:
    """Serve until the process that started this one has ended."""
    for name in COMMON:
        import_module(name)
    import_module("buckler.console.view").own_templates()
    gc.freeze()
    orders, calls = socket.socket(fileno=os.dup(0)), socket.socket(fileno=int(sys.argv[1]))
    while True:
        for each in select.select([orders, calls], [], [])[0]:
            _forget_those_that_ended()
            if each is calls:
                with calls.accept()[0] as caller:
                    _take(caller)
            elif not _take(orders):
                return


def _forget_those_that_ended() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _take(place: socket.socket) -> bool:
    """Take one order and have it carried out. Whether there was one."""
    order, handed, _, _ = socket.recv_fds(place, MOST, 4)
    if order and not os.fork():
        _keep(json.loads(order), *handed)
    for each in handed:
        os.close(each)
    return bool(order)


def _keep(order: dict[str, Any], channel: int, *files: int) -> None:
    """Have it run, and tell its id and how it ended. Whoever has nobody to tell kills it. Does not come back."""
    child = os.fork()
    if not child:
        code = 120  # Python's own, where the last words could not be written
        try:
            code = ended(lambda: _run(order, files))
        finally:
            os._exit(code)
    for each in (*files, 0, 1, 2):
        os.close(each)
    os.write(channel, str(child).encode())
    over = os.pidfd_open(child)
    if over not in select.select([channel, over], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(BrokenPipeError):
        os.write(channel, str(code).encode())
    os._exit(0)


def _run(order: dict[str, Any], files: tuple[int, ...]) -> int:
    """As Python would run the command there, had it just begun."""
    for number, each in enumerate(files):
        os.dup2(each, number)
    os.closerange(3, MANY)
    os.chdir(order["folder"])
    os.umask(order["umask"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    sys.path[:1] = [order["place"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = [order["name"], *order["arguments"]]
    from buckler.cli import main as command

    try:
        command()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    main()
