"""What the log keeps about one account: for whoever it belongs to (GDPR article 15)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.events.journal.form import ROW_OF_OURS
from buckler.events.journal.log_key import LogKey
from buckler.events.journal.said import said_by
from buckler.storage.database.tables import EventRow

MOST: Final = 1000
"""The newest."""


@dataclass(frozen=True, slots=True)
class KeptAbout:
    """An event, as the one whom it is about sees it."""

    at: int
    """Seconds since 1970-01-01 UTC."""
    event: str
    client: str | None
    """The address of whoever caused it, where that was a request."""


async def kept_about(
    connection: AsyncConnection, key: LogKey, account_id: str, *, names: Collection[str] | None = None, most: int = MOST
) -> list[KeptAbout]:
    """The events of an account that hold, the newest first: those of these names, or all."""
    query = select(EventRow).where(EventRow.account_id == account_id, ROW_OF_OURS)
    if names is not None:
        query = query.where(EventRow.name.in_(names))
    found = (await connection.execute(query.order_by(EventRow.position.desc()).limit(most))).all()
    told: list[KeptAbout] = []
    for row in found:
        said = said_by(row, key)
        if said is not None and said.account == account_id:
            told.append(KeptAbout(said.at // 1000, said.name, _own_client(row.body, account_id)))
    return told


def _own_client(body: str, account_id: str) -> str | None:
    """Where it came from; None where somebody else did it, whose address is not this one's to see."""
    members = cast("dict[str, Any]", json.loads(body))
    actors = {members.get("by", account_id), members.get("who", account_id)}
    client = members.get("client")
    return client if isinstance(client, str) and actors <= {account_id, "itself", "one-time claim"} else None
