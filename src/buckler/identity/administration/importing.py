"""Accounts of another system, with the password hashes that it made: `buckler users import`.

1. Everything is judged before anything is kept: names and addresses by the rules of the app, look-alikes within the
   file and among the accounts that there are, roles, and what each hash would cost.
2. Then all of it is kept in one transaction, or nothing.
3. An address counts as proved only where the file says that it was confirmed. Another one is not kept: a name that
   is an address still gets mail.
4. Whoever has no password needs an address for the code with which one is chosen. Its hash fits no password.
5. A hash is kept as it came, sealed for its account, until the first sign-in replaces it.

No password is judged: nobody here knows one. At the first sign-in it is what it was.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.events.journal import Journal
from buckler.identity.account_store import Account, AccountStore
from buckler.identity.administration.administration import OPERATOR, Administration, RoleRefused, UnknownRole
from buckler.identity.login_names import InvalidName, LoginNames, address_key, name_key, shown_address
from buckler.identity.passwords.foreign_hash import ForeignHash, HashRefused
from buckler.identity.passwords.foreign_hashes import is_without_password, read
from buckler.identity.passwords.hashing import PasswordHashing
from buckler.identity.settings import AccountsSettings
from buckler.randomness import identifier
from buckler.storage.database import Database

_FILE: Final = "Keep one of the two."
_HERE: Final = "Take the line out, or give it another one: an account that exists is not changed."


@dataclass(frozen=True, slots=True)
class Record:
    """What one line says, not yet judged. `roles` is None where it says nothing of roles."""

    line: int
    name: str
    email: str | None
    hash: str = field(repr=False)
    roles: tuple[str, ...] | None
    confirmed: bool
    disabled: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line cannot be imported, and what to do. Never the hash."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A line that is good. `hash` is None where nobody has a password."""

    name: str
    address: str | None
    hash: ForeignHash | None
    roles: frozenset[str]
    disabled: bool


@dataclass(slots=True)
class Judged:
    """What a file comes to. `unconfirmed` counts the addresses that are not kept."""

    newcomers: list[Newcomer] = field(default_factory=list[Newcomer])
    faults: list[Fault] = field(default_factory=list[Fault])
    unconfirmed: int = 0
    lacks_roles: bool = False
    """Whether a line names a role that this app does not have."""

    @property
    def kinds(self) -> list[tuple[str, int, int]]:
        """Each kind of hash, how many have it, and how many of those are weak; the most frequent first."""
        hashes = [each.hash for each in self.newcomers if each.hash is not None]
        weak = Counter(each.kind for each in hashes if each.is_weak)
        return [(kind, count, weak[kind]) for kind, count in Counter(each.kind for each in hashes).most_common()]

    @property
    def without_password(self) -> int:
        """How many have to choose one with a mailed code."""
        return sum(each.hash is None for each in self.newcomers)


class Importing:
    """Judges lines, and makes accounts of those that are good."""

    def __init__(
        self, settings: AccountsSettings, administration: Administration, database: Database,
        hashing: PasswordHashing, clock: Clock, events: Journal,
    ) -> None:  # fmt: skip
        self._administrator = settings.administrator
        self._names = LoginNames(settings.identifier)
        self._administration = administration
        self._database = database
        self._store = AccountStore(database)
        self._hashing = hashing
        self._clock = clock
        self._events = events

    async def judge(
        self, lines: Iterable[Record | Fault], newcomers: frozenset[str], advance: Callable[[int], object]
    ) -> Judged:
        """Say of every line whether it can be imported. Keeps nothing.

        `newcomers` are the roles of a line that names none; `advance` is told the number of each line.
        """
        async with self._database.reading() as connection:
            names, addresses = await self._store.keys(connection)
        seen = _Seen(names, addresses, alike=self._names.identifier == "email")
        judged = Judged()
        for each in lines:
            fault = each if isinstance(each, Fault) else self._judge(each, newcomers, seen, judged)
            if fault is not None:
                judged.faults.append(fault)
            advance(each.line)
        return judged

    async def keep(self, newcomers: Sequence[Newcomer]) -> None:
        """Make all of these accounts, or none. Raises `NameTaken` where somebody took a name meanwhile."""
        now, ids = int(self._clock.now()), [identifier() for _ in newcomers]
        locked = [account_id for account_id, each in zip(ids, newcomers, strict=True) if each.hash is None]
        sealed = dict(zip(locked, await self._hashing.lock(locked), strict=True)) if locked else {}
        accounts = [
            Account(
                account_id,
                each.name,
                each.roles,
                sealed[account_id] if each.hash is None else self._hashing.adopt(account_id, each.hash),
                now,
                now if each.disabled else None,
                each.address,
            )
            for account_id, each in zip(ids, newcomers, strict=True)
        ]
        weak = sum(each.hash is not None and each.hash.is_weak for each in newcomers)
        await self._store.create_all(
            accounts,
            alike=self._names.identifier == "email",
            note=lambda connection: self._note(connection, accounts, len(locked), weak),
        )

    def _judge(self, record: Record, newcomers: frozenset[str], seen: "_Seen", judged: Judged) -> Fault | None:
        """Add the account of one line, or say what is wrong with it: everything, so that one look is enough."""
        reasons: list[str] = []
        name, address = self._named(record, seen, reasons)
        roles = newcomers if record.roles is None else frozenset(record.roles)
        try:
            self._administration.judge(OPERATOR, roles)
        except (UnknownRole, RoleRefused) as refusal:
            judged.lacks_roles = True
            reasons.append(f"{refusal} Write one of those, or nothing.")
        found = self._hash(record, reasons)
        if found is None and not reasons and address is None and self._names.address(name) is None:
            reasons.append("It has no password, and no confirmed address that a code for one could go to. Give it one.")
        if reasons:
            return Fault(record.line, " ".join(reasons))
        judged.unconfirmed += record.email is not None and not record.confirmed and record.email != name
        judged.newcomers.append(Newcomer(name, address, found, roles, record.disabled))
        return None

    def _named(self, record: Record, seen: "_Seen", reasons: list[str]) -> tuple[str, str | None]:
        """The name and the proved address as they are kept, with what is wrong with them."""
        try:
            name = self._names.shown(record.name)
            named = self._names.address(name) if record.email is None else shown_address(record.email)
        except InvalidName as refusal:
            reasons.append(str(refusal))
            return record.name, None
        address = named if record.confirmed else None
        reasons += seen.take(name, address, record.line)
        return name, address

    def _hash(self, record: Record, reasons: list[str]) -> ForeignHash | None:
        if is_without_password(record.hash):
            return None
        try:
            return read(record.hash)
        except HashRefused as refusal:
            reasons.append(f"The hash cannot be taken. {refusal}")
            return None

    def _note(self, connection: AsyncConnection, accounts: Sequence[Account], locked: int, weak: int) -> None:
        by = str(OPERATOR)
        self._events.note(connection, "user_imported", None, accounts=len(accounts), locked=locked, weak=weak, by=by)
        for account in accounts:
            if self._administrator in account.roles:
                about = {"account": account.id, "role": self._administrator, "by": by}
                self._events.note(connection, "authz_admin", None, **about)


class _Seen:
    """Whose names and addresses are taken: by accounts that exist, and by lines before."""

    def __init__(self, names: set[str], addresses: set[str], *, alike: bool) -> None:
        self._alike = alike
        self._names: dict[str, int | None] = dict.fromkeys(names)
        self._addresses: dict[str, int | None] = dict.fromkeys(addresses)

    def take(self, name: str, address: str | None, line: int) -> list[str]:
        """Take both for this line; why they cannot be, where they cannot. Raises nothing: they were judged."""
        key = name_key(name)
        reasons = self._reasons("name", key, self._names, self._addresses)
        proved = None if address is None else address_key(address)
        if proved is not None and (not reasons or proved != key):
            reasons += self._reasons("address", proved, self._addresses, self._names)
        self._names.setdefault(key, line)
        if proved is not None:
            self._addresses.setdefault(proved, line)
        return reasons

    def _reasons(self, what: str, key: str, own: dict[str, int | None], other: dict[str, int | None]) -> list[str]:
        for taken in (own, other) if self._alike else (own,):
            if key in taken:
                at = taken[key]
                who, remedy = ("An account", _HERE) if at is None else (f"Line {at}", _FILE)
                return [f"{who} has this {what}, or one that looks the same. {remedy}"]
        return []
