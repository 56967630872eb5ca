"""Which app is served, and the environment it finds when it is imported.

An app reads its settings when it is built, so they are said the way an app reads them anywhere:
as environment variables, before the import.
"""

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from buckler.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What `buckler serve` says to the app. `origin` is None where only the app can know it."""

    environment: str
    data: Path
    origin: str | None

    def establish(self) -> None:
        """Say it. What somebody set already was read first and stands in these values."""
        os.environ["BUCKLER_ENVIRONMENT"] = self.environment
        os.environ["BUCKLER_DATA"] = str(self.data)
        if self.origin is not None:
            os.environ["BUCKLER_ORIGIN"] = self.origin


def load(target: str | None) -> FastAPI:
    """The app named `MODULE:APP`, or the reference service. Raises `ConfigurationError`."""
    if target is None:
        from buckler.service.app import create_app

        return create_app()
    module, _, attribute = target.partition(":")
    found = getattr(_import(target, module), attribute or "app", None)
    if not isinstance(found, FastAPI):
        raise ConfigurationError(f"{target}: {module} has no FastAPI app named {attribute or 'app'!r}.")
    return found


def _import(target: str, module: str) -> object:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as failure:
        if failure.name is None or not module.startswith(failure.name):
            raise
        raise ConfigurationError(
            f"{target}: there is no module {module!r} in {folder} or on Python's path."
        ) from failure
