"""The app that is served, and what it says of itself once it is."""

from dataclasses import dataclass

from fastapi import FastAPI

from buckler.cli.log_lines import write_access_lines
from buckler.cli.serve.first_call import first_call
from buckler.cli.target import load
from buckler.defence import only
from buckler.edge.client_address import ClientAddress
from buckler.errors import ConfigurationError
from buckler.install import Buckler, buckler_of
from buckler.protected_app import installed_on


@dataclass(frozen=True, slots=True)
class FirstWords:
    """What an app that serves says of itself: to whoever announces it, and to its supervisor."""

    origin: str
    path: str | None
    """What anybody may read first; None where there is nothing."""
    code: str | None
    """The one-time code of the first administrator; None where there is one, or no accounts."""
    code_ends: float
    """When that is void, on the clock that never jumps back."""
    signs_in_with: str
    drain_seconds: float
    """How long it goes on serving after it was told to end."""
    console: bool = False
    """Whether it has pages at `/console`."""


def protected(target: str | None, processes: int) -> tuple[FastAPI, Buckler]:
    """The app and its Buckler. Raises `ConfigurationError`.

    Fail closed: an app without one is not served as if it had one, and one that was told of fewer processes than
    there are counts as if it were alone.
    """
    app = load(target)
    buckler = buckler_of(app)
    if buckler is None:
        raise ConfigurationError(
            f"{target}: this app has no Buckler, so nothing would protect it."
            " Add to it: from buckler import Buckler; Buckler(app)"
        )
    told = buckler.settings.processes
    if processes > 1 and told != processes:
        raise ConfigurationError(
            f"--workers {processes}, and the settings of the app say processes={told}: what depends on their number"
            " would be wrong. Leave processes= out of the app; BUCKLER_PROCESSES says it then."
        )
    if buckler.settings.access_log:
        write_access_lines()
    return app, buckler


def first_words(target: str | None, buckler: Buckler) -> FirstWords:
    """What is to be told of an app that has started."""
    settings, accounts = buckler.settings, buckler.accounts
    code = accounts.first_administrator if accounts is not None else None
    return FirstWords(
        origin=settings.origin,
        path="/health" if target is None else first_call(buckler.app, development=settings.development),
        code=code.text if code is not None else None,
        code_ends=code.ends if code is not None else 0.0,
        signs_in_with=settings.identifier,
        drain_seconds=settings.drain_seconds,
        console=buckler.has_console,
    )


def asked_host(buckler: Buckler) -> str | None:
    """The host that a certificate must cover; None where a proxy meets the clients with a certificate of its own."""
    installed, settings = installed_on(buckler.app), buckler.settings
    client = only(ClientAddress, installed.parts) if installed is not None else None
    if not settings.origin or (client is not None and not client.proxies.are_none):
        return None
    return settings.host_names[0]
