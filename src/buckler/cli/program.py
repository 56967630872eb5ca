"""The command line: `buckler serve`, and what looks after an installation.

Exit codes: 0 it went well, 1 it was refused (the reason and the remedy stand on the error
stream), 2 it was called in a wrong way.
"""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from buckler.cli import advisories, backup, database, events, keys, policy, secrets, settings, users
from buckler.cli.drill.command import drill_command
from buckler.cli.drill.options import HELP as DRILL
from buckler.cli.extras import require
from buckler.cli.options import DATA, Data, EnvironmentOption
from buckler.cli.serve.options import (
    AppNamed,
    Certificate,
    Check,
    Host,
    HttpPort,
    Key,
    Port,
    Reload,
    Workers,
)
from buckler.cli.serve.order import HOST, HTTP_PORT, PORT, Order
from buckler.cli.terminal import tell
from buckler.errors import BucklerError

program = typer.Typer(
    name="buckler",
    help="Security for FastAPI that can be proved.",
    epilog="Begin with: buckler serve",
    no_args_is_help=True,
    # For the shell it is started from.
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
program.add_typer(advisories.program, name="advisories")
program.add_typer(database.program, name="db")
program.add_typer(events.program, name="events")
program.add_typer(keys.program, name="keys")
program.add_typer(policy.program, name="policy")
program.add_typer(secrets.program, name="secrets")
program.add_typer(users.program, name="users")
program.command()(backup.backup)
program.command()(backup.restore)
program.command()(settings.settings)
program.command("drill", help=DRILL)(drill_command)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"buckler {version('buckler')}")
        raise typer.Exit


@program.callback()
def _group(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Security for FastAPI that can be proved."""


@program.command()
def serve(
    app: AppNamed = None,
    host: Host = HOST,
    port: Port = PORT,
    http_port: HttpPort = HTTP_PORT,
    data: Data = DATA,
    certificate: Certificate = None,
    key: Key = None,
    environment: EnvironmentOption = None,
    workers: Workers = 1,
    reload: Reload = False,
    check: Check = False,
) -> None:
    """Serve an app over HTTPS, with a plain-HTTP listener that sends browsers there.

    \b
    The reference service, ready in a second:
      buckler serve
    \b
    Other ports and another folder:
      buckler serve --port 9443 --http-port 9080 --data /tmp/try
    \b
    Your own app, on this machine, started again at each change:
      buckler serve main:app --environment development --reload
    \b
    Your own app, for others:
      BUCKLER_ORIGIN=https://api.example.com BUCKLER_MASTER_SECRET_FILE=/etc/buckler/secret \\
        buckler serve main:app --host 0.0.0.0 --port 443 --http-port 80 \\
        --certificate /etc/buckler/chain.pem --key /etc/buckler/key.pem
    \b
    On several cores (each process counts limits for itself, so say why that may be):
      BUCKLER_COUNT_PER_PROCESS="the proxy in front limits too" buckler serve main:app --workers 4 ...
    \b
    Would it start? (exit code 0: yes, 1: no, with every reason; routes that a trial keeps open are listed)
      buckler serve main:app --environment development --check
    """
    require("server", *(("console",) if app is None else ()))
    from buckler.cli.serve.serving import fulfil

    fulfil(Order(app, host, port, http_port, data, certificate, key, environment, check, workers, reload))


def main() -> None:
    """Run the command `buckler`: each refusal of ours becomes its words and exit code 1 here, and nowhere else."""
    try:
        program(prog_name="buckler")
    except BucklerError as refusal:
        tell(str(refusal))
        sys.exit(1)
