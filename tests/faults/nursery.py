"""A process whose children are killed: everything is imported once, and each child is forked from it.

It reads one order a line and answers each with one: what the child told before it died. The child dies by SIGKILL, and
the order says when: at a moment of the clock or after so many answers, given from outside; or it kills itself, at a
step of the database or at a statement.
"""

import json
import logging
import os
import random
import select
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite

from tests.faults.deeds import DEEDS
from tests.faults.place import Place
from tests.faults.sabotage import SABOTAGE

STEPS = 160
"""The last step at which a child is killed: some turns of each deed."""
TURNS, MOMENT = 6, 0.04
"""So many answers, and seconds after the last of them, go by at most."""
PATIENCE = 60.0


def main() -> None:
    """Take orders until there are no more."""
    logging.disable(logging.CRITICAL)
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(_killed(json.loads(line))) + "\n")
        sys.stdout.flush()


def _killed(order: dict[str, Any]) -> dict[str, Any]:
    chance = random.Random(order["seed"])  # noqa: S311 - it chooses a moment, and is to choose it again
    moments = {"time": (chance.randrange(TURNS), chance.random() * MOMENT), "answers": (order["seed"], 0.0)}
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(order, writing, chance.randrange(1, STEPS))
    os.close(writing)
    told = _watched(child, reading, moments.get(order["by"]))
    status = os.waitpid(child, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return {"told": [json.loads(line) for line in told], "killed": killed}


def _watched(child: int, reading: int, moment: tuple[int, float] | None) -> list[bytes]:
    """What it tells until it is dead."""
    told, wait = b"", PATIENCE
    while True:
        if moment is not None and told.count(b'"ready"') and told.count(b'"answered"') >= moment[0]:
            wait = moment[1]
        if not select.select([reading], [], [], wait)[0]:
            os.kill(child, signal.SIGKILL)
            wait, moment = PATIENCE, None
            continue
        piece = os.read(reading, 65_536)
        if not piece:
            os.close(reading)
            return told.splitlines()
        told += piece


def _live(order: dict[str, Any], writing: int, step: int) -> None:
    """The life of a child. It does not come back."""
    try:
        if order["sabotage"]:
            SABOTAGE[order["sabotage"]]()
        fate = Fate(order["by"], step, order["at"])

        def tell(what: str, **facts: object) -> None:
            os.write(writing, json.dumps({"what": what, **facts}).encode() + b"\n")
            fate.goes = True

        DEEDS[order["deed"]](Place(Path(order["folder"])), tell)
    except BaseException:  # noqa: BLE001 - it is told, and the child ends here
        traceback.print_exc()
    finally:
        os._exit(1)


class Fate:
    """Kills this process before or after a visit to the database, or at the file of the secret.

    `by` "step": at the visit of that number. "before" and "after": at a statement that holds the text `at`.
    "commit": after the commit of the transaction with such a statement.
    """

    def __init__(self, by: str, step: int, at: str) -> None:
        self.goes = False
        self._by, self._left, self._at = by, step, at
        self._is_near = False
        visit = aiosqlite.Connection._execute

        async def watched(connection: aiosqlite.Connection, step: Callable[..., Any], *given: Any, **more: Any) -> Any:
            def between(*inner: Any, **others: Any) -> Any:
                if self.goes:
                    self.before(inner)
                made = step(*inner, **others)
                if self.goes:
                    self.after(step)
                return made

            return await visit(connection, between, *given, **more)

        aiosqlite.Connection._execute = watched  # type: ignore[method-assign,assignment]
        sys.addaudithook(self._judge)

    def before(self, given: tuple[Any, ...]) -> None:
        """Ahead of a visit with these arguments."""
        self._count()
        if self._at and any(isinstance(each, str) and self._at in each for each in given):
            self._is_near = True
            if self._by == "before":
                _die()

    def after(self, step: Callable[..., Any]) -> None:
        """Behind it."""
        self._count()
        if self._is_near and (self._by == "after" or getattr(step, "__name__", "") == "commit"):
            _die()

    def _count(self) -> None:
        self._left -= 1
        if self._by == "step" and self._left == 0:
            _die()

    def _judge(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.goes and event in ("os.rename", "open") and "master.key" in str(arguments[0]):
            self._count()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
