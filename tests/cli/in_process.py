"""The command `buckler` without a process of its own: for what the start of one would only make slow."""

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Final

import pytest

from buckler.cli import main
from buckler.events.access_log import ACCESS_LOGGER_NAME
from buckler.events.log import LOGGER_NAME

_SETTINGS: Final = ("BUCKLER_", "COLUMNS")
_COPIES: Final = str(Path(gettempdir()).resolve() / "buckler-drill-")
"""Where `buckler drill` runs an app: in a copy that is gone by now."""


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    said: str
    told: str
    """On the error stream."""


class Shell:
    """Runs commands in `folder`, with none of Buckler's settings but those given."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._capture = folder, patch, capture
        patch.chdir(folder)

    def run(self, *arguments: str, given: str = "", **settings: str) -> Done:
        self._capture.readouterr()
        self._patch.setattr(sys, "argv", ["buckler", *arguments])
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8"))
        # The end of a process, which is none here.
        self._patch.setattr("buckler.cli.drill.leaving.at_once", sys.exit)
        with _as_a_process(self.folder, settings), pytest.raises(SystemExit) as ended:
            main()
        said = self._capture.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)


@contextmanager
def _as_a_process(folder: Path, settings: dict[str, str]) -> Iterator[None]:
    """What a command leaves in its process does not stay: environment, path, the app it loaded, the loggers."""
    environment, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    loggers = [logging.getLogger(name) for name in ("", LOGGER_NAME, ACCESS_LOGGER_NAME)]
    logging_was = [(each, list(each.handlers), each.level, each.propagate) for each in loggers]
    bare = {name: value for name, value in environment.items() if not name.startswith(_SETTINGS)}
    _replace_environment(bare | settings)
    try:
        yield
    finally:
        _replace_environment(environment)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith((str(folder), _COPIES)):
                del sys.modules[name]
        for logger, handlers, level, propagate in logging_was:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)


def _replace_environment(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
