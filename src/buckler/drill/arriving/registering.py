"""Making accounts at an app's own door.

1. A person is invented; what the app says against a field leads to another name, address or password, a few times.
2. An answer that cannot be mended so ends it: the reason stays for the report, and no account is assumed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from buckler.drill.arriving.knocking import Knocking
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part
from buckler.drill.people.filling import schema_of
from buckler.drill.people.identity import Account, Identity
from buckler.drill.people.invented import KINDS, Kind, Person
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.secrets import label

_MOST_TRIES: Final = 6
_TAKEN: Final = re.compile(r"exist|taken|already|in use|duplicate|unique", re.IGNORECASE)
_WORDS: Final[Mapping[Kind, re.Pattern[str]]] = {
    "password": re.compile(r"passw|passphrase|\b(pin|pwd?)\b", re.IGNORECASE),
    "email": re.compile(r"e-?mail|mail address", re.IGNORECASE),
    "name": re.compile(r"user ?_?name|\bname\b|phone", re.IGNORECASE),
}
_IDS: Final = ("id", "user_id", "userId", "uuid", "uid", "sub", "_id", "pk", "account_id")


@dataclass(frozen=True, slots=True)
class Registered:
    """An account that an app made, and how it said so."""

    account: Account
    handle: str
    """The name that was given beside the address; one of the two is what one signs in with."""
    exchange: Exchange


@dataclass(slots=True)
class Registering:
    """Makes accounts. What worked for one is tried first for the next."""

    on: Engagement
    door: Knocking
    why: str = ""
    """Why the last try came to nothing."""
    last: Exchange | None = None
    """What was asked last, and what became of it."""
    _styles: Mapping[Kind, int] = field(default_factory=dict[Kind, int])

    async def make(self, who: Identity) -> Registered | None:
        """A new account, asked for as `who`, who shows nothing."""
        person = Person.anew(self._styles)
        for _ in range(_MOST_TRIES):
            account, exchange = await self._ask(person, who)
            if _was_made(exchange.answer):
                self._styles = person.styles
                return Registered(account, account.name, exchange)
            self.why = f"{self.door.step.route.key} answered {_said(exchange.answer)}"
            blamed = self._blamed(exchange.answer)
            if blamed is None:
                return None
            person = person.otherwise(blamed)
            if person.is_exhausted:
                return None
        return None

    async def _ask(self, person: Person, who: Identity) -> tuple[Account, Exchange]:
        schemas, step = self.on.setting.document.schemas, self.door.step
        name = person.name(schema_of(step, "name", schemas))
        email = person.email(schema_of(step, "email", schemas))
        password = person.password(schema_of(step, "password", schemas))
        self.on.secrets.keep(password, f"PASSWORD_{label(who.name)}")
        values: dict[Part, str] = {"name": name, "email": email, "password": password, "password_again": password}
        exchange = self.last = await self.door.ask(values, who)
        return Account(name if "name" in self.door.step.fields else email, password, email), exchange

    def _blamed(self, answer: Answer) -> tuple[Kind, ...] | None:
        """Which of what was given is to be another; None where nothing of it would help."""
        if answer.meant == 409 or (answer.meant in (400, 422) and _TAKEN.search(answer.text)):
            return ()
        if answer.meant not in (400, 422):
            return None
        places = set(_places(answer.json()))
        parts = [part for part, way in self.door.step.fields.items() if way and way[-1] in places]
        if places and not parts:
            return None
        several: list[Kind] = [kind for kind in KINDS if kind in self.door.step.fields]
        named: list[Kind] = [
            kind for kind in several if kind in parts or (not parts and _WORDS[kind].search(answer.text))
        ]
        return tuple(named or several)


def id_in(said: object) -> str:
    """The id of whoever an answer is about; empty where it tells none."""
    for one in _people(said, 0):
        for name in _IDS:
            value = one.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
    return ""


def _people(said: object, depth: int) -> Iterator[Mapping[str, object]]:
    """The objects that may tell it: itself, and what it wraps, as in `{"user": {...}}`."""
    if isinstance(said, Mapping) and depth < 3:
        one = cast("Mapping[str, object]", said)
        yield one
        for name in ("user", "account", "data", "profile", "result", "me", "customer"):
            yield from _people(one.get(name), depth + 1)


def _was_made(answer: Answer) -> bool:
    return answer.worked or answer.leads_on


def _said(answer: Answer) -> str:
    if answer.failure:
        return f"nothing: {answer.failure}"
    return f"{answer.status} {answer.text[:160]}".replace("\n", " ").strip()


def _places(said: object) -> Iterator[str]:
    """The names of the fields that FastAPI says are wrong."""
    details = cast("Mapping[str, object]", said).get("detail") if isinstance(said, Mapping) else None
    for each in cast("list[object]", details) if isinstance(details, list) else []:
        way = cast("Mapping[str, object]", each).get("loc") if isinstance(each, Mapping) else None
        if isinstance(way, list) and way:
            yield str(cast("list[object]", way)[-1])
