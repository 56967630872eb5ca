"""The command `buckler settings`: what is in force, and where each value was said.

An app that is named is imported and not started: no database is opened and nobody is answered.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from buckler.cli.options import Environment, Json
from buckler.cli.tables import table
from buckler.errors import ConfigurationError
from buckler.redact import plain

if TYPE_CHECKING:
    from buckler.identity.settings import AccountsSettings
    from buckler.settings import Settings


def settings(
    app: Annotated[
        str | None,
        typer.Argument(metavar="MODULE:APP", help="Your app, which may give settings in code; without it, none does."),
    ] = None,
    as_json: Json = False,
    changed: Annotated[bool, typer.Option("--changed", help="Only what is not as by default.")] = False,
    explain: Annotated[
        str | None, typer.Option(metavar="NAME", help="Say what one setting means, its form and its default.")
    ] = None,
    environment: Annotated[
        Environment | None, typer.Option(help="As if BUCKLER_ENVIRONMENT said so; unnamed, production.")
    ] = None,
) -> None:
    """Print each setting, its value and where it was said. Secrets are stars.

    Exit code 1 if an app could not start with them, with every reason at once.

    \b
    What is read here, and what an app makes of it:
      buckler settings
      buckler settings main:app --environment development
    \b
    Only what somebody changed, for a ticket or an audit:
      buckler settings main:app --changed --json
    \b
    What does a name mean?
      buckler settings --explain BUCKLER_BEHIND
    """
    if explain is not None:
        typer.echo(_explained(explain))
        return
    if environment is not None:
        os.environ["BUCKLER_ENVIRONMENT"] = environment
    read, faults = _read(app)
    notes = _notes(faults) if app is None else []
    faults = [each for each in faults if each not in notes]
    rows = [each for each in _rows(read) if not changed or each["changed"]]
    if as_json:
        typer.echo(json.dumps({"settings": rows, "faults": faults, "notes": notes}, indent=2))
    else:
        shown = [(str(each["variable"]), str(each["value"]) or "-", str(each["place"])) for each in rows]
        typer.echo("\n".join(table([("SETTING", "VALUE", "FROM"), *shown])))
        for each in notes:
            typer.echo(f"Note: {each}", err=True)
    if faults:
        raise ConfigurationError("\n".join(faults))


def _read(app: str | None) -> "tuple[Settings, list[str]]":
    """The settings, and why an app could not start with them. Raises `ConfigurationError` where there are none."""
    from buckler.settings import Settings, StartRules

    if app is None:
        read = Settings.load()
        return read, StartRules(read).faults([])
    from buckler.cli.target import load, split
    from buckler.install import buckler_of

    split(app)
    target = load(app)
    buckler = buckler_of(target)
    if buckler is None:
        raise ConfigurationError(f"{app}: this app has no Buckler, so no setting holds. Add to it: Buckler(app)")
    faults = StartRules(buckler.settings).faults([target])
    if buckler.accounts is not None and not buckler.settings.development:
        faults += _faults_of_secret(buckler.accounts.settings)
    return buckler.settings, faults


def _notes(faults: list[str]) -> list[str]:
    """Those that are none without an app: who serves it may say the number of processes."""
    from buckler.settings.start_rules import UNSAID

    return [each for each in faults if each == UNSAID]


def _faults_of_secret(accounts: "AccountsSettings") -> list[str]:
    """Why the master secret would be refused at the start."""
    from buckler.identity.installation.secret_place import SecretPlace

    try:
        SecretPlace.of(accounts).read()
    except ConfigurationError as refusal:
        return [str(refusal)]
    return []


def _rows(read: "Settings") -> list[dict[str, object]]:
    from buckler.settings import PREFIX
    from buckler.settings.display import in_force

    differing = read.changed()
    return [
        {
            "name": name,
            "variable": f"{PREFIX}{name.upper()}",
            "value": value,
            "source": read.said(name).source,
            "place": _place(read.said(name).place),
            "changed": name in differing,
        }
        for name, value in in_force(read).items()
    ]


def _place(place: str) -> str:
    """Without the folder that we are in."""
    return plain(place.removeprefix(f"{Path.cwd()}/"))


def _explained(name: str) -> str:
    from buckler.settings import PREFIX, Settings
    from buckler.settings.display import default_of, meanings
    from buckler.settings.words import FORMS, SERVED, unknown_names

    asked = name.upper().removeprefix(PREFIX).lower()
    if asked in SERVED:
        return _explained_option(asked)
    faults = unknown_names({name: asked}, Settings.model_fields, PREFIX)
    if faults:
        raise ConfigurationError(faults[0])
    form = FORMS[asked]
    return "\n".join(
        (
            f"{PREFIX}{asked.upper()}",
            meanings(Settings)[asked],
            f"Form: {form}.",
            f"Default: {default_of(Settings, asked) or 'none'}.",
            f"In code: Settings.load({asked}=...). In buckler.toml: {asked} = ...",
        )
    )


def _explained_option(name: str) -> str:
    """What `buckler serve` takes from the same places, and no app."""
    from buckler.cli.serve import options, order
    from buckler.settings import PREFIX

    option, default = {
        "certificate": (options.Certificate, None),
        "host": (options.Host, order.HOST),
        "http_port": (options.HttpPort, order.HTTP_PORT),
        "key": (options.Key, None),
        "port": (options.Port, order.PORT),
    }[name]
    return "\n".join(
        (
            f"{PREFIX}{name.upper()}",
            get_args(option)[1].help,
            f"Default: {default or 'none'}.",
            f"No setting of an app; `buckler serve` takes --{name.replace('_', '-')}. In buckler.toml: {name} = ...",
        )
    )
