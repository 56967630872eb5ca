"""The command `buckler users import`: accounts of another system, with the hashes of their passwords.

The file is read and judged to its end before anything is kept; every line at fault is told with its number on the
error stream, without what stands in it.
"""

import asyncio
import os
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final, Literal

import typer

from buckler.cli.extras import require
from buckler.cli.options import DATA, AppOption, Data, EnvironmentOption
from buckler.cli.tables import table
from buckler.cli.terminal import bar, tell
from buckler.errors import BucklerError, ConfigurationError
from buckler.redact import plain

if TYPE_CHECKING:
    from buckler.identity.accounts import Accounts
    from buckler.identity.administration.importing import Judged

_LINES_A_STEP: Final = 256
"""The bar is drawn once in so many."""
_HEAD: Final = ("HASH", "ACCOUNTS", "WEAK")
_SERVICE: Final = "The roles are those of the reference service; for your own app: --app main:app"


def import_accounts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header, or JSON lines.")],
    form: Annotated[
        Literal["csv", "jsonl"] | None, typer.Option("--format", help="Unnamed: as the name of the file ends.")
    ] = None,
    skip_faulty: Annotated[bool, typer.Option("--skip-faulty", help="Import the lines that are good.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge the file and keep nothing of it.")] = False,
    app: AppOption = None,
    data: Data = DATA,
    environment: EnvironmentOption = None,
) -> None:
    """Make accounts of another system's, with the password hashes that it made: all of a file, or nothing.

    Columns or members: name, hash; and email, roles, confirmed, disabled. Hashes of Argon2, bcrypt and PBKDF2, as
    argon2-cffi, passlib and Django write them; each is replaced at the first sign-in. An empty one, or Django's
    that begins with !, means that the owner chooses a password with a mailed code.

    \b
    Would it go well?
      buckler users import people.csv --dry-run --app main:app
    \b
    In production, beside the running service:
      BUCKLER_ENVIRONMENT=production BUCKLER_ORIGIN=https://api.example.com \\
        BUCKLER_MASTER_SECRET_FILE=/etc/buckler/secret \\
        buckler users import people.csv --app main:app --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.account_file import format_of
    from buckler.cli.built_app import accounts_of
    from buckler.cli.log_lines import write_log_lines

    written = format_of(file, form)
    with _opened(file) as opened:
        accounts = accounts_of(app, data, environment)
        write_log_lines()
        judged = _imported(accounts, opened, written, data, skip_faulty=skip_faulty, dry_run=dry_run)
    for fault in judged.faults:
        typer.echo(f"line {fault.line}: {fault.text}", err=True)
    if judged.lacks_roles and app is None:
        tell(_SERVICE)
    _demand(judged, skip_faulty=skip_faulty)
    _sum_up(judged, accounts, dry_run=dry_run)


def _imported(
    accounts: "Accounts", file: BinaryIO, form: Literal["csv", "jsonl"], data: Path, *, skip_faulty: bool, dry_run: bool
) -> "Judged":
    """What the file came to; it is imported where that may be."""
    from buckler.cli import data_folder
    from buckler.cli.account_file import records
    from buckler.cli.making_accounts import making
    from buckler.identity.accounts import DATABASE_FILE
    from buckler.identity.administration.importing import Importing
    from buckler.storage.database.damage import damage_told

    new = accounts.roles.new
    newcomers = frozenset(() if new is None else (new,))

    async def done() -> "Judged":
        async with making(accounts, Importing) as importing:
            with bar(os.fstat(file.fileno()).st_size) as advance:
                judged = await importing.judge(records(file, form), newcomers, _by_bytes(file, advance))
            if judged.newcomers and not dry_run and (skip_faulty or not judged.faults):
                await importing.keep(judged.newcomers)
            return judged

    with data_folder.explained(data), damage_told(accounts.settings.data / DATABASE_FILE):
        return asyncio.run(done())


def _demand(judged: "Judged", *, skip_faulty: bool) -> None:
    """Raise `BucklerError` where nothing was, or would be, imported."""
    faults, good = len(judged.faults), len(judged.newcomers)
    if faults and not skip_faulty:
        raise BucklerError(
            f"Nothing is imported: of {faults + good} lines {faults} are at fault. Mend them, or import the others with"
            " --skip-faulty."
        )
    if not good:
        raise BucklerError("Nothing is imported: there is no account in this file.")


def _sum_up(judged: "Judged", accounts: "Accounts", *, dry_run: bool) -> None:
    count, locked = len(judged.newcomers), judged.without_password
    rows = [(kind, str(number), str(weak)) for kind, number, weak in judged.kinds]
    typer.echo("\n".join(table([_HEAD, *rows, *([("none", str(locked), "-")] if locked else [])])))
    if any(weak for _, _, weak in judged.kinds):
        typer.echo("Weak ones cost a guesser too little. Each is replaced when its owner signs in.")
    if judged.unconfirmed:
        typer.echo(f"Addresses that nobody confirmed, and that are not kept: {judged.unconfirmed}.")
    if judged.faults:
        typer.echo(f"Lines that are left out: {len(judged.faults)}.")
    typer.echo(f"Accounts that would be imported: {count}." if dry_run else f"Accounts imported: {count}.")
    if locked and accounts.settings.mail is None:
        tell(f"{locked} have no password, and this app mails no codes: they cannot come in. Set BUCKLER_MAIL.")


@contextmanager
def _opened(file: Path) -> Generator[BinaryIO]:
    """The file, with a word where others can read it. Raises `ConfigurationError`."""
    try:
        opened = file.open("rb")
    except OSError as failure:
        raise ConfigurationError(
            f"{plain(file.name)}: it cannot be read ({failure.strerror}). Name a file."
        ) from failure
    with opened:
        if os.name == "posix" and os.fstat(opened.fileno()).st_mode & (stat.S_IRGRP | stat.S_IROTH):
            tell(f"{plain(file.name)}: others on this machine can read the hashes in it. chmod 600, then delete it.")
        yield opened


def _by_bytes(file: BinaryIO, advance: Callable[[int], object]) -> Callable[[int], None]:
    """Advance a bar as long as the file by what was read of it, told of each line."""
    done = 0

    def read(line: int) -> None:
        nonlocal done
        if line % _LINES_A_STEP == 0:
            before, done = done, file.tell()
            advance(done - before)

    return read
