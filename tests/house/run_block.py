"""Runs a Python block of a document as a reader would: imports it, starts its `app`, runs its tests.

Started by `page.py` in a process of its own: `run_block.py FILE` in the folder of the page.
"""

import sys
from importlib import import_module
from pathlib import Path


def main(file: str) -> int:
    sys.path.insert(0, "")
    module = import_module(Path(file).with_suffix("").as_posix().replace("/", "."))
    if hasattr(module, "app"):
        _start(module.app)
    if any(name.startswith("test_") for name in vars(module)):
        import pytest

        return pytest.main(["-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", file])
    return 0


def _start(app: object) -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    if isinstance(app, Starlette):
        with TestClient(app):
            pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
