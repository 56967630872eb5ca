"""The command line: `buckler serve`, and what looks after an installation.

Exit codes: 0 it went well, 1 it was refused (the reason and the remedy stand on the error
stream), 2 it was called in a wrong way.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from buckler.cli import backup, events, keys, policy, secrets, users
from buckler.cli.extras import require, tell
from buckler.cli.options import DATA, Environment
from buckler.cli.order import HOST, HTTP_PORT, PORT, Order
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
program.add_typer(events.program, name="events")
program.add_typer(keys.program, name="keys")
program.add_typer(policy.program, name="policy")
program.add_typer(secrets.program, name="secrets")
program.add_typer(users.program, name="users")
program.command()(backup.backup)
program.command()(backup.restore)


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
    app: Annotated[
        str | None,
        typer.Argument(metavar="MODULE:APP", help="Your FastAPI app; without it, the reference service."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on. In development: this machine's own.")] = HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The HTTPS port; 0 takes any free one.")] = PORT,
    http_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The plain port, which sends browsers on.")
    ] = HTTP_PORT,
    data: Annotated[Path, typer.Option(envvar="BUCKLER_DATA", help="Where database, keys and certificate lie.")] = DATA,
    certificate: Annotated[Path | None, typer.Option(help="Your certificate (PEM, with its chain).")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key (PEM, no passphrase).")] = None,
    environment: Annotated[
        Environment | None,
        typer.Option(envvar="BUCKLER_ENVIRONMENT", help="Unnamed: production for your app, development for ours."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Start the app, end it again, answer nobody.")] = False,
) -> None:
    """Serve an app over HTTPS, with a plain-HTTP listener that sends browsers there.

    \b
    The reference service, ready in a second:
      buckler serve
    \b
    Other ports and another folder:
      buckler serve --port 9443 --http-port 9080 --data /tmp/try
    \b
    Your own app, on this machine:
      buckler serve main:app --environment development
    \b
    Your own app, for others:
      BUCKLER_ORIGIN=https://api.example.com BUCKLER_MASTER_SECRET_FILE=/etc/buckler/secret \\
        buckler serve main:app --host 0.0.0.0 --port 443 --http-port 80 \\
        --certificate /etc/buckler/chain.pem --key /etc/buckler/key.pem
    \b
    Would it start? (exit code 0: yes, 1: no, with every reason; routes that a trial keeps open are listed)
      buckler serve main:app --environment development --check
    """
    require("server", *(("accounts",) if app is None else ()))
    from buckler.cli.serving import fulfil

    fulfil(Order(app, host, port, http_port, data, certificate, key, environment, check))


def main() -> None:
    """The entry point of the command `buckler`."""
    try:
        program(prog_name="buckler")
    except BucklerError as refusal:
        tell(str(refusal))
        sys.exit(1)
