"""The commands `buckler secrets`: replace the master secret, and see under which one everything is sealed."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Final

import typer

from buckler.cli.extras import require
from buckler.cli.options import DATA, Data
from buckler.cli.tables import table
from buckler.cli.terminal import bar, tell
from buckler.redact import plain

if TYPE_CHECKING:
    from buckler.cli.installation import Installation
    from buckler.identity.installation.sealed_rows import Tally

program = typer.Typer(
    help="The master secret, which seals what is secret in the database.", no_args_is_help=True, rich_markup_mode=None
)

_PAUSE: Final = 1.0
"""Seconds in which every running service has read the file again."""
_IN_ENVIRONMENT: Final = (
    "All is sealed under the first secret. Put a new one in front of it, as in BUCKLER_MASTER_SECRET=NEW,OLD,"
    " start every process of the service with that, then run this again."
)
_BROKEN: Final = (
    "What does not open was altered, copied from elsewhere, or sealed with a secret that is missing. Give that secret"
    " behind the others, or put a backup back."
)
_SHOWN: Final = 20
_DIGESTS: Final = (
    "Sign-ins, known devices and mailed codes from before the change are bound to the old secret by digests that"
    " cannot be made anew. Drop it when the longest sign-in has ended, or whoever has one signs in again."
)


@program.command()
def rotate(data: Data = DATA) -> None:
    """Replace the master secret.

    A secret in a file: a new one is written in front of it, running services take it up, then everything is
    sealed anew. A secret in the environment: first start every process with NEW,OLD. Nobody is signed out.
    Interrupted, it goes on where it stood. Afterwards: buckler secrets verify

    \b
    Of a service whose secret lies in a file:
      BUCKLER_MASTER_SECRET_FILE=/etc/buckler/secret buckler secrets rotate --data /var/lib/app
    \b
    Of one that is given it in the environment:
      BUCKLER_MASTER_SECRET=NEW,OLD buckler secrets rotate --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.installation import work

    typer.echo(f"Sealed anew: {work(data, _rotate)}. The old secret still opens. Next: buckler secrets verify")


@program.command()
def verify(
    data: Data = DATA,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="If all is under the first secret, leave it alone in the file.")
    ] = False,
) -> None:
    """Open everything that is sealed, and say under which secret of the list (exit code 1: something does not open).

    Sign-ins, known devices and mailed codes from before a change are bound to the old secret by digests that
    cannot be made anew. Drop it when the longest sign-in has ended, or whoever has one signs in again.

    \b
    Is the old one still needed?
      buckler secrets verify --data /var/lib/app
    \b
    It is not, so it goes:
      buckler secrets verify --drop-old --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.installation import work

    tallies, secrets = work(data, _verify_all)
    typer.echo("\n".join(_table(tallies, secrets)))
    if broken := _broken(tallies):
        tell("\n".join((_BROKEN, *broken)))
        raise typer.Exit(1)
    old = any(number > 1 for tally in tallies for number in tally.opened)
    if drop_old:
        typer.echo(work(data, _drop_old))
    elif old:
        typer.echo("An old secret is still needed. Run: buckler secrets rotate")
    else:
        typer.echo("\n".join(("All is sealed under the first secret.", *([_DIGESTS] if secrets > 1 else ()))))


async def _rotate(at: "Installation") -> int:
    from buckler.identity.installation.sealed_rows import SealedRows
    from buckler.identity.installation.signing_keys import announce

    rows = SealedRows(at.vault)
    if await _is_settled(at):
        _renew_secret(at)
    # Also where it goes on: whoever was interrupted may not have said it.
    await _announce(at)
    await asyncio.sleep(_PAUSE)
    async with at.database.writing() as connection:
        with bar(await rows.count(connection)) as advance:
            renewed = await rows.renew(connection, advance)
        at.note_keys(connection, "seal anew", values=renewed)
        await announce(connection, at.clock)
    return renewed


async def _is_settled(at: "Installation") -> bool:
    """Whether all is under the first secret: else a rotation has begun, by us or by hand, and goes on."""
    tallies = await _verify(at)
    if _broken(tallies):
        from buckler.errors import ConfigurationError

        # Fail closed: the secret that would open it may be the one that is about to be replaced.
        raise ConfigurationError("Something does not open, so nothing was changed. See what: buckler secrets verify")
    return not any(number > 1 for tally in tallies for number in tally.opened)


def _renew_secret(at: "Installation") -> None:
    from buckler.errors import ConfigurationError
    from buckler.tokens.secret import MasterSecret

    path = at.place.file
    if path is None:
        raise ConfigurationError(_IN_ENVIRONMENT)
    at.vault.adopt(MasterSecret.renew_file(path, data=at.place.data, development=True))
    typer.echo(f"A new secret stands in front of the old one in {path}. Running services take it up.", err=True)


async def _verify_all(at: "Installation") -> "tuple[list[Tally], int]":
    """What was found, and how many secrets there are."""
    return await _verify(at), len(at.place.read())


async def _verify(at: "Installation") -> "list[Tally]":
    from buckler.identity.installation.sealed_rows import SealedRows

    rows = SealedRows(at.vault)
    async with at.database.reading() as connection:
        with bar(await rows.count(connection)) as advance:
            return await rows.verify(connection, advance)


async def _drop_old(at: "Installation") -> str:
    from buckler.errors import ConfigurationError
    from buckler.tokens.secret import MasterSecret

    path = at.place.file
    if path is None:
        raise ConfigurationError("The secret stands in the environment: drop the old one there, and restart.")
    if not await _is_settled(at):
        # Fail closed: with the secret the values would be lost.
        raise ConfigurationError("An old secret is still needed. Run: buckler secrets rotate")
    MasterSecret.keep_newest(path)
    await _announce(at, "drop old secrets")
    return f"{path} has the first secret alone."


async def _announce(at: "Installation", action: str = "") -> None:
    """Have running services read the secret again; `action` is what the log keeps of it."""
    from buckler.identity.installation.signing_keys import announce

    async with at.database.writing() as connection:
        await announce(connection, at.clock)
        if action:
            at.note_keys(connection, action)


def _broken(tallies: "list[Tally]") -> list[str]:
    """What does not open, by table and row; of many the first."""
    every = [f"  {tally.title}: {plain(row)}" for tally in tallies for row in tally.broken]
    return every[:_SHOWN] + ([f"  and {len(every) - _SHOWN} more"] if len(every) > _SHOWN else [])


def _table(tallies: "list[Tally]", secrets: int) -> list[str]:
    numbers = range(1, secrets + 1)
    heads = ("SEALED", *(f"SECRET {number}" for number in numbers), "BROKEN")
    rows = [
        (tally.title, *(str(tally.opened[number]) for number in numbers), str(len(tally.broken))) for tally in tallies
    ]
    return table([heads, *rows])
