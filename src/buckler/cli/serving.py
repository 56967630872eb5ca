"""`buckler serve`, step by step: judge the order, take the ports, find a certificate, load the app, serve."""

import os
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Literal

import typer
from fastapi import FastAPI

from buckler.cli import listeners
from buckler.cli.announcement import Announcement
from buckler.cli.local_authority import LocalCertificate, local_certificate
from buckler.cli.log_lines import write_log_lines
from buckler.cli.sockets import Door, is_loopback, listen
from buckler.cli.target import Surroundings, load
from buckler.cli.transport import tls_context
from buckler.clock import SystemClock
from buckler.errors import ConfigurationError
from buckler.install import Buckler, buckler_of

Environment = Literal["development", "production"]


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for on the command line."""

    app: str | None
    host: str
    port: int
    http_port: int
    data: Path
    certificate: Path | None
    key: Path | None
    environment: Environment | None
    check: bool


def fulfil(order: Order) -> None:
    """Serve until a signal ends it, or only rehearse. Raises `ConfigurationError` and `StartRefused`."""
    environment = _environment(order)
    _judge(order, environment)
    write_log_lines()
    if order.check:
        _surroundings(order, environment, order.port).establish()
        if order.certificate is not None and order.key is not None:
            tls_context(order.certificate, order.key)
        listeners.rehearse(_protected(order)[0])
        typer.echo("It would start.")
        return
    with (
        listen(order.host, Door(order.port, "--port", "PORT")) as secure,
        listen(order.host, Door(order.http_port, "--http-port", "HTTP_PORT")) as plain,
    ):
        _serve(order, _surroundings(order, environment, secure.getsockname()[1]), secure, plain)


def _serve(order: Order, surroundings: Surroundings, secure: socket, plain: socket) -> None:
    surroundings.establish()
    surroundings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate, key, local = _certificate(order)
    doors = listeners.Listeners(secure, plain, tls_context(certificate, key))
    app, buckler = _protected(order)
    address = f"http://localhost:{plain.getsockname()[1]}"

    def announce() -> None:
        typer.echo(str(_announcement(order, surroundings, address, local, buckler)))

    listeners.serve(app, doors, announce)


def _protected(order: Order) -> tuple[FastAPI, Buckler]:
    """The app and its Buckler. Fail closed: an app without one is not served as if it had one."""
    app = load(order.app)
    buckler = buckler_of(app)
    if buckler is None:
        raise ConfigurationError(
            f"{order.app}: this app has no Buckler, so nothing would protect it."
            " Add to it: from buckler import Buckler; Buckler(app)"
        )
    return app, buckler


def _announcement(
    order: Order, surroundings: Surroundings, plain: str, local: LocalCertificate | None, buckler: Buckler
) -> Announcement:
    accounts = buckler.accounts
    return Announcement(
        origin=buckler.settings.origin,
        plain=plain,
        environment=surroundings.environment,
        named=order.environment is not None,
        data=surroundings.data,
        local=local,
        first_administrator_code=accounts.first_administrator_code if accounts is not None else None,
        path="/health" if order.app is None else "/",
    )


def _surroundings(order: Order, environment: Environment, port: int) -> Surroundings:
    """In production only the operator knows the origin; the settings ask for it."""
    named = os.environ.get("BUCKLER_ORIGIN")
    return Surroundings(
        environment=environment,
        data=order.data.resolve(),
        origin=named or (f"https://localhost:{port}" if environment == "development" else None),
    )


def _certificate(order: Order) -> tuple[Path, Path, LocalCertificate | None]:
    if order.certificate is not None and order.key is not None:
        return order.certificate, order.key, None
    local = local_certificate(order.data.resolve() / "tls", SystemClock())
    return local.certificate, local.key, local


def _environment(order: Order) -> Environment:
    """No environment named means production; our own reference service names development itself."""
    if order.environment is not None:
        return order.environment
    return "development" if order.app is None else "production"


def _judge(order: Order, environment: Environment) -> None:
    if environment == "development" and not is_loopback(order.host):
        raise ConfigurationError(
            f"--host {order.host} with development: there the docs and registration are open and secrets are made on"
            " the spot, so only this machine may reach it.\nServe on --host 127.0.0.1, or name production:"
            " --environment production with BUCKLER_ORIGIN, --certificate and --key."
        )
    if environment == "production" and (order.certificate is None or order.key is None):
        raise ConfigurationError(
            "Production needs --certificate and --key: clients elsewhere cannot trust a certificate made here."
            "\nTo try things on this machine alone: --environment development."
        )
    if (order.certificate is None) != (order.key is None):
        raise ConfigurationError("--certificate and --key belong together: give both or neither.")
