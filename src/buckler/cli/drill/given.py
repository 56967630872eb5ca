"""Files that are given to a drill, and words of the command line, read before anything is sent."""

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from buckler.drill.plan.files import BadFile, json_in, text_in
from buckler.drill.plan.line import Line, options_of, read_seconds
from buckler.drill.plan.options import Options
from buckler.drill.plan.table import BadOptions


def read(
    file: Path | None,
    login: str | None,
    users: Sequence[str] | None,
    administrator: str | None,
    tokens: Sequence[str] | None,
    variables: Sequence[str] | None,
) -> Options:
    """What is told of the target and of the people who take part. Raises `typer.BadParameter`."""
    line = Line(login, users or (), administrator, tokens or (), variables or ())
    try:
        return options_of(None if file is None else text_of(file, "--options"), line, os.environ)
    except BadOptions as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


def seconds_in(text: str) -> int:
    """The seconds of `60s`, `5m`, `1h`. Raises `typer.BadParameter`."""
    try:
        return read_seconds(text)
    except BadOptions as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


def read_json(file: Path | None) -> object:
    """What stands in a policy file; None for none. Raises `typer.BadParameter`."""
    try:
        return None if file is None else json_in(file, "--policy")
    except BadFile as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


def text_of(file: Path, option: str) -> str:
    """What stands in a file. Raises `typer.BadParameter`."""
    try:
        return text_in(file, option)
    except BadFile as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
