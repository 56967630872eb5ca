"""Where a caller may be played: in a test that pytest runs, of an app in development. Nowhere else.

Both are asked when a door is opened. A block belongs to the process and to the test that opened it: on each request
both are compared again, so that what a test forgot to close plays for no other, and in no process that it forks. A
process that a test starts has no test of its own, whatever its environment says: pytest's runner does not run in it.
An app in development answers its own machine alone (`edge/loopback.py`), whoever plays.
"""

import os
import sys
from dataclasses import dataclass
from types import FrameType
from typing import Final

from buckler.access.callers.credential import Authentication
from buckler.defence import only
from buckler.errors import ConfigurationError
from buckler.protected_app import Installed, installed_on

_RUNNER: Final = "_pytest.runner"
"""The module whose functions pytest runs tests and fixtures from. `tests/testing/test_grounds.py` fails if it moves."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The process and the test in which a block was opened; setup, call and teardown are one test."""

    process: int
    test: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """An app in which a caller may be played, and the part of it that finds out who is calling."""

    installed: Installed
    authentication: Authentication


def stage() -> Stage | None:
    """This process and the test that pytest runs now; None where none runs."""
    named = os.environ.get("PYTEST_CURRENT_TEST")
    return Stage(os.getpid(), named.rpartition(" (")[0]) if named and "pytest" in sys.modules else None


def is_in_test() -> bool:
    """Whether pytest runs a test in this process now: its setup and its teardown count too.

    The environment alone is no sign: a process that a test starts inherits it, and keeps it for ever.
    """
    frames = sys._current_frames().values()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - a documented name
    return stage() is not None and any(map(_is_of_runner, frames))


def _is_of_runner(frame: FrameType) -> bool:
    """Whether a thread that is there now was called by pytest's runner."""
    at: FrameType | None = frame
    while at is not None:
        if at.f_globals.get("__name__") == _RUNNER:
            return True
        at = at.f_back
    return False


def grounds_of(app: object, door: str) -> Grounds:
    """The grounds on `app`. Raises `ConfigurationError` where nobody may be played by way of `door`."""
    installed = protection_of(app, door)
    if not installed.settings.development:
        raise ConfigurationError(
            f"{door}: this app runs in production, where nobody calls without a credential. Make the app of your"
            " tests with BUCKLER_ENVIRONMENT=development, or settings=Settings.load(environment='development')."
        )
    if not is_in_test():
        raise ConfigurationError(
            f"{door}: no test runs. Write it in a test or a fixture that pytest runs, never where a module is imported:"
            " an app that serves would let everybody in."
        )
    authentication = only(Authentication, installed.parts)
    if authentication is None:
        raise ConfigurationError(
            f"{door}: nobody is ever a caller of this app: it has no accounts, no issuers and no authenticator."
        )
    return Grounds(installed, authentication)


def protection_of(app: object, door: str) -> Installed:
    """What stands on `app`. Raises `ConfigurationError` where nothing does."""
    installed = installed_on(app)
    if installed is None:
        raise ConfigurationError(
            f"{door}: this {type(app).__name__} has no Buckler of its own; give the app that Buckler(app) stands on."
        )
    return installed
