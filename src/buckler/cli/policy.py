"""The commands `buckler policy`: what each route of an app asks, who may, and why a request was refused.

The app is built and not started: no database is opened and nobody is answered.
"""

import shutil
import sys
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer
from typer.core import TyperGroup

from buckler.cli.extras import require
from buckler.cli.options import DATA, Data, EnvironmentOption
from buckler.cli.tables import fitted
from buckler.principal import Kind
from buckler.redact import plain

Format = Literal["terminal", "markdown", "json"]
_SHOW: Final = "show"
_PIECE: Final = 200
_CALL: Final = "Write MODULE:APP METHOD PATH, or METHOD PATH for the reference service, as in: main:app GET /notes/7"


class _ShowsByDefault(TyperGroup):
    """Takes what is no command's name for the arguments of `show`: `buckler policy main:app`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if self._is_for_show(ctx, args):
            args = [_SHOW, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Also the options of `show`, which may stand here."""
        own, more = super().shell_complete(ctx, incomplete), self.commands[_SHOW].shell_complete(ctx, incomplete)
        known = {each.value for each in own}
        return [*own, *(each for each in more if each.value not in known)]

    def _is_for_show(self, ctx: Any, args: list[str]) -> bool:
        if not args:
            return not ctx.resilient_parsing
        return args[0] not in self.commands and args[0] not in ctx.help_option_names


program = typer.Typer(
    cls=_ShowsByDefault,
    help="""Who may what: show, explain.

    \b
    The reference service, or your own app:
      buckler policy
      buckler policy main:app --matrix
    \b
    Keep it beside the code, and let the build fail when it changes unseen:
      buckler policy main:app --write policy.json
      buckler policy main:app --check policy.json
    \b
    Why is that a 403?
      buckler policy explain main:app GET /notes/7 --role editor
    """,
    rich_markup_mode=None,
)

Words = Annotated[
    list[str] | None, typer.Argument(metavar="[MODULE:APP] METHOD PATH | LOGFILE", help="What to ask about.")
]


@program.command(_SHOW)
def show(
    app: Annotated[
        str | None, typer.Argument(metavar="MODULE:APP", help="Your app; without it, the reference service.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = "terminal",
    matrix: Annotated[bool, typer.Option("--matrix", help="Print who may what, by role.")] = False,
    write: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to FILE, .json or .md.")] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare FILE, a .json, with the app: 1 where they differ.")
    ] = None,
    data: Data = DATA,
    environment: EnvironmentOption = None,
) -> None:
    """Print what each route asks. The word `show` may be left out.

    \b
    Every route with its requirement, and the table of roles:
      buckler policy main:app
      buckler policy main:app --matrix
    \b
    Write it down, and compare:
      buckler policy main:app --write policy.json
      buckler policy main:app --check policy.json
    """
    if write is not None and check is not None:
        raise typer.BadParameter("--write and --check exclude each other: compare first, and write what you accept.")
    require(*(("accounts",) if app is None else ()))
    from buckler.cli import policy_file
    from buckler.cli.built_app import built

    for file in (write, check):
        if file is not None:
            policy_file.check_name(file)
    if check is not None:
        policy_file.check_comparable(check)
    policy = built(app, data, environment).policy()
    if write is not None:
        policy_file.write(write, policy)
        typer.echo(f"{plain(str(write))} has the policy of {len(policy.routes)} routes.")
    elif check is not None:
        _compare(check, policy_file.difference(check, policy), app)
    else:
        typer.echo(_printed(policy, form, matrix), nl=False)


@program.command()
def explain(
    words: Words = None,
    request: Annotated[
        str | None, typer.Option(metavar="ID", help="Tell the story of this request, from LOGFILE or the input.")
    ] = None,
    role: Annotated[list[str] | None, typer.Option(help="A role of the caller; may be repeated.")] = None,
    permission: Annotated[list[str] | None, typer.Option(help="A permission beside; may be repeated.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="What the caller is; unnamed, a person.")] = None,
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Nobody is signed in; so it is unless told.")] = False,
    data: Data = DATA,
    environment: EnvironmentOption = None,
) -> None:
    """Say why a request would be allowed or refused, or why one was.

    \b
    What would an editor meet, who has just signed in?
      buckler policy explain main:app GET /notes/7 --role editor
    \b
    And a service that holds one permission, or nobody?
      buckler policy explain main:app POST /reports --kind service --permission reports:write
      buckler policy explain main:app WEBSOCKET /live --anonymous
    \b
    What became of a request, by the request_id of its answer:
      buckler policy explain --request 0d0b6f1c2c1f4b7a9a52f8f1f3a8c9de service.log
      journalctl -u api -o cat | buckler policy explain --request 0d0b6f1c2c1f4b7a9a52f8f1f3a8c9de -
    """
    if request is not None:
        _tell_story(request, words or [])
        return
    named = bool(role or permission or kind)
    if anonymous and named:
        raise typer.BadParameter("--anonymous is nobody: leave it out, or drop --role, --permission and --kind.")
    if len(words or ()) not in (2, 3):
        raise typer.BadParameter(_CALL)
    *target, method, path = words or []
    if method.upper() == method.lower() or not path.startswith("/"):
        raise typer.BadParameter(_CALL)
    require(*(() if target else ("accounts",)))
    from buckler.cli.asked_caller import caller_of
    from buckler.cli.built_app import built

    buckler = built(next(iter(target), None), data, environment)
    caller = caller_of(buckler.policy(), role or (), permission or (), kind or "person") if named else None
    for line in str(buckler.explain(method.upper(), path, caller)).split("\n"):
        # In pieces: `plain` cuts what is long, and a reason may be.
        typer.echo("".join(plain(line[begun : begun + _PIECE]) for begun in range(0, len(line), _PIECE)))


def _printed(policy: Any, form: Format, matrix: bool) -> str:
    from buckler.access.policy.markdown import as_markdown
    from buckler.access.policy.tables import ROUTES, matrix_head, matrix_rows, route_rows

    if form == "json":
        return str(policy.as_json())
    if form == "markdown":
        return as_markdown(policy)
    rows = [matrix_head(policy), *matrix_rows(policy)] if matrix else [ROUTES, *route_rows(policy)]
    return "\n".join(fitted(rows, shutil.get_terminal_size((0, 0)).columns)) + "\n"


def _compare(file: Path, difference: list[str], app: str | None) -> None:
    if not difference:
        typer.echo(f"{plain(str(file))} is the policy of the app as it is.")
        return
    for line in difference:
        typer.echo(line)
    words = ["buckler", "policy", *(() if app is None else (app,)), "--write", str(file)]
    typer.echo(
        f"\nThe app is no longer what {file} says. Read what changed; to accept it:\n  {' '.join(words)}", err=True
    )
    raise typer.Exit(1)


def _tell_story(request: str, words: list[str]) -> None:
    from buckler.cli.request_story import story, unknown

    if len(words) > 1:
        raise typer.BadParameter("With --request there is one LOGFILE, or - for the standard input.")
    source = words[0] if words else "-"
    try:
        if source == "-":
            told = story(sys.stdin, request)
        else:
            with Path(source).open(encoding="utf-8", errors="replace") as lines:
                told = story(lines, request)
    except OSError as failure:
        raise typer.BadParameter(f"{plain(source)} cannot be read ({failure.strerror or failure}).") from failure
    if not told:
        typer.echo(unknown(request, "the input" if source == "-" else source), err=True)
        raise typer.Exit(1)
    typer.echo("\n".join(told))
