"""The Buckler of an app that is built and not started: for commands that look at it, or work on its accounts."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from buckler.cli import data_folder
from buckler.cli.options import Environment, environment_of
from buckler.cli.target import Surroundings, load, split
from buckler.errors import ConfigurationError
from buckler.install import Buckler, buckler_of
from buckler.randomness import secret_text
from buckler.settings.sources import said, secret_said

if TYPE_CHECKING:
    from buckler.identity.accounts import Accounts  # which needs SQLAlchemy

_ORIGIN: Final = "https://localhost"
"""Where no service is started nobody reaches it: no door depends on where it would be, and no token is made."""


def built(app: str | None, data: Path, environment: Environment | None) -> Buckler:
    """The Buckler of the app named `MODULE:APP`, or of the reference service, to look at and not to open.

    Raises `ConfigurationError`.
    """
    if environment_of(environment, app) == "production" and not any(secret_said("master_secret", "production")):
        # An app may want one to be built. Nothing is opened here, so nothing is ever sealed with this one.
        os.environ["BUCKLER_MASTER_SECRET"] = secret_text()
    buckler = _loaded(app, data, environment)
    if buckler is None:
        raise ConfigurationError(f"{app}: this app has no Buckler, so nothing holds it to a policy: Buckler({app}).")
    return buckler


def accounts_of(app: str | None, data: Path, environment: Environment | None) -> "Accounts":
    """The accounts of an app, whose database is about to be opened. Raises `ConfigurationError`."""
    buckler = _loaded(app, data, environment)
    if buckler is None or buckler.accounts is None:
        raise ConfigurationError(f"{app}: this app keeps no accounts. They come with Buckler(app, accounts=True).")
    return buckler.accounts


def _loaded(app: str | None, data: Path, environment: Environment | None) -> Buckler | None:
    if app is not None:
        split(app)
    named = environment_of(environment, app)
    Surroundings(named, data_folder.resolve(data), said("origin", named) or _ORIGIN).establish()
    return buckler_of(load(app))
