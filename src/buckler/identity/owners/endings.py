"""What ends when the password of an account is another one, or the account is erased (ASVS 6.4.3, 7.4.3).

Every session with its refresh tokens, every access token, and every code that waits: whoever had the old password
may hold any of them. After a recovery the known devices too: whoever could make the owner forget its password, or
registered with an address that is not its own, may have left one.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.asgi import Exchange
from buckler.identity.account_store import Account
from buckler.identity.mail.codes import Codes
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.identity.sessions.sessions import Sessions
from buckler.identity.sign_in.devices import Devices
from buckler.identity.sign_in.guesses import Guesses


class Endings:
    """Ends what hangs on the credentials of an account. Each step runs in its caller's transaction."""

    def __init__(
        self, sessions: Sessions, codes: Codes, devices: Devices, guesses: Guesses, revocations: RevocationFeed
    ) -> None:
        self._sessions = sessions
        self._codes = codes
        self._devices = devices
        self._guesses = guesses
        self._revocations = revocations

    async def end(self, connection: AsyncConnection, account: Account, reason: str, exchange: Exchange | None) -> None:
        """End its sessions, tokens and codes. The caller awaits `apply` after the transaction."""
        await self._sessions.end_all(connection, account.id, reason, exchange)
        await self._codes.end(connection, account.id)

    async def forget(self, connection: AsyncConnection, account: Account) -> None:
        """Forget its devices, and the wrong passwords that were counted for its name."""
        await self._devices.end_all(connection, account.id)
        await self._guesses.clear(connection, self._guesses.key(account.name))

    async def forget_devices(self, connection: AsyncConnection, account_id: str) -> None:
        """Forget its devices: each is a stranger from now on."""
        await self._devices.end_all(connection, account_id)

    async def apply(self) -> None:
        """Refuse what was ended, here and now."""
        await self._revocations.apply()
