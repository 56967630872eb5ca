"""Looking for accounts as a person does: a part of a name or an address, a role, and whether it may sign in.

Everything that is typed is a value and never SQL, and `%` stands for itself. A look reads rows until a page is full:
whatever nobody has makes it read all of them, as only who may read accounts can ask for.
"""

import json
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, Text, func, or_, type_coerce

from buckler.errors import BucklerError
from buckler.identity.administration.account_list import LISTING
from buckler.input import look_alikes
from buckler.input.query.columns import LONGEST_TEXT
from buckler.input.query.cursors import read_cursor
from buckler.input.query.like import contains
from buckler.input.query.pages import PageQuery
from buckler.storage.database.tables import AccountRow

State = Literal["enabled", "disabled"]
ORDERS: Final = {"name": "name", "newest": "-created_at", "oldest": "created_at"}
"""For each word the order in the terms of the list."""


class CursorRefused(BucklerError):
    """A text that is not the end of any page of this search."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; all of it at once. Empty: everybody."""

    text: str | None = None
    """Anywhere in the name or the address, in capitals or not."""
    role: str | None = None
    state: State | None = None
    order: str = "name"
    """One of `ORDERS`."""


def searched(search: Search, cursor: str | None, size: int) -> PageQuery:
    """The page of a search that begins behind `cursor`. Raises `CursorRefused`."""
    order = LISTING.order(ORDERS[search.order])
    if order is None:
        raise CursorRefused("There is no such order.")
    conditions = _conditions(search)
    if cursor is not None:
        place = read_cursor(order, cursor)
        if place is None:
            raise CursorRefused("This is no place in the list in this order.")
        conditions.append(order.after(place))
    return PageQuery(order, size, tuple(conditions))


def can_be_found(text: str) -> bool:
    """Whether a text can be looked for: one letter may stand for eighteen (NFKC), and for more that look like it."""
    return len(_key(text)) <= LONGEST_TEXT


def _key(text: str) -> str:
    # A key has no capitals, and finds what looks alike.
    return look_alikes.key(unicodedata.normalize("NFKC", text))


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.text is not None:
        # SQLite compares letters of ASCII alone without regard to capitals.
        key = _key(search.text)
        said = contains(AccountRow.name, search.text), contains(AccountRow.email, search.text)
        found.append(or_(*said, contains(AccountRow.name_key, key)) if key else or_(*said))
    if search.role is not None:
        # As the list is written: a name in quotes is a whole member of it.
        written = type_coerce(AccountRow.roles, Text)
        found.append(func.instr(written, json.dumps(search.role)) > 0)
    if search.state is not None:
        is_disabled = AccountRow.disabled_at.is_not(None)
        found.append(is_disabled if search.state == "disabled" else AccountRow.disabled_at.is_(None))
    return found
