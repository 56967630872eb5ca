"""`buckler serve`, step by step: judge the order, take the ports, find a certificate, load the app, serve."""

import os
from dataclasses import replace
from pathlib import Path
from socket import socket

import typer
from fastapi import FastAPI

from buckler.cli import data_folder, listeners
from buckler.cli.announcement import Announcement
from buckler.cli.first_call import first_call
from buckler.cli.local_authority import LocalCertificate, local_certificate
from buckler.cli.log_lines import write_access_lines, write_log_lines
from buckler.cli.order import Order
from buckler.cli.sockets import listen
from buckler.cli.target import Surroundings, load, split
from buckler.cli.transport import tls_context
from buckler.clock import SystemClock
from buckler.errors import ConfigurationError
from buckler.install import Buckler, buckler_of, installed_on
from buckler.redact import plain


def fulfil(order: Order) -> None:
    """Serve until a signal ends it, or only rehearse. Raises `ConfigurationError` and `StartRefused`."""
    if order.app is not None:
        split(order.app)
    order.judge()
    doors = order.doors()
    order = replace(order, data=data_folder.resolve(order.data))
    write_log_lines(tells_all=order.environment == "development")
    if order.check:
        _rehearse(order)
        return
    with listen(order.host, doors[0]) as secure, listen(order.host, doors[1]) as plain:
        _serve(order, _surroundings(order, secure.getsockname()[1]), secure, plain)


def _rehearse(order: Order) -> None:
    """Start and end. What keeps accounts makes the data folder then, as it would at a start."""
    _surroundings(order, order.port).establish()
    if order.certificate is not None and order.key is not None:
        tls_context(order.certificate, order.key)
    app, buckler = _protected(order)
    if buckler.accounts is not None:
        with data_folder.explained(order.data):
            data_folder.make(order.data)
    listeners.rehearse(app)
    typer.echo("It would start.")
    if _tell_trial(app):
        raise typer.Exit(1)


def _tell_trial(app: FastAPI) -> bool:
    """Say until when the app is on trial and which routes are shut then; whether they are shut already."""
    installed = installed_on(app)
    lifting = installed.running.lifting if installed is not None else None
    if installed is None or lifting is None:
        return False
    until, undeclared, is_past = lifting.trial.until, installed.running.table.undeclared, lifting.is_past()
    if is_past:
        typer.echo(f"Its trial is over since {until}: everything is enforced. Leave trial= away.")
    else:
        typer.echo(f"It runs on trial until {until}.")
    if undeclared:
        shut = "Shut, because they say nothing of who may call" if is_past else "Undeclared, and shut after that day"
        typer.echo("\n".join((f"{shut}: {len(undeclared)}", *(f"  {plain(each)}" for each in undeclared))))
    return bool(undeclared) and is_past


def _serve(order: Order, surroundings: Surroundings, secure: socket, plain: socket) -> None:
    surroundings.establish()
    with data_folder.explained(order.data):
        data_folder.make(order.data)
        certificate, key, local = _certificate(order)
    doors = listeners.Listeners(secure, plain, tls_context(certificate, key))
    app, buckler = _protected(order)
    address = f"http://localhost:{plain.getsockname()[1]}"

    def announce() -> None:
        listening: tuple[str, int] = secure.getsockname()[:2]
        typer.echo(str(_announcement(order, surroundings, address, listening, local, buckler)))

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
    if buckler.settings.access_log:
        write_access_lines()
    return app, buckler


def _announcement(
    order: Order, surroundings: Surroundings, plain: str, listening: tuple[str, int], local: LocalCertificate | None,
    buckler: Buckler,
) -> Announcement:  # fmt: skip
    accounts = buckler.accounts
    return Announcement(
        origin=buckler.settings.origin,
        plain=plain,
        environment=surroundings.environment,
        named=order.named is not None,
        data=order.data,
        local=local,
        first_administrator_code=accounts.first_administrator_code if accounts is not None else None,
        listening=listening,
        path="/health" if order.app is None else first_call(buckler.app, development=buckler.settings.development),
        signs_in_with=buckler.settings.identifier,
    )


def _surroundings(order: Order, port: int) -> Surroundings:
    """In production only the operator knows the origin; the settings ask for it."""
    named = os.environ.get("BUCKLER_ORIGIN")
    return Surroundings(
        environment=order.environment,
        data=order.data,
        origin=named or (f"https://localhost:{port}" if order.environment == "development" else None),
    )


def _certificate(order: Order) -> tuple[Path, Path, LocalCertificate | None]:
    if order.certificate is not None and order.key is not None:
        return order.certificate, order.key, None
    local = local_certificate(order.data / "tls", SystemClock())
    return local.certificate, local.key, local
