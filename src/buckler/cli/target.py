"""Which app is served, and the environment it finds when it is imported.

An app reads its settings when it is built, so they are said the way an app reads them anywhere:
as environment variables, before the import.
"""

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath

from fastapi import FastAPI

from buckler.cli.own_frames import describe, place
from buckler.errors import BucklerError, ConfigurationError


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What `buckler serve` says to the app. `origin` is None where only the app can know it."""

    environment: str
    data: Path
    origin: str | None
    processes: int = 1
    """How many serve it."""

    def establish(self) -> None:
        """Say it. What somebody set already was read first and stands in these values."""
        os.environ["BUCKLER_ENVIRONMENT"] = self.environment
        os.environ["BUCKLER_DATA"] = str(self.data)
        os.environ["BUCKLER_PROCESSES"] = str(self.processes)
        if self.origin is not None:
            os.environ["BUCKLER_ORIGIN"] = self.origin


def split(target: str) -> tuple[str, str]:
    """Module and name of the app in `MODULE:APP`. Raises `ConfigurationError` with what was probably meant."""
    module, _, attribute = target.partition(":")
    attribute = attribute or "app"
    if module.endswith(".py") or "/" in module:
        file = PurePath(module).with_suffix("")
        within = not file.is_absolute() and ".." not in file.parts
        meant = f"{'.'.join(file.parts)}:{attribute}" if within else f"{file.name}:{attribute} (in {file.parent})"
        said = " is a file" if Path(file.with_suffix(".py")).exists() else ": there is no such file"
        raise ConfigurationError(f"{target}{said}, and an app is named by its module: did you mean {meant}?")
    if not all(map(str.isidentifier, module.split("."))):
        raise ConfigurationError(f"{target}: an app is named MODULE:APP, as in main:app.")
    return module, attribute


def load(target: str | None) -> FastAPI:
    """The app named `MODULE:APP`, or the reference service. `APP` may be a function that makes it of nothing.

    Raises `ConfigurationError`.
    """
    if target is None:
        from buckler.service.app import create_app

        return create_app()
    module, attribute = split(target)
    found = getattr(_import(target, module), attribute, None)
    if not isinstance(found, FastAPI) and callable(found):
        try:
            found = found()
        except BucklerError as refusal:
            raise ConfigurationError(
                f"{refusal}\n(Raised while {target}() made the app: {place(refusal)})"
            ) from refusal
        except Exception as failure:
            raise ConfigurationError(f"{target}() makes no app.\n{describe(failure)}") from failure
    if not isinstance(found, FastAPI):
        raise ConfigurationError(
            f"{target}: {module} has no FastAPI app named {attribute!r}, nor a function that makes one."
        )
    return found


def _import(target: str, module: str) -> object:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(module)
    except BucklerError as refusal:
        raise ConfigurationError(f"{refusal}\n(Raised while {target} was imported: {place(refusal)})") from refusal
    except Exception as failure:
        missing = failure.name if isinstance(failure, ModuleNotFoundError) else None
        if missing is not None and f"{module}.".startswith(f"{missing}."):
            text = f"{target}: there is no module {module!r} in {folder} or on Python's path."
        else:
            text = f"{target} cannot be imported.\n{describe(failure)}"
        raise ConfigurationError(text) from failure
