"""Letters with a code in them: made, and put into the postbox (ASVS 6.3.8, 6.5.5).

While one code waits to be used `send` makes no other of its kind for the same account or address: strangers cause
six letters an hour of a kind to one address, and they do not end the code that its owner is typing. Whoever asks
hears the same.

Caveat: a mailbox that takes `name+anything@` is many addresses, and whoever has many accounts can ask to move each
of them to one address. The limits of the routes by network and by account are what slows that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.mail.afterwards import Afterwards, Step
from buckler.identity.mail.codes import Codes, Purpose
from buckler.identity.mail.letter import Letter
from buckler.identity.mail.letters import Letters
from buckler.identity.mail.postbox import Postbox
from buckler.identity.passwords.shedding import Busy


@dataclass(frozen=True, slots=True)
class Post:
    """Everything that a letter with a code needs."""

    codes: Codes
    letters: Letters
    postbox: Postbox
    afterwards: Afterwards

    def soon(self, step: Step) -> None:
        """Take `step` once this request has its answer. Raises `Busy` where too much is under way."""
        if not self.afterwards.has_room():
            raise Busy("Too many letters are being written.")
        self.afterwards.do(step)

    async def send(
        self, connection: AsyncConnection, purpose: Purpose, write: Callable[[str], Letter], *,
        account_id: str | None = None, subject: bytes | None = None, payload: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Mail a code, unless one is waiting; in the caller's transaction."""
        if await self.codes.is_waiting(connection, purpose, account_id=account_id, subject=subject):
            return
        await self.send_new(connection, purpose, write, account_id=account_id, subject=subject, payload=payload)

    async def keep_busy(self, connection: AsyncConnection, purpose: Purpose, subject: bytes) -> None:
        """Do what `send` does, for somebody to whom no letter goes: a code that nobody ever sees."""
        if not await self.codes.is_waiting(connection, purpose, subject=subject):
            await self.codes.make(connection, purpose, subject=subject)

    async def send_new(
        self, connection: AsyncConnection, purpose: Purpose, write: Callable[[str], Letter], *,
        account_id: str | None = None, subject: bytes | None = None, payload: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Mail a code that ends the one before: for whoever has proved that it may."""
        code = await self.codes.make(connection, purpose, account_id=account_id, subject=subject, payload=payload)
        await self.postbox.put(connection, write(code))
