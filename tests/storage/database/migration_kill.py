"""Starts that migrate a database and are killed in the middle, or race: run by `test_migration_steps.py`.

One process, so that Alembic is read once: for each number it forks a child, which kills itself with SIGKILL before
its statement of that number. Without numbers two children migrate the same database at once.
"""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import alembic.command
import alembic.script
from sqlalchemy import event
from sqlalchemy.engine import Engine

from buckler.storage.database import Database

assert alembic.command
assert alembic.script


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def forked(path: Path, statement: int) -> int:
    child = os.fork()
    if not child:
        start(path, statement)
        os._exit(0)
    return child


def start(path: Path, statement: int) -> None:
    left = statement

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    asyncio.run(Database(path).open(tell=say))


def main(old: Path, *statements: str) -> None:
    for number in statements:
        folder = old.parent / f"killed-{number}"
        folder.mkdir(mode=0o700)
        path = folder / "buckler.db"
        shutil.copy(old, path)
        _, status = os.waitpid(forked(path, int(number)), 0)
        say(f"{folder.name} {'killed' if os.WIFSIGNALED(status) else 'ended'}")
    if not statements:
        for child in [forked(old, 1_000_000) for _ in range(2)]:
            say(f"ended {os.waitpid(child, 0)[1]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
