"""Carrying a drill out: the app brought up or the document fetched, and what a person sees meanwhile."""

import asyncio
import shutil
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TextIO

import typer

from buckler.cli.drill.brought import brought
from buckler.cli.drill.documents import document_in_file, document_of
from buckler.cli.drill.leaving import Leaving, ended_as_by_ctrl_c
from buckler.cli.drill.own_output import own_errors, own_output
from buckler.cli.terminal import clear, is_watched, step
from buckler.drill.attack import Attack
from buckler.drill.plan.declared import NoPolicy
from buckler.drill.plan.document import Unreadable
from buckler.drill.report import Report, unbegun
from buckler.drill.run import Progress
from buckler.drill.server import drill_url
from buckler.drill.transport.asgi import StartFailed
from buckler.drill.wanted import Wanted
from buckler.errors import ConfigurationError
from buckler.staging.in_process import drill_app
from buckler.staging.own_loop import own_loop
from buckler.staging.rehearsal import Rehearsal

_WIDTH: Final = 100


def attack_app(target: str | None, wanted: Wanted, tell: Callable[[Report, TextIO], int], *, writes: bool) -> None:
    """Attack an app of this machine, tell what was found, and end the process: see `leaving.py`."""
    name = target or "the reference service"
    variables = wanted.options.target.environment
    with (
        ended_as_by_ctrl_c(),
        own_errors() as errors,
        own_output() as out,
        brought(target, variables, writes=writes) as ready,
    ):
        leaving = Leaving(ready.discard, errors)

        def tell_all(report: Report) -> int:
            leaving.speak()
            return tell(with_notes(report, ready.notes), out)

        def give_up(report: Report | None, why: str) -> None:
            leaving.leave_with(lambda: _refused(f"{name}: {why}") if report is None else tell_all(report))

        with own_loop() as runner, leaving.leaves(), ready.remedied():
            try:
                app = ready.load()
                step(f"{name} is brought up in this process")
                rehearsal = Rehearsal(ready.folder, writes)
                report = runner.run(drill_app(app, name, wanted, rehearsal, ready.around, give_up))
            except KeyboardInterrupt:
                report = unbegun(name, (each.about for each in wanted.attacks))
            except (StartFailed, NoPolicy, Unreadable) as failure:
                raise ConfigurationError(str(failure)) from failure
            raise typer.Exit(tell_all(report))


def _refused(why: str) -> int:
    raise ConfigurationError(why)


def attack_url(base: str, openapi: str | None, wanted: Wanted, *, writes: bool, trust: ssl.SSLContext | bool) -> Report:
    """Attack a server. Raises `ConfigurationError`."""

    where = openapi or wanted.options.target.openapi
    known = document_in_file(where)

    async def attack() -> Report:
        document = known or await document_of(base, where, trust)
        return await drill_url(base, document, wanted, writes=writes, trust=trust)

    try:
        with ended_as_by_ctrl_c():
            return asyncio.run(attack())
    except (Unreadable, NoPolicy) as failure:
        raise ConfigurationError(str(failure)) from failure


def trust_in(ca: Path | None, *, insecure: bool) -> ssl.SSLContext | bool:
    """By which certificates a server is trusted. Raises `typer.BadParameter`."""
    if ca is not None and insecure:
        raise typer.BadParameter("--ca and --insecure exclude each other.")
    if ca is None:
        return not insecure
    try:
        return ssl.create_default_context(cafile=str(ca))
    except (OSError, ssl.SSLError) as failure:
        raise typer.BadParameter(f"--ca {ca}: these are no certificates that can be read ({failure}).") from failure


def shown() -> Progress:
    """What tells, on a terminal, which attack is under way."""

    def show(attack: Attack, number: int, of: int) -> None:
        if is_watched():
            part = int(24 * (number - 1) / of)
            line = f"[{'#' * part}{'-' * (24 - part)}] {number}/{of} {attack.about.id} {attack.about.name}"
            # One that went over the end of its line could not be taken back.
            width = shutil.get_terminal_size((_WIDTH, 0)).columns
            clear()
            typer.echo(line[: max(width - 1, 0)], err=True, nl=False)

    return show


def with_notes(report: Report, notes: tuple[str, ...]) -> Report:
    """The report with what is to be told besides."""
    return replace(report, notes=(*notes, *report.notes))
