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
