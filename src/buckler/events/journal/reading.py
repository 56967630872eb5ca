"""Reading what is kept: the newest rows, and those that somebody looks for.

1. A row is found by what its text says or by what its columns say, so whoever edits one of them hides nothing.
2. Each is judged as it is read. One that does not hold is told with its fault, and never left out.
3. A row of no form of ours cannot be read; `form.py` finds those, and whoever shows rows tells of them.
4. What is no longer there at all nobody finds here: that is for `verification.py`.
"""

import json
import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.events.journal.form import ROW_OF_OURS
from buckler.events.journal.log_key import LogKey
from buckler.events.journal.said import is_emptied_by_us, said_by
from buckler.events.lines import Stamps
from buckler.storage.database.tables import EventRow

PAGE: Final = 1000
_STAMP_AT, _STAMP_LONG = 8, 29
"""Every text begins with its moment: where it stands, from 1, and how long it is."""
_DEEPEST: Final = 64
"""Brackets within brackets; ours have three."""
_PLAIN: Final = re.compile("[A-Za-z0-9@._-]+")
"""Letters that stand in a row as they are, whoever wrote its text."""
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; all of it at once. Empty: everything."""

    names: tuple[str, ...] = ()
    account: str | None = None
    """Its id."""
    by: str | None = None
    """Who did it: the `by` or the caller of an event."""
    client: Network | None = None
    since: int | None = None
    """Milliseconds since 1970-01-01 UTC, itself included."""
    until: int | None = None
    """The same, and no longer included."""
    text: str | None = None
    """Anywhere in what the event says, in capitals or not."""


@dataclass(frozen=True, slots=True)
class Found:
    """A row as it was read."""

    position: int
    row: str
    """Its writer and its number, as the line in the log has it too."""
    batch: int | None
    """None: it stands in none yet."""
    at: int
    name: str
    """By its column, as `at`."""
    account: str | None
    mac: bytes
    body: str
    members: Mapping[str, object]
    """What its text says; empty where that cannot be read."""
    emptied_at: int | None
    emptied_mac: bytes | None
    fault: str | None
    """Why it does not hold; None where it does."""


async def rows_found(
    connection: AsyncConnection, key: LogKey, wanted: Wanted, *, newest_first: bool = False, after: int = 0
) -> AsyncGenerator[Found]:
    """The rows that fit, in the order of their commits; those behind the position `after` alone."""
    query = select(EventRow).where(ROW_OF_OURS, *superset(wanted)).limit(PAGE)
    query = query.order_by(EventRow.position.desc() if newest_first else EventRow.position)
    edge: int | None = None if newest_first else after
    while True:
        beyond = () if edge is None else (_beyond(edge, newest_first),)
        page = (await connection.execute(query.where(EventRow.position > after, *beyond))).all()
        for each in page:
            found = read(each, key)
            if fits(found, wanted):
                yield found
        if len(page) < PAGE:
            return
        edge = page[-1].position


def read(row: Any, key: LogKey) -> Found:
    """A row of the table, judged."""
    return Found(
        position=row.position, row=f"{row.writer}:{row.sequence}", batch=row.batch, at=row.at, name=str(row.name),
        account=row.account_id, mac=row.mac, body=row.body, members=_members(row.body), emptied_at=row.emptied_at,
        emptied_mac=row.emptied_mac, fault=_fault(row, key),
    )  # fmt: skip


def _fault(row: Any, key: LogKey) -> str | None:
    if row.emptied_at is not None:
        return None if is_emptied_by_us(row, key) else "it was emptied, and not by us"
    said = said_by(row, key)
    if said is None:
        return "it is not what was written: it was edited, or put in"
    return None if said.agrees_with(row) else "its columns for searching were edited"


def _members(body: str) -> Mapping[str, object]:
    try:
        found: object = json.loads(body) if body else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    members = cast("Mapping[str, object]", found)
    return members if _is_flat(members, body) else {}


def _is_flat(members: Mapping[str, object], body: str) -> bool:
    """Whether whoever writes it again comes through: Python stops at what is nested too deep, and none of ours is."""
    if body.count("[") + body.count("{") <= _DEEPEST:
        return True
    level: list[object] = [members]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _within(each)]
        if not level:
            return True
    return False


def _within(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def _beyond(edge: int, newest_first: bool) -> ColumnElement[bool]:
    return EventRow.position < edge if newest_first else EventRow.position > edge


def superset(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What the database can leave out: by columns and texts together, as either may have been edited."""
    parts: list[ColumnElement[bool]] = []
    if wanted.names:
        said = [_says("event", name) for name in wanted.names]
        parts.append(or_(EventRow.name.in_(wanted.names), *said))
    if wanted.account is not None:
        parts.append(or_(EventRow.account_id == wanted.account, _says("account", wanted.account)))
    stamp, told = Stamps(), func.substr(EventRow.body, _STAMP_AT, _STAMP_LONG)
    if wanted.since is not None:
        parts.append(or_(EventRow.at >= wanted.since, told >= stamp(max(wanted.since - 1, 0) / 1000)))
    if wanted.until is not None:
        text = and_(EventRow.body != "", told <= stamp((wanted.until + 1) / 1000))
        parts.append(or_(EventRow.at < wanted.until, text))
    if wanted.text is not None and _PLAIN.fullmatch(wanted.text):
        # What is written with \u may be the capital of anything.
        plain = func.instr(func.lower(EventRow.body), wanted.text.lower()) > 0
        parts.append(or_(plain, func.instr(EventRow.body, "\\u") > 0))
    return parts


def _says(member: str, value: str) -> ColumnElement[bool]:
    return func.instr(EventRow.body, f'"{member}":{json.dumps(value)}') > 0


def fits(found: Found, wanted: Wanted) -> bool:
    """Whether a row is one of those that are looked for."""
    says = found.members
    # A text that was put in may say anything: a list is no name, and cannot be looked for in a set of them.
    if wanted.names and found.name not in wanted.names and says.get("event") not in wanted.names:
        return False
    if wanted.account is not None and wanted.account not in (found.account, says.get("account")):
        return False
    if wanted.by is not None and wanted.by not in (says.get("by"), says.get("who")):
        return False
    if wanted.client is not None and not _is_within(says.get("client"), wanted.client):
        return False
    return wanted.text is None or wanted.text.casefold() in _words(found).casefold()


def _is_within(client: object, network: Network) -> bool:
    try:
        address = ip_address(str(client))
    except ValueError:
        return False
    return address.version == network.version and address in network


def _words(found: Found) -> str:
    return json.dumps(found.members, ensure_ascii=False) if found.members else found.body
