"""An app of this machine, brought before the drill: in a copy of its folder, with settings of its own."""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI

from buckler.cli.drill.remedies import remedy
from buckler.cli.target import load
from buckler.drill.transport.secrets import Secrets
from buckler.errors import ConfigurationError
from buckler.staging.block import Isolation
from buckler.staging.copying import copy, working_in
from buckler.staging.environment import development_in, said
from buckler.staging.isolation import isolated


@dataclass(frozen=True, slots=True)
class BroughtApp:
    """The folder that an app is worked on in, and the block that it is isolated by from its import on."""

    target: str | None
    folder: Path
    around: Isolation
    discard: Callable[[], object]
    """Throws the folder away, before the block does."""
    here: Path
    """The folder that it is a copy of."""
    notes: tuple[str, ...] = ()

    def load(self) -> FastAPI:
        """Import the app `MODULE:APP`, or our reference service. Raises `ConfigurationError`."""
        return load(self.target)

    @contextmanager
    def remedied(self) -> Generator[None]:
        """A refusal tells of the folder that it is about, not of the copy, and what to write instead."""
        try:
            yield
        except ConfigurationError as refusal:
            text = str(refusal).replace(str(self.folder / "work"), str(self.here)).rstrip()
            whole = "\n".join(filter(None, (text, remedy(text, self.here, refusal))))
            # It stands in the logs of a pipeline, and is what the app says at its import.
            raise ConfigurationError(Secrets.of_environment(os.environ).hide_failure(whole)) from refusal


@contextmanager
def brought(target: str | None, variables: Mapping[str, str], *, writes: bool) -> Generator[BroughtApp]:
    """The folder and the settings of an app, and the end of what it may reach: all is thrown away after the block.

    With `writes` it works where it is. Raises `ConfigurationError`.
    """
    here, made = Path.cwd(), TemporaryDirectory(prefix="buckler-drill-", ignore_cleanup_errors=True)
    folder = Path(made.name).resolve()
    with made, development_in(folder), said(variables, folder):
        if target is None or writes:
            with isolated(folder, writes=writes) as around:
                yield BroughtApp(target, folder, around, made.cleanup, here)
            return
        work = folder / "work"
        left = copy(here, work)
        with working_in(work), isolated(folder) as around:
            notes = ("the app ran in a copy of this folder, which was thrown away", *left)
            yield BroughtApp(target, folder, around, made.cleanup, here, notes)
