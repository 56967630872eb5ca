"""The commands `buckler backup` and `buckler restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from buckler.cli.extras import require
from buckler.cli.options import DATA, Data


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, best on another disk.")], data: Data = DATA
) -> None:
    """Copy accounts and keys, as they are at this moment, to a new file that only you can read.

    The service may run meanwhile. The master secret is not in the copy, and without it the copy opens nothing: keep
    both, and keep them apart.

    \b
    Each night:
      buckler backup /mnt/backups/$(date +%F).db --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.copying import save, told_in_one_line

    with told_in_one_line(file):
        size = save(data, file)
    typer.echo(f"Saved {file} ({size} bytes).")
    typer.echo("The master secret is not in it. Keep that too, in another place: one opens nothing without the other.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `buckler backup` wrote.")],
    data: Data = DATA,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where a database is; it is kept under another name.")
    ] = False,
) -> None:
    """Put a backup back. Nothing that was issued before is good after it: everybody signs in again.

    The service must be stopped, and the master secret be the one under which the backup was sealed, given as to the
    service. Passwords and roles are those of the backup, and whoever was disabled or erased since is back.

    \b
    After the loss of a machine:
      buckler restore /mnt/backups/2026-01-31.db --data /var/lib/app
    \b
    In the place of a database that went wrong:
      buckler restore /mnt/backups/2026-01-31.db --data /var/lib/app --replace
    """
    require("accounts")
    from buckler.cli.copying import put_back, told_in_one_line

    with told_in_one_line(file):
        done = asyncio.run(put_back(data, file, replace=replace))
    typer.echo(f"Restored {file}: {done.accounts} accounts. This is epoch {done.epoch} of the installation.")
    if done.aside is not None:
        typer.echo(f"The database that was there is now {done.aside}")
    typer.echo("Every session, token, code and signing key from before is dead. Passwords are those of the backup.")
