"""Leave to stage an app: accounts made by nobody's order, and callers whom no issuer knows.

It cannot be built where an app serves:

1. Only below the command `buckler drill`, or in a test that pytest runs. The frames of this process say so; what the
   environment says is no sign, since whatever is started inherits it.
2. Never where a server runs in this process too, in whatever thread: what is staged there is open to its clients.
3. It holds in the process that built it alone. What is forked from that has no part in it.
4. It admits apps in development alone, which answer their own machine and no other (`edge/loopback.py`).
5. It admits an app only if its data lie in the folder that is thrown away, unless all else may be written to as well.

Whoever runs code of his own in the process can do all of this without us. This keeps mistakes out, not him.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from buckler.errors import ConfigurationError
from buckler.protected_app import Installed, installed_on
from buckler.staging.block import LEAVE
from buckler.staging.stacks import frames

DRIVERS: Final = ("buckler.cli.drill", "_pytest.runner")
"""The modules below which an app may be staged, with what is inside them."""
SERVERS: Final = ("buckler.cli.serve", "daphne", "granian", "gunicorn", "hypercorn", "uvicorn", "waitress")
"""Whoever serves apps, and so may not be in the same process."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Leave to stage apps, with their data in `folder`. Raises `ConfigurationError` wherever there can be none.

    `writes`: their data may lie elsewhere too, and be changed there. `leave` is how whoever drills says so.
    """

    folder: Path
    writes: bool = False
    leave: str = LEAVE
    process: int = field(default_factory=os.getpid, init=False)

    def __post_init__(self) -> None:
        running = frozenset(modules_running())
        server = next((each for each in running if _is_within(each, SERVERS)), None)
        if server is not None:
            raise ConfigurationError(
                f"staging: {server} serves in this process, and whoever reaches it would meet what is staged. Run the"
                " drill in a process of its own: buckler drill main:app"
            )
        if not any(_is_within(each, DRIVERS) for each in running):
            raise ConfigurationError(
                "staging: neither `buckler drill` nor a test runs here, so there is nobody to stage an app for. Start"
                " it from the command line, buckler drill main:app, or write it in a test that pytest runs."
            )

    @property
    def is_on(self) -> bool:
        """Whether this is the process that it was built in."""
        return os.getpid() == self.process

    def admit(self, app: object) -> Installed:
        """What stands on `app`. Raises `ConfigurationError` where it may not be staged."""
        installed = installed_on(app)
        if installed is None:
            raise ConfigurationError(
                f"staging: this {type(app).__name__} has no Buckler, so nothing could say who may what in it."
            )
        if not self.is_on:
            raise ConfigurationError("staging: this process was forked from that of the drill, and has no part in it.")
        if not installed.settings.development:
            raise ConfigurationError(
                "staging: this app runs with production settings, and a drill changes whatever it can. Build it with"
                " BUCKLER_ENVIRONMENT=development, as buckler drill does by itself, or take"
                " settings=Settings.load(environment='production') out of the code."
            )
        self._check_place(installed.settings.data)
        return installed

    def _check_place(self, data: Path) -> None:
        if not self.writes and not data.resolve().is_relative_to(self.folder.resolve()):
            raise ConfigurationError(
                f"staging: the data of this app lie in {str(data)!r}, and a drill leaves nothing there as it was. Set"
                f" BUCKLER_DATA={str(self.folder)!r}, or a folder inside it, before the app is imported; or allow it"
                f" with {self.leave}, if all of it may be lost."
            )


def modules_running() -> Iterator[str]:
    """The name of every module that has a function under way, in whatever thread of this process."""
    for frame in frames().values():
        at: FrameType | None = frame
        while at is not None:
            yield str(at.f_globals.get("__name__", ""))
            at = at.f_back


def _is_within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)
