"""Options that several commands take, said once."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

DATA: Final = Path("data")
"""Where a command looks when no folder is named."""

Environment = Literal["development", "production"]


def from_files(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    """For an option that neither the command line nor the environment names: what the files of settings say."""
    source = ctx.get_parameter_source(str(param.name))
    if ctx.resilient_parsing or source is None or source.name != "DEFAULT":
        return value
    from buckler.settings.sources import said

    named = ctx.params.get("environment") or said("environment")
    if named is None and ctx.command.name == "serve":
        named = environment_of(None, ctx.params.get("app"))
    name = _SETTINGS.get(str(param.name), str(param.name))
    text = said(name, named)
    return value if text is None else param.type_cast_value(ctx, text)


_SETTINGS: Final = {"workers": "processes"}
"""Options that have another name than their setting."""
Data = Annotated[Path, typer.Option(envvar="BUCKLER_DATA", callback=from_files, help="The data folder of the service.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EnvironmentOption = Annotated[
    Environment | None,
    typer.Option(
        envvar="BUCKLER_ENVIRONMENT",
        callback=from_files,
        help="Unnamed: production for your app, development for ours.",
    ),
]
AppOption = Annotated[
    str | None, typer.Option("--app", metavar="MODULE:APP", help="Your app, whose roles count. Unnamed: our service.")
]


def environment_of(named: Environment | None, app: str | None) -> Environment:
    """No environment named means production; our own reference service, which is no `app`, names development itself."""
    return named or ("development" if app is None else "production")
