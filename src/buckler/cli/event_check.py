"""The command `buckler events verify`: whether the log is what was written, and what nobody can prove of it."""

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from buckler.cli.extras import require
from buckler.cli.options import DATA, Data, Json
from buckler.cli.tables import counted
from buckler.cli.terminal import bar
from buckler.cli.times import shown_time
from buckler.redact import plain

if TYPE_CHECKING:
    from buckler.cli.kept_log import Log
    from buckler.events.journal.checkpoints import Checkpoint
    from buckler.events.journal.verification import Verdict

_INPUT: Final = "-"
Checkpoints = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="Lines that left the machine; - reads the input; may be repeated."),
]


@dataclass(slots=True)
class Outside:
    """The checkpoints that were given, counted as they are read."""

    installation: str
    files: tuple[str, ...]
    found: int = 0
    ours: int = 0
    vain: list[str] = field(default_factory=list[str])
    """Files without one of ours: they prove nothing, so it was a mistake to name them."""

    def read(self, name: str, stream: IO[bytes]) -> "Iterator[Checkpoint]":
        """Those of one file."""
        from buckler.events.journal.checkpoints import checkpoints_in

        before = self.ours
        for each in checkpoints_in(stream):
            self.found += 1
            self.ours += each.installation == self.installation
            yield each
        if self.ours == before:
            self.vain.append(name)


def verify(
    checkpoints: Checkpoints = None,
    export: Annotated[
        str | None, typer.Option(metavar="FILE", help="Judge the lines of an export instead; - reads the input.")
    ] = None,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Check that no event that is kept was changed, put in, taken out or moved (exit code 1: one was).

    Where no line of a FILE is a checkpoint of this installation, so that it proves nothing, the exit code is 1 too.

    It says what it cannot prove. A log proves nothing about its own end: give it the checkpoints that left the
    machine (BUCKLER_EVENTS_CHECKPOINTS, or a copy of the log's lines), and it finds what was cut off below them.
    The service may run meanwhile, and nothing is changed.

    \b
    Each month:
      buckler events verify --data /var/lib/app --checkpoints /mnt/elsewhere/checkpoints.jsonl
    \b
    With what another machine's syslog has:
      ssh loghost cat /var/log/app.log | buckler events verify --data /var/lib/app --checkpoints -
    \b
    An export of last year, line by line:
      buckler events verify --data /var/lib/app --export 2026.jsonl
    """
    require("accounts")
    if export is not None:
        judge_export(export, data)
        return
    from buckler.cli.kept_log import read_log

    async def step(log: "Log") -> "tuple[Verdict, Outside]":
        return await verdict_of(log, tuple(checkpoints or ()))

    verdict, outside = read_log(data, step)
    unproved = unprovable(verdict, outside)
    typer.echo(
        json.dumps(_members(verdict, outside, unproved), indent=2) if as_json else _told(verdict, outside, unproved)
    )
    if verdict.faults or outside.vain:
        raise typer.Exit(1)


async def verdict_of(log: "Log", files: tuple[str, ...]) -> "tuple[Verdict, Outside]":
    """What is found in the log, with the checkpoints of these files. Raises `typer.BadParameter`."""
    from buckler.events.journal.verification import Verification

    outside = Outside(log.installation, files)
    with ExitStack() as stack:
        streams = [(name, stack.enter_context(opened_input("--checkpoints", name))) for name in files]
        given = (each for name, stream in streams for each in outside.read(name, stream))
        async with log.database.reading() as connection:
            verification = Verification(connection, log.key, log.installation)
            with bar(await verification.count()) as advance:
                verdict = await verification.run(given, advance)
    return verdict, outside


@contextmanager
def opened_input(option: str, name: str) -> Generator[IO[bytes]]:
    """A file, or the standard input. Raises `typer.BadParameter`."""
    if name == _INPUT:
        yield typer.get_binary_stream("stdin")
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            told = f"{option} {plain(name)}: {error.strerror}. Name a file of lines, or - for the input."
            raise typer.BadParameter(told) from None
        yield stream


def unprovable(verdict: "Verdict", outside: Outside) -> list[str]:
    """What could be otherwise without a trace."""
    told = [*_of_checkpoints(verdict, outside)]
    if verdict.unbatched:
        told.append(
            f"{counted(verdict.unbatched, 'row stands', 'rows stand')} in no batch yet: each holds, but others after"
            " them may be missing."
        )
    elif verdict.last_at:
        moment = shown_time(verdict.last_at // 1000)
        told.append(f"What was written after the last batch ({moment}) and was taken out at once left no trace.")
    if verdict.first_at:
        first = shown_time(verdict.first_at // 1000)
        told.append(f"The oldest event that is there is of {first}: a log that was begun anew would look the same.")
    if verdict.begins_at > 1:
        told.append(f"What stood before batch {verdict.begins_at} was over and is gone.")
    if verdict.emptied:
        rows = counted(verdict.emptied, "row was", "rows were")
        told.append(f"{rows} emptied by us: over, or about an erased account.")
    for body in verdict.restored:
        moment = plain(str(json.loads(body)["at"]))
        told.append(f"A backup was put back at {moment}: what was written between its making and then is not here.")
    return [*told, "Whoever has the master secret, or runs code in the service, could have written anything."]


def _of_checkpoints(verdict: "Verdict", outside: Outside) -> Iterable[str]:
    if outside.found > outside.ours:
        others = counted(outside.found - outside.ours, "checkpoint is", "checkpoints are")
        yield f"{others} of another installation: that proves nothing here."
    if not outside.ours:
        yield (
            "No checkpoint from outside: whether the last batches were cut off, or an old copy was put back, cannot be"
            " seen. Give them with --checkpoints FILE."
        )
    elif verdict.proved_until < verdict.last_number:
        after = verdict.last_number - verdict.proved_until
        yield (
            f"The newest checkpoint that is there names batch {verdict.proved_until}; {after} came after it, and"
            " whether more did cannot be seen."
        )


def _told(verdict: "Verdict", outside: Outside, unproved: list[str]) -> str:
    lines = [f"! No line of {plain(each)} is a checkpoint of this installation: name another." for each in outside.vain]
    lines += [f"! {each}" for each in verdict.faults]
    if verdict.more:
        lines.append(f"! and {verdict.more} more")
    first, last = verdict.begins_at, verdict.last_number
    batches = f"{counted(verdict.batches, 'batch', 'batches')} ({first} to {last})" if verdict.batches else "no batch"
    about = f"{counted(verdict.rows, 'row')} in {batches}, {counted(verdict.checkpoints, 'checkpoint')}."
    if verdict.faults:
        lines.append(f"The log is NOT what was written. {about}")
        lines.append("Keep the database and these lines as evidence, and compare with a backup and the log elsewhere.")
    else:
        lines.append(f"The log is intact as far as it can be proved. {about}")
    return "\n".join([*lines, "Not proved:", *(f"  - {each}" for each in unproved)])


def _members(verdict: "Verdict", outside: Outside, unproved: list[str]) -> dict[str, object]:
    return {
        "intact": not verdict.faults,
        "faults": verdict.faults,
        "more_faults": verdict.more,
        "rows": verdict.rows,
        "emptied": verdict.emptied,
        "batches": verdict.batches,
        "first_batch": verdict.begins_at,
        "last_batch": verdict.last_number,
        "last_batch_at": verdict.last_at,
        "rows_in_no_batch": verdict.unbatched,
        "checkpoints": verdict.checkpoints,
        "checkpoints_of_others": outside.found - outside.ours,
        "files_without_checkpoints": outside.vain,
        "proved_until_batch": verdict.proved_until,
        "not_proved": unproved,
    }


def judge_export(file: str, data: Path) -> None:
    """Judge each line of an export; exit code 1 if one does not hold."""
    from buckler.cli.kept_log import read_log

    async def step(log: "Log") -> tuple[int, int]:
        from buckler.events.journal.exported import fault_of

        number = faults = 0
        with opened_input("--export", file) as stream:
            for number, line in enumerate(stream, start=1):
                fault = fault_of(line.decode("ascii", "replace").rstrip("\n"), log.key)
                if fault is not None:
                    faults += 1
                    typer.echo(f"! Line {number}: {fault}.")
        return number, faults

    lines, faults = read_log(data, step)
    told = f"{lines - faults} of {counted(lines, 'line is', 'lines are')} what was written."
    typer.echo(f"{told} Whether lines are missing they do not show.")
    if faults or not lines:
        raise typer.Exit(1)
