"""Codes that go out by mail: good once, for ten minutes, for one purpose (ASVS 6.5.1 to 6.5.5, 6.6.2).

1. A code has 128 random bits, so nobody finds one by trying, and says nothing about whom it is for.
2. Kept is a keyed digest over purpose and code: neither a stolen database nor a code of another
   purpose is of use. What is to be done when it comes is sealed.
3. A new code ends the one before it of the same purpose and the same account or subject.
4. Using one is one conditional UPDATE: of many who bring it at once, one is let through.
5. Every new code takes a few expired ones away, so the table stays as small as ten minutes are.

How often somebody may try is the routes' to say. Whoever reads the mail has the code: a mailbox is a
way to come back to an account, and no second factor (ASVS 6.3.6).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from sqlalchemy import ColumnElement, CursorResult, delete, false, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.errors import BucklerError
from buckler.identity.mail.code_text import SYMBOLS, code_text, read_code
from buckler.randomness import identifier
from buckler.storage.database.tables import CodeRow
from buckler.tokens.vault import SealBroken, Vault

Purpose = Literal["confirm", "invite", "reset", "address", "sign-in"]
CODE_SECONDS: Final = 600
"""ASVS 6.5.5: at most ten minutes for what goes out of band."""
_SWEPT: Final = 20
_KEPT: Final = "code"
_ABOUT: Final = "code subject"

__all__ = ["CODE_SECONDS", "SYMBOLS", "CodeRefused", "Codes", "Purpose", "UsedCode"]


class CodeRefused(BucklerError):
    """The code is unknown, used, over, or for something else: which of these, nobody is told."""


@dataclass(frozen=True, slots=True)
class UsedCode:
    """What a code stood for. It is used up."""

    id: str
    account_id: str | None
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)


class Codes:
    """The codes of one installation. Each step runs in the caller's transaction."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    async def make(
        self,
        connection: AsyncConnection,
        purpose: Purpose,
        *,
        account_id: str | None = None,
        subject: bytes | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> str:
        """The text of a new code for an account, or for a subject that has none yet; older ones end.

        `payload` is given back with the code when it is used. Raises `ValueError` for a code about nobody.
        """
        if account_id is None and subject is None:
            raise ValueError("A code is for an account or a subject; one for nobody would open for everybody.")
        await self._sweep(connection)
        await connection.execute(delete(CodeRow).where(_waiting(purpose, account_id, subject)))
        text, row_id, now = code_text(), identifier(), int(self._clock.now())
        row = {
            "id": row_id,
            "digest": self._digests(purpose, text)[0],
            "purpose": purpose,
            "account_id": account_id,
            "subject": subject,
            "sealed": self._vault.seal(_KEPT, row_id, json.dumps(dict(payload or {})).encode()),
            "created_at": now,
            "expires_at": now + CODE_SECONDS,
        }
        await connection.execute(insert(CodeRow).values(row))
        return text

    def subject(self, address: str) -> bytes:
        """Whom a code is about that has no account yet: the keyed digest of one mailbox, in whatever case."""
        return self._vault.mac(_ABOUT, address.casefold().encode("utf-8", "replace"))

    async def is_waiting(
        self,
        connection: AsyncConnection,
        purpose: Purpose,
        *,
        account_id: str | None = None,
        subject: bytes | None = None,
    ) -> bool:
        """Whether a code of this purpose, for the account or the subject, is still good."""
        good = _waiting(purpose, account_id, subject) & (CodeRow.expires_at > int(self._clock.now()))
        return (await connection.execute(select(CodeRow.id).where(good).limit(1))).first() is not None

    async def use(
        self, connection: AsyncConnection, purpose: Purpose, code: str, *, account_id: str | None = None
    ) -> UsedCode:
        """Use a code up: what it stood for. Raises `CodeRefused`.

        With `account_id` only a code of that account passes, and another's is not used up.
        """
        symbols = read_code(code)
        if symbols is None:
            raise CodeRefused("This is no code.")
        this = CodeRow.digest.in_(self._digests(purpose, symbols))
        found = await connection.execute(
            update(CodeRow).where(self._good(this, purpose, account_id)).values(used_at=int(self._clock.now()))
        )
        if cast("CursorResult[Any]", found).rowcount != 1:
            raise CodeRefused("No such code is waiting.")  # fail closed
        query = select(CodeRow.id, CodeRow.account_id, CodeRow.sealed).where(this)
        row_id, owner, sealed = (await connection.execute(query)).one()
        return UsedCode(row_id, owner, self._payload(row_id, sealed))

    async def look(self, connection: AsyncConnection, purpose: Purpose, code: str) -> UsedCode:
        """What a code stands for, which stays good. Raises `CodeRefused`.

        So that what comes with it is judged before it is used up; `use` decides.
        """
        symbols = read_code(code)
        if symbols is None:
            raise CodeRefused("This is no code.")
        good = self._good(CodeRow.digest.in_(self._digests(purpose, symbols)), purpose, None)
        query = select(CodeRow.id, CodeRow.account_id, CodeRow.sealed).where(good)
        found = (await connection.execute(query)).one_or_none()
        if found is None:
            raise CodeRefused("No such code is waiting.")  # fail closed
        row_id, owner, sealed = found
        return UsedCode(row_id, owner, self._payload(row_id, sealed))

    async def end(self, connection: AsyncConnection, account_id: str) -> None:
        """End every code of an account that nobody has used."""
        await connection.execute(delete(CodeRow).where(CodeRow.account_id == account_id, CodeRow.used_at.is_(None)))

    def _good(self, this: ColumnElement[bool], purpose: Purpose, account_id: str | None) -> ColumnElement[bool]:
        now = int(self._clock.now())
        waiting = this & (CodeRow.purpose == purpose) & CodeRow.used_at.is_(None) & (CodeRow.expires_at > now)
        return waiting if account_id is None else waiting & (CodeRow.account_id == account_id)

    def _payload(self, row_id: str, sealed: bytes | None) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", json.loads(self._vault.unseal(_KEPT, row_id, sealed or b"")))
        except SealBroken as error:
            # Fail closed: somebody wrote into the table.
            raise CodeRefused("What the code stands for does not open.") from error

    def _digests(self, purpose: Purpose, symbols: str) -> tuple[bytes, ...]:
        """Under each master secret, the newest first: a code outlives the change of the secret."""
        data = f"{purpose}\x00{read_code(symbols)}".encode()
        return self._vault.macs(_KEPT, data)

    async def _sweep(self, connection: AsyncConnection) -> None:
        over = select(CodeRow.id).where(CodeRow.expires_at <= int(self._clock.now())).limit(_SWEPT)
        await connection.execute(delete(CodeRow).where(CodeRow.id.in_(over)))


def _waiting(purpose: Purpose, account_id: str | None, subject: bytes | None) -> ColumnElement[bool]:
    """The unused codes of a purpose for the same account or the same subject."""
    same = false() if account_id is None else CodeRow.account_id == account_id
    if subject is not None:
        same = same | (CodeRow.subject == subject)
    return (CodeRow.purpose == purpose) & CodeRow.used_at.is_(None) & same
