"""Files that are given to a drill, and words of the command line, read before anything is sent."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import typer

from buckler.drill.plan.options import Options, read_login, read_options, read_token, read_user
from buckler.drill.plan.table import BadOptions


def read(
    file: Path | None, login: str | None, users: Sequence[str], administrator: str | None, tokens: Sequence[str]
) -> Options:
    """What is told of the people who take part. Raises `typer.BadParameter`."""
    try:
        options = Options() if file is None else read_options(text_of(file, "--options"), os.environ)
        people = [read_user(line) for line in users]
        if administrator is not None:
            people.append(read_user(administrator, administrator=True))
        people += [read_token(line, os.environ) for line in tokens]
        return options.with_line(None if login is None else read_login(login), *people)
    except BadOptions as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


def read_json(file: Path | None) -> object:
    """What stands in a policy file; None for none. Raises `typer.BadParameter`."""
    if file is None:
        return None
    try:
        return json.loads(text_of(file, "--policy"))
    except ValueError as wrong:
        raise typer.BadParameter(f"--policy {file}: this is no JSON ({wrong}).") from wrong


def text_of(file: Path, option: str) -> str:
    """What stands in a file. Raises `typer.BadParameter`."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else "it is no text in UTF-8"
        raise typer.BadParameter(f"{option} {file}: it cannot be read ({reason}).") from failure
