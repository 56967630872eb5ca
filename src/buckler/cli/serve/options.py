"""What `buckler serve` can be told. Whatever the command line leaves open, environment and files of settings say."""

from pathlib import Path
from typing import Annotated

import typer

from buckler.cli.options import from_files

AppNamed = Annotated[
    str | None,
    typer.Argument(metavar="MODULE:APP", help="Your FastAPI app, or a function that makes it. Unnamed: our service."),
]
Host = Annotated[
    str,
    typer.Option(
        envvar="BUCKLER_HOST",
        callback=from_files,
        help="The address to listen on. In development: this machine's own.",
    ),
]
Port = Annotated[
    int,
    typer.Option(
        min=0, max=65535, envvar="BUCKLER_PORT", callback=from_files, help="The HTTPS port; 0 takes any free one."
    ),
]
HttpPort = Annotated[
    int,
    typer.Option(
        min=0,
        max=65535,
        envvar="BUCKLER_HTTP_PORT",
        callback=from_files,
        help="The plain port, which sends browsers on.",
    ),
]
Certificate = Annotated[
    Path | None,
    typer.Option(envvar="BUCKLER_CERTIFICATE", callback=from_files, help="Your certificate (PEM, with its chain)."),
]
Key = Annotated[
    Path | None,
    typer.Option(envvar="BUCKLER_KEY", callback=from_files, help="Its private key (PEM, no passphrase)."),
]
Workers = Annotated[
    int,
    typer.Option(min=1, max=64, envvar="BUCKLER_PROCESSES", callback=from_files, help="How many processes serve."),
]
Reload = Annotated[
    bool, typer.Option("--reload", help="Start again when a .py, .env or .toml file changes; development alone.")
]
Check = Annotated[bool, typer.Option("--check", help="Start the app, end it again, answer nobody.")]
