"""The commands `buckler db`: bring the database up to this version, look through it, and see how large it is."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import typer

from buckler.cli.extras import require
from buckler.cli.options import DATA, Data, Json
from buckler.cli.tables import table
from buckler.cli.terminal import step

if TYPE_CHECKING:
    from buckler.cli.looking_after import Checked
    from buckler.storage.database.inspection import Sizes

program = typer.Typer(
    help="The database: bring it up to date, look through it, see how large it is.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_SHOWN: Final = 20
_LOG: Final = "Whether the log was changed: buckler events verify"
_KEEP: Final = (
    "The copy holds what a backup holds, also what is erased from now on. Throw it away once you are sure of this"
    " version."
)


@program.command()
def upgrade(data: Data = DATA) -> None:
    """Bring the tables of the database up to this version of Buckler.

    A start does the same by itself. This does it beforehand, tells each step, and leaves a copy of what was before,
    as buckler.db.before-NUMBER. The service must be stopped. Where nothing is to be done, nothing is.

    \b
    After a new version was installed:
      buckler db upgrade --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.looking_after import upgraded

    done = upgraded(data, step)
    if done.before == done.after:
        typer.echo(f"{done.database} is up to date: it stands at {done.after}. Nothing was changed.")
        return
    typer.echo(f"{done.database}: from {done.before or 'nothing'} to {done.after}.")
    if done.copy is not None:
        typer.echo(f"What was before stands in {done.copy}. {_KEEP}")


@program.command()
def check(data: Data = DATA, as_json: Json = False) -> None:
    """Look through the whole database and change nothing (exit code 1: something is wrong).

    Every page and index, every reference between rows, who may open the files, and, where the master secret is at
    hand, every sealed value. A start looks at less: see docs/operations/database.md. The service may run meanwhile.

    \b
    Each month, and whenever a disk is in doubt:
      buckler db check --data /var/lib/app
    \b
    For a program, with the sealed values:
      BUCKLER_MASTER_SECRET_FILE=/etc/buckler/secret buckler db check --json --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.looking_after import checked

    found = checked(data, step)
    if as_json:
        typer.echo(json.dumps({**asdict(found), "good": found.is_good}, indent=2))
    else:
        typer.echo("\n".join(_report(found)))
    if not found.is_good:
        raise typer.Exit(1)


@program.command()
def size(data: Data = DATA, as_json: Json = False) -> None:
    """Show how many rows and bytes each table has, the log beside the file, and what is left on the disk.

    The service may run meanwhile.

    \b
    For a person, and for a program:
      buckler db size --data /var/lib/app
      buckler db size --json --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.looking_after import sized

    found = sized(data)
    typer.echo(json.dumps(asdict(found), indent=2) if as_json else "\n".join(_sizes(found)))


def _report(found: "Checked") -> list[str]:
    rows = [("migration", found.revision or "none"), *((each.check, each.said) for each in found.results)]
    lines = table([("CHECK", "RESULT"), *rows])
    for each in found.results:
        lines += [f"  {each.check}: {fault}" for fault in each.faults[:_SHOWN]]
        if len(each.faults) > _SHOWN:
            lines.append(f"  {each.check}: and {len(each.faults) - _SHOWN} more")
    if found.is_good:
        lines.append(_LOG)
    else:
        lines.append("Stop the service. Keep these files, and restore a backup: buckler restore FILE --replace")
    return lines


def _sizes(found: "Sizes") -> list[str]:
    rows = [("TABLE", "ROWS", "BYTES" if found.exact else "BYTES (estimated)")]
    rows += [(each.name, f"{each.rows:,}", f"{each.bytes:,}") for each in found.tables]
    about = [
        ("file", f"{found.file:,}", f"of which {found.free:,} are free for new rows"),
        ("log", f"{found.log:,}", "folded into the file as it is used"),
        ("disk", f"{found.disk:,}", "left for this user"),
    ]
    return [*table(rows), "", *table(about)]
