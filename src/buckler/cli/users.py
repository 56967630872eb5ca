"""The commands `buckler users`: accounts, from the machine that keeps them.

They work on the same database as a running service, which takes up every change within a tenth of a second. Whoever
can run them has the data folder and the master secret, and so every right; each change is an event. A password is
asked for, or read from the standard input; it is never an argument, which others on the machine could see.
"""

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from buckler.cli.extras import require
from buckler.cli.options import DATA, AppOption, Data, EnvironmentOption, Json
from buckler.cli.tables import table
from buckler.cli.user_import import import_accounts
from buckler.redact import plain

if TYPE_CHECKING:
    from buckler.cli.installation import Installation
    from buckler.identity.administration.account_list import ListedAccount
    from buckler.identity.administration.administration import Administration

program = typer.Typer(
    help="Accounts: add, import, list, disable, enable, roles, end-sessions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Result = TypeVar("Result")
Step = Callable[["Administration", str], Awaitable[Result]]

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the account signs in with, or its id.")]
_HEAD: Final = ("NAME", "STATE", "ROLES", "LAST SIGN-IN", "ID")


@program.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the account is to sign in with.")],
    role: Annotated[list[str] | None, typer.Option(help="A role; may be repeated. Unnamed: that of newcomers.")] = None,
    email: Annotated[str | None, typer.Option(help="Where its mail goes, where names are no addresses.")] = None,
    app: AppOption = None,
    data: Data = DATA,
    environment: EnvironmentOption = None,
) -> None:
    """Make an account. The password is asked for twice, or is the first line of the standard input.

    \b
    The first administrator, also before the service has ever started:
      buckler users add ada@example.com --role admin
    \b
    Of your own app, with a password from elsewhere:
      pass show ada | buckler users add ada@example.com --role editor --app main:app
    \b
    In production, with the settings of the service:
      BUCKLER_ENVIRONMENT=production BUCKLER_ORIGIN=https://api.example.com \\
        BUCKLER_MASTER_SECRET_FILE=/etc/buckler/secret \\
        buckler users add ada@example.com --role admin --app main:app --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.making_accounts import add_account

    made = add_account(app, data, environment, name, email, role, read_password)
    typer.echo(f"{plain(made.name)} is made, with {_words(sorted(made.roles))}. Its id: {made.id}")


@program.command("list")
def show(data: Data = DATA, as_json: Json = False) -> None:
    """Show every account, by name. Times are UTC; a name with odd characters is shown with them escaped."""
    require("accounts")
    from buckler.cli.installation import work

    async def step(at: "Installation") -> "list[ListedAccount]":
        from buckler.identity.administration.account_list import AccountList

        return await AccountList(at.database).everybody()

    found = work(data, step)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2))
    else:
        typer.echo("\n".join(table([_HEAD, *map(_row, found)])))


program.command("import")(import_accounts)


@program.command()
def disable(name: Name, data: Data = DATA) -> None:
    """Let nobody sign in with an account, and end all its sessions and tokens now."""

    async def step(administration: "Administration", account_id: str) -> None:
        from buckler.identity.administration.administration import OPERATOR

        await administration.disable(OPERATOR, account_id)

    _change(data, name, step)
    typer.echo(f"{plain(name)} is disabled; its sessions and tokens have ended.")


@program.command()
def enable(name: Name, data: Data = DATA) -> None:
    """Let the owner of an account sign in again, with the password as it was."""

    async def step(administration: "Administration", account_id: str) -> None:
        from buckler.identity.administration.administration import OPERATOR

        await administration.enable(OPERATOR, account_id)

    _change(data, name, step)
    typer.echo(f"{plain(name)} is enabled.")


@program.command("end-sessions")
def end_sessions(name: Name, data: Data = DATA) -> None:
    """Sign an account out everywhere. It may sign in again."""

    async def step(administration: "Administration", account_id: str) -> int:
        from buckler.identity.administration.administration import OPERATOR

        return await administration.end_sessions(OPERATOR, account_id)

    typer.echo(f"{plain(name)}: {_change(data, name, step)} sessions have ended, with every token.")


@program.command()
def roles(
    name: Name,
    give: Annotated[list[str] | None, typer.Option(metavar="ROLE", help="A role to give; may be repeated.")] = None,
    take: Annotated[list[str] | None, typer.Option(metavar="ROLE", help="A role to take; may be repeated.")] = None,
    app: AppOption = None,
    data: Data = DATA,
    environment: EnvironmentOption = None,
) -> None:
    """Show the roles of an account, or give and take some. What a role allows, the app says.

    A role that is taken ends the access tokens of the account; its sessions go on, with less.

    \b
    Show them:
      buckler users roles ada@example.com
    \b
    Give one and take one:
      buckler users roles ada@example.com --give editor --take reader --app main:app
    """
    require("accounts")
    from buckler.cli.changing_accounts import change_roles

    held = change_roles(app, data, environment, name, give or (), take or ())
    typer.echo(f"{plain(name)} has {_words(sorted(held))}.")


def read_password() -> str:
    """Asked for twice on a terminal, without showing it; else one line of the standard input."""
    if sys.stdin.isatty():
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


def _change(data: Path, name: str, step: Step[Result]) -> Result:
    """Do something to the account of this name."""
    require("accounts")
    from buckler.cli.changing_accounts import administer

    return administer(data, name, step)


def _row(account: "ListedAccount") -> tuple[str, ...]:
    from buckler.cli.times import shown_time

    state = "enabled" if account.disabled_at is None else f"disabled {shown_time(account.disabled_at)}"
    return account.name, state, ",".join(account.roles) or "-", shown_time(account.last_sign_in_at), account.id


def _words(names: Sequence[str]) -> str:
    return f"the roles {', '.join(map(plain, names))}" if names else "no role"
