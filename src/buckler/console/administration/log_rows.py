"""Rows of the kept log as a page shows them: what happened in words, and every field that an event has."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from buckler.console.administration.log_words import told_event
from buckler.events.journal.reading import Found
from buckler.redact import plain

_PEOPLE: Final = ("account", "by", "who")
_TOLD: Final = frozenset(("at", "event", "level"))
_LONGEST: Final = 2_000
"""Letters of one value; a row that was put in could have more."""
_TONES: Final[Mapping[str, Literal["bad", "warn", "quiet"]]] = {
    "CRITICAL": "bad", "ERROR": "bad", "WARNING": "warn",
}  # fmt: skip
_FAILED: Final = frozenset(("authn_login_fail", "authn_token_reuse"))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom an event names. `id` is None for what is no account, as `operator`."""

    name: str
    id: str | None
    is_known: bool
    """Whether there is such an account still."""


@dataclass(frozen=True, slots=True)
class ShownField:
    """One thing that an event says."""

    name: str
    text: str
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One event."""

    position: int
    row: str
    batch: int | None
    at: float
    """Seconds since 1970-01-01 UTC, by its own words."""
    name: str
    words: str
    tone: str
    account: Person | None
    by: Person | None
    client: str | None
    count: str | None
    """How many events it stands for, where it is more than one."""
    fields: tuple[ShownField, ...]
    emptied_at: float | None
    fault: str | None


def people_of(rows: Iterable[Found]) -> set[str]:
    """The ids of everybody whom these rows name."""
    named = (row.members.get(name) for row in rows for name in _PEOPLE)
    return {each for each in named if isinstance(each, str) and is_id(each)}


def shown_row(found: Found, names: Mapping[str, str] | None) -> ShownRow:
    """A row, with the names of the accounts that there are still; with ids alone where `names` is None."""
    says = found.members
    people = {name: _person(says.get(name), names) for name in _PEOPLE}
    level = says.get("level")
    tone = "bad" if found.name in _FAILED or found.fault else _TONES.get(str(level), "quiet")
    count, client = says.get("count"), says.get("client")
    by = people["by"] or people["who"]
    return ShownRow(
        position=found.position, row=found.row, batch=found.batch, at=found.at / 1000, name=plain(found.name),
        words=told_event(found.name, says), tone=tone, account=people["account"],
        by=None if by == people["account"] else by, client=plain(client) if isinstance(client, str) else None,
        count=str(count) if isinstance(count, int) and count > 1 else None,
        fields=tuple(_field(name, value, people) for name, value in says.items() if name not in _TOLD),
        emptied_at=None if found.emptied_at is None else found.emptied_at / 1000, fault=found.fault,
    )  # fmt: skip


def _field(name: str, value: object, people: Mapping[str, Person | None]) -> ShownField:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return ShownField(plain(name), plain(cut), people.get(name))


def _person(value: object, names: Mapping[str, str] | None) -> Person | None:
    if not isinstance(value, str) or not value:
        return None
    if names is None:
        return Person(plain(value), None, False)
    if value in names:
        return Person(names[value], value, True)
    # An id of ours without an account: it was erased. Anything else is a word, as `operator`.
    return Person(f"erased {value[:8]}", value, False) if is_id(value) else Person(plain(value), None, False)


def is_id(text: str) -> bool:
    """Whether it has the form of an account's id."""
    return len(text) == 32 and all(each in "0123456789abcdef" for each in text)
