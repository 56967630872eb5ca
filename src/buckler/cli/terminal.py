"""What a person sees while a command works: on the error stream, and but for a refusal on a terminal alone."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import typer


def tell(text: str) -> None:
    """Say it, whoever listens; in red on a terminal alone."""
    typer.secho(f"buckler: {text}", err=True, fg=typer.colors.RED if sys.stderr.isatty() else None)


def step(text: str) -> None:
    """Say what is being done now, where a person waits; uncoloured, since red is for what went wrong."""
    if sys.stderr.isatty():
        typer.echo(text, err=True)


@contextmanager
def bar(length: int) -> Generator[Callable[[int], object]]:
    """A bar of `length` parts; call what it yields with the number of those that are newly done."""
    if not sys.stderr.isatty():
        yield _nothing
        return
    with typer.progressbar(length=length, file=sys.stderr) as shown:
        yield shown.update
        shown.update(length - shown.pos)


def _nothing(_done: int) -> None:
    """Nobody watches."""
