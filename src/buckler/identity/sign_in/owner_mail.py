"""Letters to owners about sign-ins: the code that is demanded, and notice of a new device (ASVS 6.3.5).

A code goes after the answer is on its way, in a transaction of its own: the answer is as fast for a name
that has no account. For such a name a code is made too, which nobody ever sees.

While one code waits to be used no other is made: strangers fill no mailbox (six letters an hour are the most
that they cause), and do not end the code that the owner is typing. So while one is demanded there is a
good one in the mailbox, unless so much is under way behind the answers that it was left out (`afterwards.py`):
the next attempt asks for it again.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.edge.counting import counter_of
from buckler.edge.rates import Rate
from buckler.identity.account_store import NOBODY, Account, address_of
from buckler.identity.login_names import LoginNames
from buckler.identity.mail.codes import CodeRefused
from buckler.identity.mail.post import Post

_SIGN_IN: Final = "sign-in"
_NOTICES: Final = Rate(5, 3600)


@dataclass(frozen=True, slots=True)
class _About:
    """Whom a code is for: an account and where its owner reads, or a name that reaches nobody."""

    account_id: str | None
    subject: bytes | None
    address: str | None


class OwnerMail:
    """Writes to owners."""

    def __init__(self, post: Post, names: LoginNames, clock: Clock) -> None:
        self._post = post
        self._names = names
        self._clock = clock
        self._notices = counter_of(_NOTICES, clock)

    @property
    def reaches_all(self) -> bool:
        """Whether a code can be demanded of every name alike: letters leave, and names are addresses."""
        return self._post.postbox.delivers and self._names.identifier == "email"

    def reaches(self, account: Account | None) -> bool:
        """Whether a code can be mailed to the owner."""
        return self._post.postbox.delivers and address_of(account, self._names) is not None

    def send_code_soon(self, account: Account | None, key: bytes) -> None:
        """Mail a code, once this request has its answer. `key` stands for a name that has no account."""

        async def write(connection: AsyncConnection) -> None:
            await self._send_code(connection, account, key)

        self._post.afterwards.do(write)

    async def has_code(self, connection: AsyncConnection, account: Account | None, key: bytes) -> bool:
        """Whether a code waits for the owner, or one that nobody sees for a name that has none."""
        to = self._about(account, key)
        return await self._post.codes.is_waiting(connection, _SIGN_IN, account_id=to.account_id, subject=to.subject)

    async def use_code(self, connection: AsyncConnection, account: Account | None, code: str | None) -> bool:
        """Whether this is the code that was mailed for the account. It is used up then."""
        if code is None:
            return False
        try:
            await self._post.codes.use(connection, _SIGN_IN, code, account_id=NOBODY if account is None else account.id)
        except CodeRefused:
            return False
        return True

    async def tell_new_device(self, connection: AsyncConnection, account: Account, place: str, agent: str) -> None:
        """Tell the owner that somebody signed in from a device that was not known.

        Five times an hour: an account may have been opened with somebody else's address, to have letters sent there.
        """
        address = address_of(account, self._names)
        if address is not None and self._notices.hit(account.id) == 0:
            letter = self._post.letters.new_device(address, at=self._clock.now(), place=place, agent=agent)
            await self._post.postbox.put(connection, letter)

    async def _send_code(self, connection: AsyncConnection, account: Account | None, key: bytes) -> None:
        # Asked again: of many who were at the door together one has a letter written.
        if await self.has_code(connection, account, key):
            return
        to, post = self._about(account, key), self._post
        code = await post.codes.make(connection, _SIGN_IN, account_id=to.account_id, subject=to.subject)
        if to.address is not None:
            await post.postbox.put(connection, post.letters.sign_in_code(to.address, code))

    def _about(self, account: Account | None, key: bytes) -> _About:
        address = address_of(account, self._names)
        return _About(None, key, None) if account is None or address is None else _About(account.id, None, address)
