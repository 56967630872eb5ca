"""The environment that an app finds which is imported for a drill: development, and data that are thrown away."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_DEVELOPMENT: Final = {
    "BUCKLER_ENVIRONMENT": "development",
    "BUCKLER_PROCESSES": "1",
    "BUCKLER_ORIGIN": "https://localhost",
}
_OURS: Final = "BUCKLER_"
_FOLDER: Final = "{folder}"


@contextmanager
def development_in(folder: Path) -> Generator[None]:
    """For the block Buckler's settings are those of development, with data in `folder`, whatever a shell says."""
    with _restored():
        for name in [name for name in os.environ if name.startswith(_OURS)]:
            del os.environ[name]
        os.environ.update(_DEVELOPMENT, BUCKLER_DATA=str(folder / "data"))
        yield


@contextmanager
def said(variables: Mapping[str, str], folder: Path) -> Generator[None]:
    """For the block these variables are set; `{folder}` in them is the folder that is thrown away."""
    with _restored():
        os.environ.update({name: value.replace(_FOLDER, str(folder)) for name, value in variables.items()})
        yield


@contextmanager
def _restored() -> Generator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
