"""A client for one test: what a browser or a program on this machine would be, without a network."""

from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import IPv4Address
from itertools import count
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from buckler.errors import ConfigurationError
from buckler.testing.grounds import protection_of

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

_NETWORK: Final = IPv4Address("127.1.0.0")
_MOST: Final = 1 << 23
"""Addresses up to 127.128.255.255; then the first one comes again."""
_NUMBERS: Final = count(1)
_PORT: Final = 50000
_LOCAL: Final = "https://localhost"
"""Where an app in development is, which need not say so."""


@contextmanager
def a_client(
    app: FastAPI, *, address: str | None = None, raise_server_exceptions: bool = False
) -> "Generator[TestClient, None, None]":
    """A `TestClient` of `app`, which is started for the block and stopped after it.

    It asks for the origin of the settings, so host and scheme pass. It shows the answer that a client would get, a
    500 too; with `raise_server_exceptions` an error of the app is raised instead. Each has an `address` of its own, of
    127.0.0.0/8, so that what is counted by network is counted for each client anew. It may do no more than any
    client; `acting_as` lets it be somebody.

    Raises `ConfigurationError` where Buckler or `httpx2` is missing, and what a start raises: `StartRefused` with each
    line to mend.
    """
    installed = protection_of(app, "a_client")
    try:
        from fastapi.testclient import TestClient
    except (ModuleNotFoundError, RuntimeError) as error:
        raise ConfigurationError("a_client needs httpx2, which is not installed: pip install httpx2.") from error
    peer = str(_NETWORK + next(_NUMBERS) % _MOST) if address is None else address
    with TestClient(
        app,
        base_url=installed.settings.origin or _LOCAL,
        raise_server_exceptions=raise_server_exceptions,
        client=(peer, _PORT),
    ) as client:
        yield client
