"""The command `buckler events catalogue`: which events there are."""

import json
import logging
import shutil
import sys
from typing import Annotated, Final

import typer

from buckler.cli.options import Json
from buckler.cli.tables import fitted
from buckler.events.event import Event
from buckler.events.vocabulary import CATALOGUE

_HEAD: Final = ("EVENT", "LEVEL", "KEPT", "WHEN", "FIELDS")
_KEPT: Final = {"sign-ins": "BUCKLER_EVENTS_SIGN_INS_DAYS", "changes": "BUCKLER_EVENTS_CHANGES_DAYS"}


def catalogue(
    as_json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a table for a page.")] = False,
) -> None:
    """Show every event: its level, when it is written, what it says, and how long it is kept in the database.

    `line` means that it is a line of the log alone, and kept where you send that. `sign-ins` and `changes` are the
    two periods of BUCKLER_EVENTS_SIGN_INS_DAYS and BUCKLER_EVENTS_CHANGES_DAYS.

    \b
    For a person, and for a program:
      buckler events catalogue
      buckler events catalogue --json
    """
    events = sorted(CATALOGUE.values(), key=lambda each: each.name)
    if as_json:
        typer.echo(json.dumps([_members(each) for each in events], indent=2))
    elif markdown:
        typer.echo(as_markdown(), nl=False)
    else:
        rows = [(each.name, _level(each), each.kept or "line", _when(each), ", ".join(each.fields)) for each in events]
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        typer.echo("\n".join(fitted([_HEAD, *rows], width, whole=1)))


def as_markdown() -> str:
    """The catalogue as a table, by name."""
    lines = ["| event | level | when | fields | kept |", "|---|---|---|---|---|"]
    for each in sorted(CATALOGUE.values(), key=lambda event: event.name):
        fields = ", ".join(f"`{name}`" for name in each.fields)
        lines.append(f"| `{each.name}` | {_level(each)} | {_when(each)} | {fields} | {each.kept or 'line'} |")
    return "\n".join(lines) + "\n"


def _members(event: Event) -> dict[str, object]:
    return {
        "event": event.name,
        "level": _level(event),
        "when": event.when,
        "fields": list(event.fields),
        "summed": event.summed,
        "kept": None if event.kept is None else _KEPT[event.kept],
    }


def _level(event: Event) -> str:
    return logging.getLevelName(event.level)


def _when(event: Event) -> str:
    return f"{event.when} (summed)" if event.summed else event.when
