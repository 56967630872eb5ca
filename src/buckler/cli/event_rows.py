"""The commands that show what is kept: `buckler events tail` and `buckler events search`."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from buckler.cli.extras import require
from buckler.cli.options import DATA, Data, Json
from buckler.cli.times import read_time, shown_time
from buckler.clock import SystemClock
from buckler.errors import ConfigurationError
from buckler.events.vocabulary import CATALOGUE
from buckler.redact import plain

if TYPE_CHECKING:
    from buckler.cli.kept_log import Log
    from buckler.events.journal.reading import Found, Wanted

LOOKS: Final = 0.5
"""Seconds between two looks of `--follow`."""
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="From then on: 2h (ago), 2026-01-31, or 2026-01-31T08:00Z. In UTC.")
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Until then; a day counts whole.")]
Lines = Annotated[int, typer.Option("--lines", "-n", min=0, max=100_000, help="How many.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000_000, help="The newest so many.")]
STRANGE: Final = "it has values of a kind that we never write"
_ID: Final = re.compile("[0-9a-f]{32}")
_TOLD: Final = frozenset({"at", "event", "level"})
_CHECK: Final = "Whether rows were changed or taken out: buckler events verify"


@dataclass(slots=True)
class Printed:
    """What a command has printed."""

    as_json: bool
    faults: int = 0
    """Rows among it that do not hold."""

    def show(self, found: "Iterable[Found]") -> None:
        """Print rows, each on its line."""
        for each in found:
            typer.echo(json.dumps(members_shown(each)) if self.as_json else line_shown(each))
            self.faults += each.fault is not None

    async def show_strange(self, log: "Log") -> None:
        """Tell of the rows that cannot be read, whatever was asked for."""
        from buckler.events.journal.form import strange_rows

        async with log.database.reading() as connection:
            positions = await strange_rows(connection)
        for each in positions:
            members = {"position": each, "holds": False, "fault": STRANGE}
            told = f"! (the row at position {each} does not hold: {STRANGE})"
            typer.echo(json.dumps(members) if self.as_json else told)
        self.faults += len(positions)

    def end(self) -> None:
        """Raises `typer.Exit` with 1 where a row does not hold."""
        if self.faults:
            raise typer.Exit(1)


def tail(
    lines: Lines = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as events come; end with Ctrl-C.")] = False,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Show the newest events that are kept in the database, the oldest of them first. Times are UTC.

    A line that begins with ! is a row that does not hold: somebody edited it, or put it in. Then the exit code is 1.
    The settings of a start are counted; for all of them, and for `cut` and `jq`, use --json.

    \b
    What happened last, and what happens:
      buckler events tail --data /var/lib/app
      buckler events tail -n 5 --follow --data /var/lib/app
    \b
    For a program, a JSON line an event:
      buckler events tail --json --data /var/lib/app
    """
    require("accounts")
    from buckler.cli.kept_log import read_log

    async def step(log: "Log") -> None:
        async def wait() -> None:
            await asyncio.sleep(LOOKS)

        last = await _show_newest(log, lines, printed)
        await printed.show_strange(log)
        if follow:
            await followed(log, last, wait, printed)

    printed = Printed(as_json)
    with suppress(KeyboardInterrupt):
        read_log(data, step)
    printed.end()


def search(
    event: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Of this kind; may be repeated.")] = None,
    account: Annotated[str | None, typer.Option(metavar="WHO", help="About this account: its name, or its id.")] = None,
    by: Annotated[str | None, typer.Option(metavar="WHO", help="Done by this account, or by `operator`.")] = None,
    client: Annotated[str | None, typer.Option(metavar="ADDRESS", help="From there: an address or a network.")] = None,
    since: Since = None,
    until: Until = None,
    text: Annotated[str | None, typer.Option(metavar="WORDS", help="Anywhere in it, in capitals or not.")] = None,
    limit: Limit = 1000,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Find events among those that are kept: all that is asked must fit. Times are UTC.

    A row is found by its text and by its columns, so nothing is hidden by editing one of them; a line that begins
    with ! is a row that does not hold, and makes the exit code 1. An account that was erased is found by its id.

    \b
    Who tried to sign in as Ada since yesterday, and from where?
      buckler events search --account ada@example.com --event authn_login_fail --since 1d
    \b
    What did administrators do in January?
      buckler events search --event authz_admin --since 2026-01-01 --until 2026-01-31
    \b
    Everything from a network, for a program:
      buckler events search --client 203.0.113.0/24 --json
    """
    require("accounts")
    from buckler.cli.kept_log import read_log

    wanted = wanted_of(event or (), client, since, until, text)

    async def step(log: "Log") -> "list[Found]":
        asked = await _with_accounts(log, wanted, account, by)
        found = await _newest(log, asked, limit + 1)
        printed.show(found[-limit:])
        await printed.show_strange(log)
        if not found:
            _judge_name("--account", account, asked.account)
            _judge_name("--by", by, asked.by)
        return found

    printed = Printed(as_json)
    found = read_log(data, step)
    more = f", and there are more: --limit {limit * 10}" if len(found) > limit else ""
    typer.echo(f"{min(len(found), limit)} found{more}. {_CHECK}", err=True)
    printed.end()


def wanted_of(
    names: Iterable[str], client: str | None, since: str | None, until: str | None, text: str | None
) -> "Wanted":
    """What somebody looks for. Raises `typer.BadParameter`."""
    from buckler.events.journal.reading import Wanted

    network = None
    if client is not None:
        try:
            network = ip_network(client, strict=False)
        except ValueError:
            raise typer.BadParameter(
                f"--client {plain(client)}: name an address, or a network as in 10.0.0.0/8."
            ) from None
    now = SystemClock().now()
    return Wanted(
        names=tuple(map(_known, names)),
        client=network,
        since=_moment("--since", since, now),
        until=_moment("--until", until, now),
        text=text,
    )


async def followed(log: "Log", last: int, wait: Callable[[], Awaitable[None]], printed: Printed) -> None:
    """Show what comes behind the position `last`, a look after each `wait`, until that raises."""
    from buckler.events.journal.reading import Wanted, rows_found

    while True:
        await wait()
        async with log.database.reading() as connection:
            found = [each async for each in rows_found(connection, log.key, Wanted(), after=last)]
        last = found[-1].position if found else last
        printed.show(found)


def line_shown(found: "Found") -> str:
    """A row on one line, for a person."""
    about = {name: value for name, value in found.members.items() if name not in _TOLD}
    parts = [shown_time(found.at // 1000), plain(str(found.members.get("level", "-"))), plain(found.name)]
    parts += [f"{plain(name)}={_value(name, value)}" for name, value in about.items()]
    if found.emptied_at is not None:
        parts.append(f"(emptied {shown_time(found.emptied_at // 1000)})")
    if found.fault is None:
        return "  " + "  ".join(parts)
    return "! " + "  ".join([*parts, f"(row {plain(found.row)} does not hold: {found.fault})"])


def members_shown(found: "Found") -> dict[str, object]:
    """A row for a program: what it says, where it stands, and whether it holds."""
    place: dict[str, object] = {"row": found.row, "batch": found.batch, "holds": found.fault is None}
    if found.fault is not None:
        place |= {"fault": found.fault, "columns": {"at": found.at, "event": found.name, "account": found.account}}
    if found.emptied_at is not None:
        place["emptied_at"] = found.emptied_at
    return {**found.members, **place}


async def _show_newest(log: "Log", lines: int, printed: Printed) -> int:
    """Show so many; the position of the last row that there is."""
    from buckler.events.journal.reading import Wanted

    found = await _newest(log, Wanted(), max(lines, 1))
    printed.show(found if lines else [])
    return found[-1].position if found else 0


async def _newest(log: "Log", wanted: "Wanted", most: int) -> "list[Found]":
    """The newest of those that fit, the oldest of them first."""
    from buckler.events.journal.reading import rows_found

    found: list[Found] = []
    async with (
        log.database.reading() as connection,
        aclosing(rows_found(connection, log.key, wanted, newest_first=True)) as rows,
    ):
        async for each in rows:
            found.append(each)
            if len(found) >= most:
                break
    return found[::-1]


async def _with_accounts(log: "Log", wanted: "Wanted", account: str | None, by: str | None) -> "Wanted":
    return replace(wanted, account=await _id_of(log, account), by=await _id_of(log, by))


async def _id_of(log: "Log", name: str | None) -> str | None:
    """The id of the account of this name; what is none is taken as an id, of one that may be gone."""
    from buckler.identity.account_store import AccountStore
    from buckler.identity.login_names import InvalidName

    if name is None:
        return None
    try:
        found = await AccountStore(log.database).find(name)
    except InvalidName:
        found = None
    return name if found is None else found.id


def _judge_name(option: str, name: str | None, sought: str | None) -> None:
    """Whether there could be events of whom nothing was found. Raises `ConfigurationError`."""
    from buckler.identity.administration.administration import OPERATOR

    is_operator = option == "--by" and name == str(OPERATOR)
    if name is None or sought != name or is_operator or _ID.fullmatch(name):
        return
    raise ConfigurationError(
        f"{option} {plain(name)}: there is no account of that name. One that was erased is searched by its id, which"
        " the event user_deleted tells."
    )


def _known(name: str) -> str:
    if name in CATALOGUE:
        return name
    near = get_close_matches(name, CATALOGUE, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise typer.BadParameter(f"--event {plain(name)}: there is none of that name.{guess} See: buckler events catalogue")


def _moment(option: str, text: str | None, now: float) -> int | None:
    if text is None:
        return None
    try:
        return read_time(text, now, end=option == "--until")
    except (ValueError, OverflowError):
        told = f"{option} {plain(text)}: write 2h or 7d (ago), a day as in 2026-01-31, or 2026-01-31T08:00Z."
        raise typer.BadParameter(told) from None


def _value(name: str, value: object) -> str:
    if name == "settings" and isinstance(value, list):
        # Those of a start are some hundred characters, in which the events around it are lost.
        return f"{len(cast('list[object]', value))} said"
    if isinstance(value, str) and value and not set(value) & set(" \"'="):
        return plain(value)
    return plain(json.dumps(value))
