"""Known devices as rows: from which an account has signed in before (ASVS 6.3.1, 6.3.5).

1. A device is a secret of 256 bits and a tag over it that only we can make: a guess or garbage is refused
   without a look into the database. Kept is a digest of account and secret together, so that one browser
   serves several accounts and a stolen table tells neither a token nor which accounts share a device.
2. Only a sign-in that is complete makes a row. An account has at most 16; the one longest unused goes.
3. A device is known for 180 days after its last sign-in. Three wrong passwords in a row end that: whoever
   holds a stolen token has three guesses with it, and is then a stranger.
4. Each attempt is counted before any hashing, by one conditional UPDATE: fifty at once are three.

A device is no credential: it opens nothing. Whoever brings one still needs the password.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.identity.sign_in.client_marks import LONGEST_AGENT
from buckler.randomness import identifier, secret_bytes
from buckler.storage.database.tables import DeviceRow
from buckler.tokens.vault import Vault

LIFETIME: Final = 180 * 86_400
MOST: Final = 16
MOST_FAILURES: Final = 3
SECRET_BYTES: Final = 32
_TAG_BYTES: Final = 16
LENGTH: Final = (SECRET_BYTES + _TAG_BYTES) * 4 // 3
_PURPOSE: Final = "device"
_SWEPT: Final = 20


@dataclass(frozen=True, slots=True)
class Device:
    """A device and the token by which it is known again. `is_new` where it was not known before."""

    id: str
    token: str = field(repr=False)
    is_new: bool = False


class Devices:
    """The devices of one installation. Each step runs in its caller's transaction."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    def is_genuine(self, token: str) -> bool:
        """Whether we made this token, for whomever. Asks no database."""
        return self._secret(token) is not None

    async def attempt(self, connection: AsyncConnection, account_id: str, token: str) -> Device | None:
        """The device, where the account knows it and it may try a password now. The attempt is counted as failed."""
        digest = self._digest(account_id, token)
        now = int(self._clock.now())
        this = (DeviceRow.digest == digest) & (DeviceRow.account_id == account_id)
        good = this & (DeviceRow.failures < MOST_FAILURES) & (DeviceRow.expires_at > now)
        counted = await connection.execute(update(DeviceRow).where(good).values(failures=DeviceRow.failures + 1))
        if cast("CursorResult[Any]", counted).rowcount != 1:
            return None
        return Device((await connection.execute(select(DeviceRow.id).where(this))).scalar_one(), token)

    async def uncount(self, connection: AsyncConnection, device_id: str) -> None:
        """Take an attempt back: no password was hashed for it."""
        counted = (DeviceRow.id == device_id) & (DeviceRow.failures > 0)
        await connection.execute(update(DeviceRow).where(counted).values(failures=DeviceRow.failures - 1))

    async def note(self, connection: AsyncConnection, account_id: str, token: str | None, agent: str) -> Device:
        """The device of a sign-in that is complete: known again, or made."""
        await self._sweep(connection)
        if token is None or not self.is_genuine(token):
            return await self._make(connection, account_id, self._new_token(), agent)
        this = DeviceRow.digest == self._digest(account_id, token)
        renewed = await connection.execute(update(DeviceRow).where(this).values(self._used(agent)))
        if cast("CursorResult[Any]", renewed).rowcount == 1:
            return Device((await connection.execute(select(DeviceRow.id).where(this))).scalar_one(), token)
        return await self._make(connection, account_id, token, agent)

    async def end_all(self, connection: AsyncConnection, account_id: str) -> None:
        """Forget every device of an account."""
        await connection.execute(delete(DeviceRow).where(DeviceRow.account_id == account_id))

    async def _make(self, connection: AsyncConnection, account_id: str, token: str, agent: str) -> Device:
        await self._make_room(connection, account_id)
        row_id = identifier()
        row = {"id": row_id, "account_id": account_id, "digest": self._digest(account_id, token)}
        used = self._used(agent)
        await connection.execute(insert(DeviceRow).values({**row, **used, "created_at": used["last_used_at"]}))
        return Device(row_id, token, is_new=True)

    async def _make_room(self, connection: AsyncConnection, account_id: str) -> None:
        own = select(DeviceRow.id).where(DeviceRow.account_id == account_id)
        surplus = own.order_by(DeviceRow.last_used_at.desc(), DeviceRow.id).offset(MOST - 1)
        ended = list((await connection.execute(surplus)).scalars())
        if ended:
            await connection.execute(delete(DeviceRow).where(DeviceRow.id.in_(ended)))

    async def _sweep(self, connection: AsyncConnection) -> None:
        over = select(DeviceRow.id).where(DeviceRow.expires_at <= int(self._clock.now())).limit(_SWEPT)
        await connection.execute(delete(DeviceRow).where(DeviceRow.id.in_(over)))

    def _used(self, agent: str) -> Mapping[str, object]:
        now = int(self._clock.now())
        return {"last_used_at": now, "expires_at": now + LIFETIME, "failures": 0, "agent": agent[:LONGEST_AGENT]}

    def _new_token(self) -> str:
        secret = secret_bytes(SECRET_BYTES)
        return urlsafe_b64encode(secret + self._vault.mac(_PURPOSE, secret)[:_TAG_BYTES]).decode("ascii")

    def _secret(self, token: str) -> bytes | None:
        if len(token) != LENGTH or not token.isascii():
            return None
        try:
            read = urlsafe_b64decode(token)
        except ValueError:
            return None
        secret, tag = read[:SECRET_BYTES], read[SECRET_BYTES:]
        tags = self._vault.macs(_PURPOSE, secret)
        return secret if any(compare_digest(tag, each[:_TAG_BYTES]) for each in tags) else None

    def _digest(self, account_id: str, token: str) -> bytes:
        secret = self._secret(token)
        # No secret is as short as this, so what is not genuine finds no row: fail closed.
        return sha256(account_id.encode() + b"\x00" + (secret or b"")).digest()
