"""The commands `buckler events`: reading the log of a service."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from buckler.cli.event_catalogue import catalogue
from buckler.cli.event_check import verify
from buckler.cli.event_export import export
from buckler.cli.event_rows import search, tail
from buckler.cli.options import Json
from buckler.cli.tables import counted, table
from buckler.cli.trial_report import LONGEST_LINE, Report
from buckler.redact import plain

program = typer.Typer(
    help="The security log: read it, search it, check it, take it out; what a trial would refuse.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
program.command("tail")(tail)
program.command("search")(search)
program.command("verify")(verify)
program.command("export")(export)
program.command("catalogue")(catalogue)

_STREAM: Final = "-"
_MOST_SHOWN: Final = 50


@program.command("trial")
def trial(
    log: Annotated[str, typer.Argument(metavar="LOGFILE", help="The log, a JSON line an event; - reads the input.")] = (
        _STREAM
    ),
    as_json: Json = False,
) -> None:
    """Add up what a trial let pass and will be refused, with what to set or declare.

    Exit code 0: enforcing now would have refused nothing. 1: it would have, or a route is undeclared. 2: no such log,
    or no line of it could be read.

    \b
    From a file, and from the journal:
      buckler events trial /var/log/app.jsonl
      journalctl --unit app --output cat | buckler events trial -
    """
    report = Report()
    if log == _STREAM:
        report.read(_bounded(sys.stdin.buffer))
    else:
        try:
            with Path(log).open("rb") as stream:
                report.read(_bounded(stream))
        except OSError as error:
            raise typer.BadParameter(
                f"{log}: {error.strerror}. Name a file of log lines, or - for the input."
            ) from None
    if not report.events:
        what = f"none of its {report.lines} lines is a line of the log" if report.lines else "it is empty"
        raise typer.BadParameter(
            f"{log}: {what}. Give it the JSON lines as they were written, in UTF-8; of the journal those are"
            " journalctl --output cat."
        )
    typer.echo(json.dumps(_members(report), indent=2) if as_json else "\n".join(_told(report)))
    if report.would_refuse or report.undeclared:
        raise typer.Exit(1)


def _bounded(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines. One that is too long to be ours is not held whole."""
    while line := stream.readline(LONGEST_LINE + 1):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE)


def _members(report: Report) -> dict[str, object]:
    return {
        "would_refuse": report.would_refuse,
        "rows": [row.members for row in report.rows],
        "remedies": report.remedies,
        "held": report.held,
        "refused": [{"refusal": code, "count": count, "remedy": remedy} for code, count, remedy in report.refused],
        "undeclared": list(report.undeclared),
        "lines": report.lines,
        "malformed": report.malformed,
    }


def _told(report: Report) -> Iterator[str]:
    rows = report.rows
    if rows:
        head = ("REFUSAL", "BY", "WHERE", "COUNT", "CLIENTS", "FIRST", "LAST")
        told = [
            (row.refusal, row.by, row.at, str(row.count), str(len(row.clients)), row.first[:19], row.last[:19])
            for row in rows[:_MOST_SHOWN]
        ]
        yield from table([head, *told])
        if len(rows) > _MOST_SHOWN:
            yield f"... and {len(rows) - _MOST_SHOWN} more; --json prints them all."
        yield ""
        for code, remedy in report.remedies.items():
            yield f"{plain(code)}: {remedy}"
        yield ""
    if report.undeclared:
        yield f"Undeclared at the start, and shut when the trial is over: {len(report.undeclared)}"
        yield from (f"  {line}" for line in table([(each,) for each in report.undeclared]))
        yield ""
    if report.held:
        held = counted(report.held, "answer was", "answers were")
        yield f"{held} held already, made before any route was chosen. If that is meant:"
        yield "  app.add_middleware(buckler.answers(Middleware, 'why it answers by itself'), ...)"
        yield ""
    if report.refused:
        yield "Refused already, since no trial lifts it:"
        yield from (f"  {plain(code)}, {counted(count, 'time')}. {remedy}" for code, count, remedy in report.refused)
        yield ""
    if report.malformed:
        yield f"Of {counted(report.lines, 'line')}, {report.malformed} could not be read as the log's: passed over."
    yield _summary(report)


def _summary(report: Report) -> str:
    if report.would_refuse:
        most = "" if report.is_exact else "at most "
        return f"Enforcing now would have refused {most}{counted(report.would_refuse, 'request')}."
    lines = "this 1 line" if report.lines == 1 else f"these {report.lines} lines"
    if report.undeclared:
        return f"Nobody asked for them in {lines}; enforcing now would shut them all the same."
    return f"Enforcing now would have refused nothing of what stands in {lines}."
