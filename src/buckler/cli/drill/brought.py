"""An app of this machine, brought before the drill: in a copy of its folder, with settings of its own."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fastapi import FastAPI

from buckler.cli.drill.remedies import remedy
from buckler.cli.target import load_or_make
from buckler.errors import ConfigurationError
from buckler.staging.copying import copy, working_in
from buckler.staging.isolation import isolated

_SETTINGS: Final = {"BUCKLER_ENVIRONMENT": "development", "BUCKLER_PROCESSES": "1"}
_OURS: Final = "BUCKLER_"


@dataclass(frozen=True, slots=True)
class Brought:
    """An app that is ready to be attacked, and the folder that all of it lies in."""

    app: FastAPI
    folder: Path
    notes: tuple[str, ...]


@contextmanager
def brought(target: str | None, variables: Mapping[str, str], *, writes: bool) -> Generator[Brought]:
    """Import the app `MODULE:APP`, or our reference service, where what it writes is thrown away after the block.

    With `writes` it works where it is. Raises `ConfigurationError`.
    """
    here = Path.cwd()
    with TemporaryDirectory(prefix="buckler-drill-") as made, _said(Path(made), variables), _remedied(Path(made), here):
        folder = Path(made).resolve()
        if target is None or writes:
            yield _loaded(target, folder, (), writes=writes)
            return
        work = folder / "work"
        left = copy(Path.cwd(), work)
        with working_in(work):
            notes = ("the app ran in a copy of this folder, which was thrown away",)
            yield _loaded(target, folder, (*notes, *left), writes=writes)


@contextmanager
def _remedied(made: Path, here: Path) -> Generator[None]:
    """A refusal tells of the folder that it is about, not of the copy, and what to write instead."""
    try:
        yield
    except ConfigurationError as refusal:
        text = str(refusal).replace(str(made.resolve() / "work"), str(here)).rstrip()
        raise ConfigurationError("\n".join(filter(None, (text, remedy(text, here))))) from refusal


def _loaded(target: str | None, folder: Path, notes: tuple[str, ...], *, writes: bool) -> Brought:
    """The app, imported where it reaches nothing outside already: many open their database at import."""
    with isolated(folder, writes=writes) as around:
        app = load_or_make(target)
    return Brought(app, folder, (*notes, *around.notes))


@contextmanager
def _said(folder: Path, variables: Mapping[str, str]) -> Generator[None]:
    """The environment that the app finds; ours is as development needs it, whatever a shell says."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    os.environ.update(_SETTINGS, BUCKLER_DATA=str(folder / "data"), BUCKLER_ORIGIN="https://localhost")
    os.environ.update({name: value.replace("{folder}", str(folder)) for name, value in variables.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
