"""The command `buckler events export`: what is kept, as lines that can be judged elsewhere and later."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from buckler.cli.event_rows import Since, Until, wanted_of
from buckler.cli.extras import require
from buckler.cli.options import DATA, Data
from buckler.cli.tables import counted
from buckler.errors import ConfigurationError
from buckler.redact import plain

if TYPE_CHECKING:
    from buckler.cli.kept_log import Log
    from buckler.events.journal.reading import Wanted

_OUTPUT: Final = "-"
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def export(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A new file, for its owner alone; - writes the output.")],
    since: Since = None,
    until: Until = None,
    data: Data = DATA,
) -> None:
    """Write the events that are kept to a new file, a JSON line an event (exit code 1: a row does not hold).

    Each line is the event as it was written, with its row, its batch and its MAC, so that `buckler events verify
    --export` can judge it later. A row that does not hold is a line with `fault`. Nothing is overwritten.

    \b
    A year, for an archive:
      buckler events export 2026.jsonl --since 2026-01-01 --until 2026-12-31 --data /var/lib/app
    \b
    To another program:
      buckler events export - --since 1d | jq .event
    """
    require("accounts")
    from buckler.cli.kept_log import read_log

    wanted = wanted_of((), None, since, until, None)

    async def step(log: "Log") -> tuple[int, int]:
        with _written(file) as stream:
            count, faults = await export_to(stream, log, wanted)
        return count, faults + await _strange(log)

    count, faults = read_log(data, step)
    where = "" if file == _OUTPUT else f" to {plain(file)}"
    typer.echo(f"{counted(count, 'event')} written{where}.", err=True)
    if faults:
        typer.echo(f"{counted(faults, 'row does', 'rows do')} not hold. See: buckler events verify", err=True)
        raise typer.Exit(1)


async def export_to(stream: IO[str], log: "Log", wanted: "Wanted") -> tuple[int, int]:
    """Write the rows that fit; how many there were, and how many of them do not hold."""
    from buckler.events.journal.exported import line_of
    from buckler.events.journal.reading import rows_found

    count = faults = 0
    async with log.database.reading() as connection:
        async for found in rows_found(connection, log.key, wanted):
            stream.write(line_of(found) + "\n")
            count += 1
            faults += found.fault is not None
    return count, faults


async def _strange(log: "Log") -> int:
    """How many rows cannot be read, so that they are not in it."""
    from buckler.events.journal.form import strange_rows

    async with log.database.reading() as connection:
        return len(await strange_rows(connection))


@contextmanager
def _written(file: str) -> Generator[IO[str]]:
    """A new file that stays if all went well; or the output. Raises `ConfigurationError`."""
    if file == _OUTPUT:
        yield sys.stdout
        return
    try:
        handle = os.open(file, _FLAGS, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"{plain(file)}: {error.strerror}. An export goes to a new file, in a folder that is there."
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        Path(file).unlink(missing_ok=True)
        raise
