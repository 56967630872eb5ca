"""What a person sees while a command works: on the error stream, and but for a refusal on a terminal alone."""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TextIO

import typer


def tell(text: str) -> None:
    """Say it, whoever listens; in red on a terminal alone. What moves a cursor is shown by number."""
    shown = "".join(each if each.isprintable() or each in "\n\t" else f"\\u{ord(each):04x}" for each in text)
    clear()
    red = is_coloured(sys.stderr)
    typer.secho(f"buckler: {shown}", err=True, fg=typer.colors.RED if red else None)


def is_coloured(stream: TextIO) -> bool:
    """Whether it is a terminal that can, and nobody wants none (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_watched() -> bool:
    """Whether a person sees the error stream. An app of this process may have closed it, or put another there."""
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False


def clear() -> None:
    """Take back what was shown on this line of the way."""
    if is_watched():
        typer.echo("\r\x1b[K", err=True, nl=False)


def step(text: str) -> None:
    """Say what is being done now, where a person waits; uncoloured, since red is for what went wrong."""
    if is_watched():
        typer.echo(text, err=True)


@contextmanager
def bar(length: int) -> Generator[Callable[[int], object]]:
    """A bar of `length` parts; call what it yields with the number of those that are newly done."""
    if not is_watched():
        yield _nothing
        return
    with typer.progressbar(length=length, file=sys.stderr) as shown:
        yield shown.update
        shown.update(length - shown.pos)


def _nothing(_done: int) -> None:
    """Nobody watches."""
