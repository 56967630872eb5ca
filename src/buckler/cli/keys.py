"""The commands `buckler keys`: what signs the tokens, and from when until when.

They work beside a running service, which takes up every change within a tenth of a second.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from buckler.cli.extras import require
from buckler.cli.options import DATA, Data, Json
from buckler.cli.tables import table
from buckler.cli.times import shown_time

if TYPE_CHECKING:
    from buckler.cli.installation import Installation
    from buckler.identity.installation.signing_keys import Listed, SigningKeys

program = typer.Typer(
    help="The keys that sign the tokens: list, rotate, retire, revoke.", no_args_is_help=True, rich_markup_mode=None
)

Kid = Annotated[str, typer.Argument(metavar="KEY", help="The name of the key, as `buckler keys list` shows it.")]
_MEANING: Final = {
    "waits": "published, does not sign yet",
    "signs": "signs every new token",
    "verifies": "signs no more; its tokens are good",
    "retired": "over",
    "revoked": "over, with all its tokens",
}


@program.command("list")
def show(data: Data = DATA, as_json: Json = False) -> None:
    """Show every key, the newest first: what it is good for, and from when until when (UTC).

    \b
    For a person, and for a program:
      buckler keys list --data /var/lib/app
      buckler keys list --json --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.installation import work

    found = work(data, _listed)
    if as_json:
        typer.echo(json.dumps([_members(each) for each in found], indent=2))
    else:
        typer.echo("\n".join(_table(found)))


@program.command()
def rotate(
    algorithm: Annotated[
        Literal["Ed25519", "ES256", "RS256", "HS256"] | None,
        typer.Option(envvar="BUCKLER_SIGNING_ALGORITHM", help="Unnamed: that of the key before."),
    ] = None,
    data: Data = DATA,
) -> None:
    """Make the next key. It is published at once and signs in six minutes.

    By then whoever verifies the tokens has read the key set again. The key that signs now verifies for an hour
    after that, so nobody is signed out. Nothing else is to be done.

    \b
    Each quarter:
      buckler keys rotate --data /var/lib/app
    \b
    To another algorithm, which the service is to have in its settings too:
      BUCKLER_SIGNING_ALGORITHM=ES256 buckler keys rotate --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.installation import work

    async def step(at: "Installation") -> "tuple[Listed, list[Listed]]":
        keys = _keys(at)
        async with at.database.writing() as connection:
            made = await keys.rotate(connection, algorithm)
            at.note_keys(connection, "rotate", kid=made.record.kid, algorithm=made.record.algorithm)
            return made, await keys.shown(connection)

    made, every = work(data, step)
    typer.echo(f"New key: {made.record.kid} ({made.record.algorithm}), published now.")
    typer.echo(f"It signs from {shown_time(made.record.signs_from)} on.")
    for each in every:
        if each.state == "signs":
            typer.echo(
                f"{each.record.kid} signs until then and verifies until {shown_time(each.record.verifies_until)}."
            )


@program.command()
def retire(kid: Kid, data: Data = DATA) -> None:
    """End a key that signs no more before its hour is over. Tokens of it that still live end too.

    \b
    Which one? It says "verifies" there:
      buckler keys list
      buckler keys retire KEY
    """
    require("accounts")
    from buckler.cli.installation import work

    async def step(at: "Installation") -> None:
        async with at.database.writing() as connection:
            await _keys(at).retire(connection, kid)
            at.note_keys(connection, "retire", kid=kid)

    work(data, step)
    typer.echo(f"{kid} is retired. Its private half is destroyed.")


@program.command()
def revoke(
    kid: Kid,
    data: Data = DATA,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """End a key and every token of it now: for a key that somebody else may have.

    Whoever holds such a token must refresh it or sign in again. Where the key signs, another one does at once:
    the one that waits, else a new one, which verifiers elsewhere may not know for five minutes.

    \b
    Where nobody is there to be asked:
      buckler keys revoke KEY --yes
    """
    require("accounts")
    from buckler.cli.installation import work

    if not yes:
        typer.echo(f"Every token that {kid} signed ends now.", err=True)
        if typer.prompt("Type revoke to go on", err=True) != "revoke":
            raise typer.Abort

    async def step(at: "Installation") -> str:
        async with at.database.writing() as connection:
            signing = await _keys(at).revoke(connection, kid)
            at.note_keys(connection, "revoke", kid=kid, signing=signing)
            return signing

    signing = work(data, step)
    typer.echo(f"{kid} is revoked, and its private half is destroyed. {signing} signs now.")


def _keys(at: "Installation") -> "SigningKeys":
    from buckler.identity.installation.signing_keys import SigningKeys

    return SigningKeys(at.vault, at.clock)


async def _listed(at: "Installation") -> "list[Listed]":
    async with at.database.reading() as connection:
        return await _keys(at).shown(connection)


def _members(each: "Listed") -> dict[str, object]:
    members = asdict(each.record)
    del members["sealed"]
    return {**members, "state": each.state}


def _table(found: "list[Listed]") -> list[str]:
    rows = [("KEY", "ALGORITHM", "STATE", "SIGNS FROM", "VERIFIES UNTIL", "")]
    for each in found:
        record = each.record
        ends = record.verifies_until if record.revoked_at is None else record.revoked_at
        times = (shown_time(record.signs_from), shown_time(ends))
        rows.append((record.kid, record.algorithm, each.state, *times, _MEANING[each.state]))
    return table(rows)
