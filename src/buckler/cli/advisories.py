"""The commands `buckler advisories`: which flaws are known of the packages that are installed, and which those are."""

import shutil
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal
from uuid import UUID

import typer

from buckler.cli.extras import require
from buckler.cli.tables import counted, fitted
from buckler.cli.terminal import step, tell
from buckler.clock import SystemClock, date_of
from buckler.randomness import identifier
from buckler.redact import plain

if TYPE_CHECKING:
    from buckler.advisories.judgement import Report
    from buckler.advisories.packages import Inventory

Format = Literal["terminal", "json", "sarif", "markdown"]
FailOn = Literal["low", "medium", "high", "critical"]
_SECONDS: Final = 300.0
_NAMED_COLUMNS: Final = 3
"""Package, version and advisory are copied; they are not broken into lines."""

program = typer.Typer(
    help="""Which flaws are known of what is installed?

    It judges the environment it runs in, another one, or a lock. What could not be judged is told, and is never taken
    for free of flaws. It ends with 0 where no flaw is known, with 1 where one is or where nothing was audited, and with
    2 for a wrong call or a file that cannot be used.

    \b
    Ask over the network (through pip-audit):
      buckler advisories
      buckler advisories --python .venv/bin/python
      buckler advisories --requirements uv.lock
    \b
    Without a network, by the records of https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip, or by a
    choice of records, which judges only the packages that it names:
      buckler advisories --osv all.zip
      buckler advisories --osv records/
    \b
    In a build: fail where something was not audited, accept what is written down, tell the code's host:
      buckler advisories --strict --baseline advisories.toml --format sarif > advisories.sarif
    \b
    List what is installed (CycloneDX 1.6):
      buckler advisories sbom --output sbom.json
    """,
    rich_markup_mode=None,
)

Python = Annotated[
    Path | None,
    typer.Option("--python", metavar="PATH", help="Another environment: its python, or its folder. It is run."),
]
Requirements = Annotated[
    list[Path] | None,
    typer.Option(
        "--requirements", metavar="FILE", help="A uv.lock, a pylock.toml or requirements, instead; may be repeated."
    ),
]


@program.callback(invoke_without_command=True)
def judge(
    ctx: typer.Context,
    python: Python = None,
    requirements: Requirements = None,
    osv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE_OR_FOLDER", help="OSV records that were brought along, and no network: JSON, or an all.zip."
        ),
    ] = None,
    complete_on: Annotated[
        datetime | None,
        typer.Option(
            metavar="DAY",
            formats=["%Y-%m-%d"],
            help="Your word that they were all there was of the index on this day; an all.zip is known by itself.",
        ),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What is accepted: TOML with id, reason and until.")
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="Fail from here on; of unknown severity is always enough.")] = "low",
    strict: Annotated[bool, typer.Option("--strict", help="Fail where something was not audited, too.")] = False,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="How long pip-audit may take, in all.")
    ] = _SECONDS,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = "terminal",
) -> None:
    """Print what is known, and what is not."""
    if ctx.invoked_subcommand is not None:
        _refuse_options_before(ctx)
        return
    require("advisories")
    from buckler.advisories.packages import InputRefused

    try:
        report = _reported(_inventory(python, requirements), _data(osv, complete_on), baseline, timeout)
    except InputRefused as refusal:
        raise typer.BadParameter(str(refusal)) from refusal
    typer.echo(_printed(report, form), nl=False)
    _end(report, fail_on, strict)


@program.command()
def sbom(
    python: Python = None,
    requirements: Requirements = None,
    name: Annotated[str, typer.Option(help="What the whole is called in it.")] = "python-environment",
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to FILE, not to the output.")] = None,
) -> None:
    """List every component in CycloneDX 1.6: versions, licences, digests where a lock has them, and who needs whom.

    \b
    What is installed here, and what a lock would install:
      buckler advisories sbom
      buckler advisories sbom --requirements uv.lock --name our-service --output sbom.json
    """
    require("advisories")
    from buckler.advisories.packages import InputRefused
    from buckler.advisories.sbom import written

    try:
        inventory = _inventory(python, requirements)
    except InputRefused as refusal:
        raise typer.BadParameter(str(refusal)) from refusal
    serial = UUID(hex=identifier(), version=4)
    text = written(inventory, name, version("buckler"), serial, date_of(SystemClock.now()))
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as failure:
        raise typer.BadParameter(
            f"{output} cannot be written ({failure.strerror}): name a file in a folder of yours."
        ) from failure
    typer.echo(f"{output} has {counted(len(inventory.packages), 'component')}.")


def _refuse_options_before(ctx: typer.Context) -> None:
    """What stands before the name of a command would mean nothing to it."""
    given = [name for name in ctx.params if str(getattr(ctx.get_parameter_source(name), "name", "")) != "DEFAULT"]
    if given:
        raise typer.BadParameter(f"Write options after {ctx.invoked_subcommand}: those before it mean nothing to it.")


def _inventory(python: Path | None, requirements: list[Path] | None) -> "Inventory":
    from buckler.advisories.environment import own_packages, packages_of
    from buckler.advisories.locked import packages_of_files

    if python is not None and requirements:
        raise typer.BadParameter("--python and --requirements exclude each other: judge one, then the other.")
    if requirements:
        return packages_of_files(requirements)
    return own_packages() if python is None else packages_of(python)


def _data(osv: Path | None, complete_on: datetime | None) -> tuple[Path, date | None] | None:
    """Records that were brought along, with the day on which they were complete, if one is told."""
    if osv is None:
        if complete_on is not None:
            raise typer.BadParameter("--complete-on is about the records of --osv: name them too.")
        return None
    if complete_on is not None and complete_on.date() > _today():
        raise typer.BadParameter("--complete-on is a day that is to come: name the one on which you got the records.")
    return osv, None if complete_on is None else complete_on.date()


def _reported(
    inventory: "Inventory", data: tuple[Path, date | None] | None, accepted: Path | None, seconds: float
) -> "Report":
    from buckler.advisories import baseline, brought, floors, online, osv
    from buckler.advisories.judgement import askable, judge

    # First, so that a mistake in it is told before anybody waits.
    known = baseline.Baseline() if accepted is None else baseline.read(accepted)
    packages, unaudited = askable(inventory)
    today = _today()
    if data is None:
        step(f"Asking about {counted(len(packages), 'package')}, for {seconds:g} seconds at most ...")
        asked = online.ask(packages, seconds)
        flaws, missing, source = asked.flaws, asked.unaudited, "pip-audit"
    else:
        file, complete_on = data
        step(f"Reading {plain(str(file))} ...")
        records = osv.read(file, (each.name for each in packages), complete_on)
        flaws, missing = osv.found_in(records, packages)
        missing += osv.outdated(records, packages, today)
        source = brought.described(records, today)
    source = f"{source} and {counted(len(floors.known()), 'advisory', 'advisories')} of our own"
    return judge(inventory, source, [*flaws, *floors.below(packages)], [*unaudited, *missing], known, today)


def _today() -> date:
    return date_of(SystemClock.now()).date()


def _printed(report: "Report", form: Format) -> str:
    from buckler.advisories.markdown import as_markdown
    from buckler.advisories.members import as_json
    from buckler.advisories.sarif import as_sarif

    if form == "json":
        return as_json(report)
    if form == "sarif":
        return as_sarif(report, version("buckler"))
    return as_markdown(report) if form == "markdown" else _lines(report)


def _lines(report: "Report") -> str:
    from buckler.advisories.sentences import HEAD, rows, sections, summary

    lines: list[str] = []
    if report.findings:
        width = shutil.get_terminal_size((0, 0)).columns
        lines += [*fitted([HEAD, *rows(report.findings)], width, whole=_NAMED_COLUMNS), ""]
    for heading, told in sections(report):
        lines += [f"{heading}:", *(f"  {each}" for each in told), ""]
    return "\n".join([*lines, summary(report)]) + "\n"


def _end(report: "Report", fail_on: FailOn, strict: bool) -> None:
    """With 1 and every reason for it. That nothing at all was audited is one: there is no answer then (fail closed)."""
    reasons: list[str] = []
    if grave := report.grave(fail_on):
        reasons.append(
            f"{counted(len(grave), 'known flaw')} from {fail_on} on. Upgrade, or accept each with a reason and a last"
            " day in the file of --baseline."
        )
    if not report.audited:
        reasons.append("Nothing was audited: see why above, and ask again, or bring records along with --osv.")
    elif strict and report.unaudited:
        missing = counted(len({each.package for each in report.unaudited}), "package was", "packages were")
        reasons.append(
            f"{missing} not audited in full (--strict). Bring what is missing, or accept it as [[unaudited]]."
        )
    for reason in reasons:
        tell(reason)
    if reasons:
        raise typer.Exit(1)
