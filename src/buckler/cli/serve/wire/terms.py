"""On what terms this process takes connections, by the settings of the app that it serves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from buckler.cli.serve.wire import open_files
from buckler.cli.serve.wire.connection import Patience
from buckler.cli.serve.wire.places import Places
from buckler.defence import only
from buckler.edge.client_address import ClientAddress
from buckler.edge.proxies import direct
from buckler.events import EventLog
from buckler.protected_app import installed_on
from buckler.settings import Settings


@dataclass(frozen=True, slots=True)
class Terms:
    """The same for all listeners of a process."""

    places: Places
    patience: Patience
    tell_full: Callable[[int], None]
    """Called with the number of connections that were turned away, twice a second at most."""


def terms_of(app: Any) -> Terms:
    """Raises `ConfigurationError` where the system allows fewer open files than there are places."""
    installed = installed_on(app)
    if installed is None:
        raise TypeError("only an app that has a Buckler is served")
    settings = installed.settings
    open_files.allow(settings.max_connections)
    events, most = EventLog(installed.clock), settings.max_connections
    address = only(ClientAddress, installed.parts)
    return Terms(
        Places(most, direct() if address is None else address.proxies),
        patience_of(settings),
        lambda count: events.emit("sys_connections_full", most=most, turned_away=count),
    )


def patience_of(settings: Settings) -> Patience:
    """How long clients are waited for."""
    return Patience(settings.head_seconds, settings.answer_seconds)
