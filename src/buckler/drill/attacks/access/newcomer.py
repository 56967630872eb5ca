"""Registering with more than the form asks for: what became of it, and the account as the app then shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

from buckler.drill.arriving.asking import done
from buckler.drill.attacks.access.evidence import record_in
from buckler.drill.attacks.access.extras import with_more
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Part
from buckler.drill.people.filling import filled, schema_of
from buckler.drill.people.harm import account_slots
from buckler.drill.people.identity import Account, Identity
from buckler.drill.people.invented import KINDS, Person
from buckler.drill.plan.route import in_order
from buckler.drill.preparing.oneself import who_am_i
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request
from buckler.drill.transport.secrets import label

_MOST_TRIES: Final = 3
_IDS: Final = ("id", "user_id", "uuid", "account_id", "_id")


@dataclass(frozen=True, slots=True)
class Made:
    """What came of one registration."""

    exchange: Exchange
    person: Person
    password: str = ""
    """What was chosen with it."""
    identity: Identity | None = None
    """The account, signed in; None where it was not made, or is not let in."""
    shown: Exchange | None = None
    """What the app says to it of itself, or of the account of this name."""

    @property
    def record(self) -> Mapping[str, object]:
        """The fields of the account and its lists of words, as it is told them."""
        told = self.shown.answer.json() if self.shown is not None and self.shown.answer.worked else None
        return {**record_in(self.exchange.answer.json()), **record_in(told)}


class Registry:
    """Registers people as the entry of the app says. Numbers tell them apart, whichever attack they came for."""

    def __init__(self, on: Engagement) -> None:
        self._on = on

    async def plain(self) -> Made | None:
        """Somebody with what the form asks for alone; None where nobody can be made so."""
        person = Person.anew({})
        for _ in range(_MOST_TRIES):
            made = await self.register(person, {})
            if made is None or done(made.exchange.answer):
                return made
            person = person.otherwise(KINDS)
        return None

    async def register(self, person: Person, extras: Mapping[str, object]) -> Made | None:
        """Somebody, with these fields beside; None where the app registers nobody."""
        on, entry = self._on, self._on.cast.entry
        if entry is None or entry.register is None or not on.may_send("POST"):
            return None
        step, schemas = entry.register, on.setting.document.schemas
        name = person.name(schema_of(step, "name", schemas))
        email = person.email(schema_of(step, "email", schemas))
        password = person.password(schema_of(step, "password", schemas))
        values: dict[Part, str] = {"name": name, "email": email, "password": password, "password_again": password}
        who = Identity(self._name(), None, (), on.fresh_address())
        on.secrets.keep(password, f"PASSWORD_{label(who.name)}")
        draft = filled(step, values, on.setting.document, on.samples)
        exchange = await on.ask(with_more(on, draft, extras).request(), who)
        if not done(exchange.answer):
            return Made(exchange, person, password)
        account = Account(name if "name" in step.fields else email, password, email)
        return await self._entered(exchange, person, Identity(who.name, "", (), who.address, account))

    def _name(self) -> str:
        taken = self._on.secrets.names
        number = next(each for each in count(1) if f"PASSWORD_REGISTERED_{each}" not in taken)
        return f"registered {number}"

    async def _entered(self, exchange: Exchange, person: Person, who: Identity) -> Made:
        found = await self._on.cast.newcomers.sign_in(who)
        me = who_am_i(self._on)
        password = who.account.password if who.account is not None else ""
        if found is None:
            return Made(exchange, person, password, found)
        if me is None:
            return Made(exchange, person, password, found, await self._by_its_name(exchange, found))
        return Made(exchange, person, password, found, await self._on.ask(Request("GET", me.path), found))

    async def _by_its_name(self, made: Exchange, who: Identity) -> Exchange | None:
        """The account as a route shows it that names accounts, by its name or the id that the app answered with."""
        on, account = self._on, who.account
        told = [value for name, value in record_in(made.answer.json()).items() if name in _IDS]
        names = [*(() if account is None else (account.name, account.email)), *told]
        for route in on.routes:
            slots = account_slots(route, in_order(route))
            if route.method != "GET" or len(route.params) != 1 or len(slots) != 1:
                continue
            for name in filter(None, map(str, names)):
                shown = await on.ask(draft_for(on, route, who).put(slots[0], name).request(), who)
                if shown.answer.worked and account is not None and shown.answer.tells(account.name):
                    return shown
        return None
