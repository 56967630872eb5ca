"""The life of the signing keys, as rows (ASVS 11.2.2, 11.6.1; NIST SP 800-57 part 1 section 5.3).

1. A new key is published at once and signs from 360 seconds later on: by then whoever verifies our tokens has
   read the key set again, and no token meets a set that does not have its key. The first one signs at once.
2. When it signs, the one before verifies for as long as the longest token lives, and a minute more. Then it is
   over: its private half is destroyed, its row stays as a record.
3. One that is revoked is over at once, with every token of it. Was it the one that signs, another does at once:
   the one that waits, else a new one. That one is new to whoever verifies elsewhere, for at most 300 seconds.
4. At most one waits, and exactly one has no end. Every change is one transaction together with the row that
   tells the other processes to read the keys again.

Whatever the clock says, a process decides by these rows alone, so all of them change keys in the same second.
"""

from dataclasses import dataclass
from typing import Final, Literal, cast

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.errors import BucklerError, ConfigurationError
from buckler.randomness import identifier
from buckler.storage.database.tables import RevocationRow, SigningKeyRow
from buckler.tokens.algorithms import Algorithm
from buckler.tokens.jwt import LONGEST_LIFE
from buckler.tokens.keys import DEFAULT_ALGORITHM, SigningKey, signing_at
from buckler.tokens.vault import SealBroken, Vault

PURPOSE: Final = "signing key"
MAX_AGE: Final = 300
"""Seconds for which whoever verifies our tokens keeps the keys."""
LEEWAY: Final = 60
"""Seconds for what comes late: a clock that is behind, an answer that was under way."""
LEAD: Final = MAX_AGE + LEEWAY
OVERLAP: Final = LONGEST_LIFE + LEEWAY
_DESTROYED: Final = b""
"""In the place of a private half that is not needed any more."""

State = Literal["waits", "signs", "verifies", "retired", "revoked"]


class KeyRefused(BucklerError):
    """What was asked cannot be done with this key. The text says why, and what can."""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is known of a key without opening it. Times are seconds since 1970-01-01 UTC."""

    kid: str
    algorithm: str
    created_at: int
    signs_from: int
    verifies_until: int | None
    revoked_at: int | None
    sealed: bytes

    def is_over(self, now: int) -> bool:
        return self.revoked_at is not None or (self.verifies_until is not None and self.verifies_until <= now)

    def state(self, now: int, signing: str) -> State:
        """What it is good for now; `signing` is the name of the key that signs."""
        if self.is_over(now):
            return "retired" if self.revoked_at is None else "revoked"
        if self.kid == signing:
            return "signs"
        return "waits" if self.signs_from > now else "verifies"


@dataclass(frozen=True, slots=True)
class Listed:
    """A key as it is shown."""

    record: KeyRecord
    state: State


class SigningKeys:
    """Makes, ends and restores keys, each time in the transaction of the caller."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    async def prepare(self, connection: AsyncConnection, algorithm: Algorithm) -> None:
        """Have a key of this algorithm that signs, or will; destroy what is over. For the start."""
        now, records = self._now(), await _records(connection)
        await _destroy(connection, records, now)
        good = _good(records, now)
        if not good:
            await self._make(connection, algorithm, now)
        elif (last := _last(good)).algorithm != algorithm:
            await self._follow(connection, algorithm, last, good)

    async def restore(self, connection: AsyncConnection) -> list[SigningKey]:
        """Every key that is good for something, the newest first. Raises `ConfigurationError`."""
        good = await self.good(connection)
        return [self._open(record) for record in reversed(good)]

    async def good(self, connection: AsyncConnection) -> list[KeyRecord]:
        """Every key that signs, will sign or verifies."""
        return _good(await _records(connection), self._now())

    async def shown(self, connection: AsyncConnection) -> list[Listed]:
        """Every key that ever was, the newest first."""
        now, records = self._now(), await _records(connection)
        signing = signing_at(_good(records, now), now).kid
        return [Listed(record, record.state(now, signing)) for record in reversed(records)]

    async def rotate(self, connection: AsyncConnection, algorithm: Algorithm | None = None) -> Listed:
        """A successor, which waits until it is known everywhere. Raises `KeyRefused` while another waits."""
        last, now = _last(_good(await _records(connection), self._now())), self._now()
        if last.signs_from > now:
            raise KeyRefused(
                f"The key {last.kid} waits already and signs in {last.signs_from - now} seconds. Let it, or take it"
                f" back: buckler keys revoke {last.kid}"
            )
        made = await self._succeed(connection, algorithm or cast("Algorithm", last.algorithm), last, now + LEAD)
        return Listed(made, "waits")

    async def retire(self, connection: AsyncConnection, kid: str) -> None:
        """End a key that signs no more, before its time. Raises `KeyRefused`."""
        listed = await self._found(connection, kid)
        if listed.state != "verifies":
            raise KeyRefused(f"The key {kid} {_WHY_NOT[listed.state]}")
        await _change(connection, kid, verifies_until=self._now(), sealed=_DESTROYED)
        await announce(connection, self._clock)

    async def revoke(self, connection: AsyncConnection, kid: str) -> str:
        """End a key and every token of it now; the name of the key that signs then. Raises `KeyRefused`."""
        listed, now = await self._found(connection, kid), self._now()
        if listed.state in ("retired", "revoked"):
            raise KeyRefused(f"The key {kid} {_WHY_NOT[listed.state]}")
        await _change(connection, kid, revoked_at=now, sealed=_DESTROYED)
        good = _good(await _records(connection), now)
        if listed.state == "signs":
            await self._step_in(connection, cast("Algorithm", listed.record.algorithm), good, now)
        elif listed.state == "waits":
            await _change(connection, _last(good).kid, verifies_until=None)
        await announce(connection, self._clock)
        return signing_at(_good(await _records(connection), now), now).kid

    async def replace_all(self, connection: AsyncConnection) -> None:
        """End every key and every token of them, and sign with a new key at once: for a backup that was put back.

        The old ones stay as a record, without their private halves; the new one is of the same kind as the last.
        """
        kinds = select(SigningKeyRow.algorithm).where(SigningKeyRow.revoked_at.is_(None))
        last = (await connection.execute(kinds.order_by(SigningKeyRow.signs_from.desc()).limit(1))).scalar_one_or_none()
        lasting = SigningKeyRow.revoked_at.is_(None)
        await connection.execute(update(SigningKeyRow).where(lasting).values(revoked_at=self._now()))
        await self.prepare(connection, cast("Algorithm", last or DEFAULT_ALGORITHM))

    async def _follow(
        self, connection: AsyncConnection, algorithm: Algorithm, last: KeyRecord, good: list[KeyRecord]
    ) -> None:
        """The setting names another algorithm. A key that still waits has signed nothing, so it goes without trace."""
        now = self._now()
        if last.signs_from > now and len(good) > 1:
            await connection.execute(delete(SigningKeyRow).where(SigningKeyRow.kid == last.kid))
            last = _last([record for record in good if record is not last])
            await _change(connection, last.kid, verifies_until=None)
        if last.algorithm == algorithm:
            await announce(connection, self._clock)
        else:
            await self._succeed(connection, algorithm, last, now + LEAD)

    async def _step_in(
        self, connection: AsyncConnection, algorithm: Algorithm, good: list[KeyRecord], now: int
    ) -> None:
        waiting = [record for record in good if record.signs_from > now]
        if waiting:
            await _change(connection, waiting[0].kid, signs_from=now)
        else:
            await self._make(connection, algorithm, now)

    async def _succeed(
        self, connection: AsyncConnection, algorithm: Algorithm, last: KeyRecord, signs_from: int
    ) -> KeyRecord:
        await _change(connection, last.kid, verifies_until=signs_from + OVERLAP)
        return await self._make(connection, algorithm, signs_from)

    async def _make(self, connection: AsyncConnection, algorithm: Algorithm, signs_from: int) -> KeyRecord:
        key, now = SigningKey.generate(algorithm), self._now()
        sealed = self._vault.seal(PURPOSE, key.kid, key.private_bytes())
        made = KeyRecord(key.kid, algorithm, now, signs_from, None, None, sealed)
        row = {"kid": key.kid, "algorithm": algorithm, "sealed": sealed, "created_at": now, "signs_from": signs_from}
        await connection.execute(insert(SigningKeyRow).values(row))
        await announce(connection, self._clock)
        return made

    async def _found(self, connection: AsyncConnection, kid: str) -> Listed:
        found = [each for each in await self.shown(connection) if each.record.kid == kid]
        if not found:
            raise KeyRefused(f"There is no key {kid!r}. See them all: buckler keys list")
        return found[0]

    def _open(self, record: KeyRecord) -> SigningKey:
        try:
            private = self._vault.unseal(PURPOSE, record.kid, record.sealed)
            key = SigningKey.restore(private, cast("Algorithm", record.algorithm), record.kid)
        except (SealBroken, ValueError, KeyError) as error:
            raise ConfigurationError(
                "A signing key in the database does not open: its row was altered or copied from elsewhere."
                " Put the backup back."
            ) from error
        return key.during(record.signs_from, record.verifies_until)

    def _now(self) -> int:
        return int(self._clock.now())


_WHY_NOT: Final[dict[State, str]] = {
    "signs": "signs. Make a successor first: buckler keys rotate; or end it with all its tokens: buckler keys revoke",
    "waits": "does not sign yet, so there is nothing to retire. To take it back: buckler keys revoke",
    "verifies": "still verifies.",
    "retired": "is over already.",
    "revoked": "is revoked already.",
}


async def _records(connection: AsyncConnection) -> list[KeyRecord]:
    """All of them, in the order in which they sign."""
    query = select(
        SigningKeyRow.kid,
        SigningKeyRow.algorithm,
        SigningKeyRow.created_at,
        SigningKeyRow.signs_from,
        SigningKeyRow.verifies_until,
        SigningKeyRow.revoked_at,
        SigningKeyRow.sealed,
    ).order_by(SigningKeyRow.signs_from, SigningKeyRow.created_at, SigningKeyRow.kid)
    return [KeyRecord(*row) for row in await connection.execute(query)]


def _good(records: list[KeyRecord], now: int) -> list[KeyRecord]:
    return [record for record in records if not record.is_over(now)]


def _last(good: list[KeyRecord]) -> KeyRecord:
    """The one without an end, or that is to have none."""
    return next((record for record in good if record.verifies_until is None), good[-1])


async def _change(connection: AsyncConnection, kid: str, **values: object) -> None:
    await connection.execute(update(SigningKeyRow).where(SigningKeyRow.kid == kid).values(values))


async def _destroy(connection: AsyncConnection, records: list[KeyRecord], now: int) -> None:
    for record in records:
        if record.sealed != _DESTROYED and record.is_over(now):
            await _change(connection, record.kid, sealed=_DESTROYED)


async def announce(connection: AsyncConnection, clock: Clock) -> None:
    """Tell every process to read secret and keys again. The name is one of its own, so each change is a row."""
    expires_at = int(clock.now()) + LONGEST_LIFE
    row = {"kind": "keys", "subject": identifier(), "version": 0, "expires_at": expires_at}
    await connection.execute(insert(RevocationRow).values(row))
