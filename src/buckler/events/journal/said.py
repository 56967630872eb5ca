"""What a row says by its text, which its MAC covers; its columns are copies for searching."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from buckler.events.journal.log_key import LogKey, same

_ROUNDING: Final = 1
"""Millisecond: a text and a number are rounded in ways of their own."""


@dataclass(frozen=True, slots=True)
class Said:
    """An event by its own words."""

    name: str
    account: str | None
    at: int
    """Milliseconds since 1970-01-01 UTC."""

    def agrees_with(self, row: Any) -> bool:
        """Whether the columns say the same."""
        return (self.name, self.account) == (row.name, row.account_id) and bool(abs(self.at - row.at) <= _ROUNDING)


def said_by(row: Any, key: LogKey) -> Said | None:
    """What the text of a row says; None where it is not what was written."""
    if not same(row.mac, key.entry(row.writer, row.sequence, row.body)):
        return None
    members = cast("dict[str, Any]", json.loads(row.body))
    account = members.get("account")
    at = round(datetime.fromisoformat(members["at"]).timestamp() * 1000)
    return Said(members["event"], account if isinstance(account, str) else None, at)


def is_emptied_by_us(row: Any, key: LogKey) -> bool:
    """Whether a row that is empty was emptied by whoever has the key."""
    return (
        row.emptied_mac is not None
        and row.body == ""
        and row.account_id is None
        and same(row.emptied_mac, key.emptied(row.mac, row.emptied_at))
    )
