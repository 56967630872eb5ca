"""Runs the Python blocks of documents as a reader would: imports one, starts its `app`, runs its tests.

Started by `page.py`, without any setting of the tests. It imports what nearly every block imports, which takes longer
than most blocks, and runs each block in a copy of itself: a process of its own, which ends with the block.

It reads one JSON object a line and answers each with a line, the exit code of the block.
"""

import atexit
import gc
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

COMMON = (
    "fastapi.testclient",
    "buckler.install",
    "buckler.identity.accounts",
    "buckler.input",
    "buckler.oauth",
    "anyio._backends._asyncio",
)


def main() -> int:
    """Serve until nobody asks any more."""
    for name in COMMON:
        import_module(name)
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os._exit(_in_the_copy(json.loads(line)))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()
    return 0


def _in_the_copy(asked: dict[str, Any]) -> int:
    _move(asked)
    return ended(lambda: run(asked["file"]))


def ended(program: Callable[[], int]) -> int:
    """Run it and all that Python does at its end but for one: taking apart what lay ready, module by module."""
    try:
        return program()
    except BaseException:  # noqa: BLE001 - whatever it is, it ends the block as it would end a program
        traceback.print_exc()
        return 1
    finally:
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()


def run(file: str) -> int:
    sys.path.insert(0, "")
    module = import_module(Path(file).with_suffix("").as_posix().replace("/", "."))
    if hasattr(module, "app"):
        _start(module.app)
    if any(name.startswith("test_") for name in vars(module)):
        import pytest

        return pytest.main(["-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", file])
    return 0


def _move(asked: dict[str, Any]) -> None:
    """Into the folder, the environment and the output of the block."""
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    _open("/dev/null", os.O_RDONLY, 0)
    _open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 1, 2)


def _open(path: str, flags: int, *numbers: int) -> None:
    opened = os.open(path, flags, 0o600)
    for number in numbers:
        os.dup2(opened, number)
    os.close(opened)


def _start(app: object) -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    if isinstance(app, Starlette):
        with TestClient(app):
            pass


if __name__ == "__main__":
    sys.exit(main())
