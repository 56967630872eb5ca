"""A report, printed and written, and what it means for the exit code."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TextIO

import typer

from buckler.cli.drill.given import text_of
from buckler.cli.terminal import clear, is_coloured, tell
from buckler.clock import SystemClock, date_of
from buckler.drill.baseline import Accepted, BaselineRefused, accept, read_baseline, skeleton
from buckler.drill.bounds import Threshold
from buckler.drill.report import Report
from buckler.drill.report_forms import ReportForm
from buckler.drill.reports import FORMS
from buckler.drill.reports.terminal import summarise

BY_SUFFIX: Final[Mapping[str, ReportForm]] = {
    ".html": "html",
    ".json": "json",
    ".sarif": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".txt": "terminal",
}
TOO_LITTLE: Final = 3
"""The exit code where fewer attacks could be judged than asked for, or none at all."""
_WIDTH: Final = 100
_ACCEPTED: Final = timedelta(days=90)
"""How long a skeleton of a baseline accepts what it names, once its reasons are filled in."""


@dataclass(frozen=True, slots=True)
class Results:
    """Where a report goes. What cannot be written to is told before all the work: `typer.BadParameter`."""

    files: tuple[Path, ...]
    form: ReportForm
    baseline: Path | None
    new_baseline: Path | None
    fail_on: Threshold
    coverage: int
    """Percent of the attacks that have to be judged."""
    accepted: tuple[Accepted, ...]

    def tell(self, report: Report, out: TextIO | None = None) -> int:
        """Print it, to standard output unless told otherwise, and write it.

        The exit code: 1 for findings of this severity and above, 3 for too little.
        """
        report = accept(report, self.accepted, _today())
        for file in self.files:
            _write(file, FORMS[BY_SUFFIX[file.suffix]](report), "--output")
        if self.new_baseline is not None:
            _write(self.new_baseline, skeleton(report, _today() + _ACCEPTED), "--write-baseline")
        stream: TextIO = out or sys.stdout
        clear()
        typer.echo(_printed(report, self.form, colour=is_coloured(stream)), file=stream, nl=False)
        stream.flush()
        # A drill that was stopped says too little, whatever it found: a pipeline shall not take that for clean.
        if report.stopped or (self.fail_on != "never" and report.at_least(self.fail_on)):
            return 1
        if report.coverage.reaches(self.coverage):
            return 0
        tell(_too_little(report, self.coverage))
        return TOO_LITTLE


def results_to(
    files: tuple[Path, ...],
    form: ReportForm,
    baseline: Path | None,
    new_baseline: Path | None,
    fail_on: Threshold,
    coverage: int = 0,
) -> Results:
    """Where the report of a drill goes. Raises `typer.BadParameter`."""
    for file in files:
        if file.suffix not in BY_SUFFIX:
            raise typer.BadParameter(f"--output {file}: name it by its form: {', '.join(BY_SUFFIX)}.")
    for file in (*files, *filter(None, (new_baseline,))):
        if not file.resolve().parent.is_dir():
            raise typer.BadParameter(f"{file}: there is no folder {file.parent}; make it first.")
    try:
        accepted = () if baseline is None else read_baseline(text_of(baseline, "--baseline"))
    except BaselineRefused as wrong:
        raise typer.BadParameter(f"--baseline {baseline}: {wrong}") from wrong
    # The app works in another folder meanwhile.
    files, new = tuple(each.absolute() for each in files), new_baseline.absolute() if new_baseline else None
    return Results(files, form, baseline, new, fail_on, coverage, accepted)


def _printed(report: Report, form: ReportForm, *, colour: bool) -> str:
    if form != "terminal":
        return FORMS[form](report)
    width = shutil.get_terminal_size((_WIDTH, 0)).columns
    return summarise(report, width, colour=colour)


def _too_little(report: Report, percent: int) -> str:
    coverage = report.coverage
    asked = f", and --require-coverage asks for {percent} %" if coverage.judged else ""
    return (
        f"{coverage.judged} of {coverage.of} attacks could be judged{asked}. The report says under UNTESTED why: most"
        " of it goes with an account, an option, or an example in the model of a route."
    )


def _write(file: Path, text: str, option: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as failure:
        raise typer.BadParameter(f"{option} {file}: it cannot be written ({failure.strerror or failure}).") from failure


def _today() -> date:
    return date_of(SystemClock.now()).date()
