"""`buckler serve`, step by step: judge the order, take the ports, find a certificate, load the app, serve.

One process serves by itself. Several, and one that is started again at each change, have a supervisor.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from socket import AF_INET, AF_INET6, socket

import typer
from fastapi import FastAPI

from buckler.cli import data_folder
from buckler.cli.log_lines import write_log_lines
from buckler.cli.serve.alone import serve_alone
from buckler.cli.serve.app_to_serve import asked_host, protected
from buckler.cli.serve.order import Order
from buckler.cli.serve.prepared import Prepared
from buckler.cli.serve.sockets import PortChoice, is_loopback, listen
from buckler.cli.serve.systemd import Notifier, handed_over
from buckler.cli.serve.tls.certificates import CertificateFiles, expiry_warning, judge, judge_key
from buckler.cli.serve.tls.context import tls_context
from buckler.cli.serve.tls.local_authority import LocalCertificate, local_certificate
from buckler.cli.serve.wire.lifespan import rehearse
from buckler.cli.target import Surroundings, split
from buckler.cli.terminal import tell
from buckler.clock import SystemClock
from buckler.errors import ConfigurationError
from buckler.protected_app import installed_on
from buckler.redact import plain
from buckler.settings.sources import said


def fulfil(order: Order) -> None:
    """Serve until a signal ends it, or only rehearse. Raises `ConfigurationError` and `StartRefused`."""
    if order.app is not None:
        split(order.app)
    order.judge()
    _tell_open_key(order)
    ports = order.ports()
    order = replace(order, data=data_folder.resolve(order.data))
    write_log_lines(tells_all=order.environment == "development")
    if order.check:
        _rehearse(order)
        return
    with _sockets(order, ports) as (secure, plain):
        _serve(order, secure, plain)


def _tell_open_key(order: Order) -> None:
    """In development, where it is not refused."""
    try:
        judge_key(order.key) if order.key is not None else None
    except ConfigurationError as fault:
        tell(f"{fault} (Production refuses it.)")


def _serve(order: Order, secure: socket, plain: socket) -> None:
    surroundings = _surroundings(order, secure.getsockname()[1])
    notifier = Notifier(os.environ, SystemClock())
    with data_folder.explained(order.data):
        data_folder.make(order.data)
        files, local = _certificate(order)
    prepared = Prepared(order, surroundings, secure, plain, files, local, notifier)
    if order.workers == 1 and not order.reload:
        serve_alone(prepared)
    else:
        from buckler.cli.serve.crew.several import serve_several

        serve_several(prepared)


@contextmanager
def _sockets(order: Order, ports: tuple[PortChoice, PortChoice]) -> Generator[tuple[socket, socket]]:
    """The HTTPS socket and the plain one: those that systemd listens on for us, or our own."""
    handed = handed_over(os.environ)
    if handed is None:
        with listen(order.host, ports[0]) as secure, listen(order.host, ports[1]) as plain:
            yield secure, plain
        return
    with handed[0] as secure, handed[1] as plain:
        for each in handed:
            judge_handed(order, each)
        yield secure, plain


def judge_handed(order: Order, taken: socket) -> None:
    """Whether a socket of systemd's may be served on. Raises `ConfigurationError`."""
    if taken.family not in (AF_INET, AF_INET6):
        raise ConfigurationError(
            "systemd listens on no address for us: write ListenStream= with an address and a port."
        )
    host = str(taken.getsockname()[0])
    if order.environment == "development" and not is_loopback(host):
        raise ConfigurationError(
            f"systemd listens on {host} for us, and development answers this machine alone. Write"
            " ListenStream=127.0.0.1:8443, or name production."
        )


def _rehearse(order: Order) -> None:
    """Start and end. What keeps accounts makes the data folder then, as it would at a start."""
    _surroundings(order, order.port).establish()
    if order.certificate is not None and order.key is not None:
        tls_context(order.certificate, order.key)
    app, buckler = protected(order.app, order.workers)
    told = None
    if order.certificate is not None:
        now = SystemClock().now()
        told = expiry_warning(judge(order.certificate, asked_host(buckler), now), now)
    if buckler.accounts is not None:
        with data_folder.explained(order.data):
            data_folder.make(order.data)
    rehearse(app)
    typer.echo("It would start.")
    installed = installed_on(app)
    for each in [*filter(None, [told]), *(installed.own.warnings() if installed is not None else ())]:
        typer.echo(each)
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
        typer.echo(f"Its trial ended on {until}: everything is enforced. Leave out trial=.")
    else:
        typer.echo(f"It runs on trial until {until}.")
    if undeclared:
        shut = "Shut, because they say nothing of who may call" if is_past else "Undeclared, and shut after that day"
        typer.echo("\n".join((f"{shut}: {len(undeclared)}", *(f"  {plain(each)}" for each in undeclared))))
    return bool(undeclared) and is_past


def _surroundings(order: Order, port: int) -> Surroundings:
    """In production only the operator knows the origin; the settings ask for it."""
    named = said("origin", order.environment)
    return Surroundings(
        environment=order.environment,
        data=order.data,
        origin=named or (f"https://localhost:{port}" if order.environment == "development" else None),
        processes=order.workers,
    )


def _certificate(order: Order) -> tuple[CertificateFiles, LocalCertificate | None]:
    if order.certificate is not None and order.key is not None:
        return CertificateFiles(order.certificate.absolute(), order.key.absolute()), None
    local = local_certificate(order.data / "tls", SystemClock())
    return CertificateFiles(local.certificate, local.key), local
