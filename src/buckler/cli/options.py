"""Options that several commands take, said once."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

DATA: Final = Path("data")
"""Where a command looks when no folder is named."""

Environment = Literal["development", "production"]

Data = Annotated[Path, typer.Option(envvar="BUCKLER_DATA", help="The data folder of the service.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EnvironmentOption = Annotated[
    Environment | None, typer.Option(envvar="BUCKLER_ENVIRONMENT", help="As for `buckler serve`.")
]
AppOption = Annotated[
    str | None, typer.Option("--app", metavar="MODULE:APP", help="Your app, whose roles count. Unnamed: our service.")
]


def environment_of(named: Environment | None, app: str | None) -> Environment:
    """No environment named means production; our own reference service, which is no `app`, names development itself."""
    return named or ("development" if app is None else "production")
