"""What `buckler drill` can be told, said once."""

from pathlib import Path
from typing import Annotated, Final

import typer

from buckler.drill.bounds import Threshold
from buckler.drill.report_forms import ReportForm

HELP: Final = """Attack an app as somebody who knows who may do what, and report what worked that must not.

\b
Your app, in a copy of this folder, whether it has ever heard of Buckler or not, and a page to read:
  buckler drill main:app --output report.html
\b
It needs a setting, has fixed accounts, and an administrator:
  buckler drill main:app --env KEY=x --user ada:secret1 --user ben:secret2 --admin root:secret3
\b
Only whose objects can be reached by whom, or one attack:
  buckler drill main:app --only access
  buckler drill main:app --only D103
\b
A server that runs, and whose data may be lost:
  buckler drill http://localhost:8000 --writes
\b
In a pipeline, with what was accepted before:
  buckler drill main:app --policy policy.json --baseline drill.toml --output drill.sarif --require-coverage 50
\b
Our reference service, in this process, with a database that is thrown away:
  buckler drill --policy docs/policy/reference-service.json
"""

_WHO = "Who takes part"
_WHAT = "What is attacked"
_BOUNDS = "Bounds"
_REPORT = "Report"


def _offered(incomplete: str) -> list[tuple[str, str]]:
    """Late: no command should wait for what a drill needs."""
    from buckler.cli.drill.completion import attacks

    return attacks(incomplete)


Target = Annotated[
    str | None,
    typer.Argument(
        metavar="[MODULE:APP | URL]", help="Your app in this process, or a server. Unnamed: our own service."
    ),
]
OpenApi = Annotated[
    str | None,
    typer.Option(
        "--openapi",
        metavar="FILE|PATH",
        help="The document of a URL target. Unnamed: PATH /openapi.json.",
        rich_help_panel=_WHAT,
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="The committed policy that is the truth: buckler policy --write FILE.",
        rich_help_panel=_WHAT,
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="FAMILY|ID",
        help="Only these attacks, as in access or D103; may be repeated.",
        autocompletion=_offered,
        rich_help_panel=_WHAT,
    ),
]
Skip = Annotated[
    list[str] | None,
    typer.Option(
        "--skip",
        metavar="FAMILY|ID",
        help="None of these attacks; may be repeated.",
        autocompletion=_offered,
        rich_help_panel=_WHAT,
    ),
]
Env = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="NAME=VALUE",
        help="Said to the app before it is imported; {folder} is thrown away after.",
        rich_help_panel=_WHAT,
    ),
]
Identities = Annotated[
    Path | None,
    typer.Option(
        "--options", metavar="FILE", help="How one registers and signs in, and who: a TOML file.", rich_help_panel=_WHO
    ),
]
Login = Annotated[
    str | None,
    typer.Option(
        "--login", metavar="WORDS", help="How one signs in: 'POST /token form username password'.", rich_help_panel=_WHO
    ),
]
User = Annotated[
    list[str] | None,
    typer.Option(
        "--user",
        metavar="NAME:PASSWORD",
        help="An ordinary account that exists; may be repeated.",
        rich_help_panel=_WHO,
    ),
]
Admin = Annotated[
    str | None,
    typer.Option(
        "--admin", metavar="NAME:PASSWORD", help="An administrator's account that exists.", rich_help_panel=_WHO
    ),
]
Token = Annotated[
    list[str] | None,
    typer.Option(
        "--token",
        metavar="ROLE=VARIABLE",
        help="A token of somebody of ROLE, in this variable of the environment.",
        rich_help_panel=_WHO,
    ),
]
Mine = Annotated[
    list[str] | None,
    typer.Option(
        "--target-is-mine",
        metavar="HOST",
        help="A host beyond this machine that you may attack.",
        rich_help_panel=_BOUNDS,
    ),
]
Writes = Annotated[
    bool,
    typer.Option("--writes", help="Change things also where they are not thrown away after.", rich_help_panel=_BOUNDS),
]
BudgetTime = Annotated[str, typer.Option("--budget", metavar="TIME", help="As in 60s or 5m.", rich_help_panel=_BOUNDS)]
Requests = Annotated[int, typer.Option("--requests", min=1, help="At most so many.", rich_help_panel=_BOUNDS)]
Trust = Annotated[
    Path | None,
    typer.Option("--ca", metavar="FILE", help="Certificates that a URL target is trusted by.", rich_help_panel=_BOUNDS),
]
Insecure = Annotated[
    bool,
    typer.Option(
        "--insecure", help="Take any certificate of a URL target: it is judged all the same.", rich_help_panel=_BOUNDS
    ),
]
FailOn = Annotated[
    Threshold, typer.Option("--fail-on", help="The least severity that ends in exit code 1.", rich_help_panel=_REPORT)
]
Coverage = Annotated[
    int,
    typer.Option(
        "--require-coverage",
        metavar="PERCENT",
        min=0,
        max=100,
        help="Exit code 3 where fewer of the attacks could be judged; where none could, it is 3 in any case.",
        rich_help_panel=_REPORT,
    ),
]
Format = Annotated[ReportForm, typer.Option("--format", help="What is printed.", rich_help_panel=_REPORT)]
Output = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write it too: .html .json .sarif .xml .md; may be repeated.",
        rich_help_panel=_REPORT,
    ),
]
BaselineFile = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Findings that are accepted, each with a reason and a date.",
        rich_help_panel=_REPORT,
    ),
]
WriteBaseline = Annotated[
    Path | None,
    typer.Option(
        "--write-baseline",
        metavar="FILE",
        help="Write what is found as a baseline to fill in.",
        rich_help_panel=_REPORT,
    ),
]
ListAttacks = Annotated[
    bool, typer.Option("--list", help="Print every attack, and send nothing.", rich_help_panel=_REPORT)
]


def _print_schema(asked: bool) -> None:
    if asked:
        from buckler.drill.reports.as_json import schema_text

        typer.echo(schema_text(), nl=False)
        raise typer.Exit


PrintSchema = Annotated[
    bool,
    typer.Option(
        "--schema",
        callback=_print_schema,
        is_eager=True,
        help="Print the JSON Schema of --format json, and send nothing.",
        rich_help_panel=_REPORT,
    ),
]
