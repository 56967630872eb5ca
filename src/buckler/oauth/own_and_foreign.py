"""Accounts of our own beside other issuers: a token goes to whoever its `iss` names, and to nobody else.

What one refuses the other is not asked about. The `iss` is read before anything is proved, and chooses only who judges.
"""

from typing import TYPE_CHECKING

from buckler.access.callers.authenticator import Authenticator
from buckler.metrics import Tally
from buckler.oauth.foreign_callers import ForeignCallers
from buckler.principal import Principal

if TYPE_CHECKING:
    from buckler.identity import Accounts


class OwnAndForeign(Authenticator):
    """Callers with tokens of ours, and callers with tokens of the issuers that were named."""

    def __init__(self, own: "Accounts", foreign: ForeignCallers) -> None:
        self._own = own
        self._foreign = foreign
        self.cookie = own.cookie

    async def open(self) -> None:
        """Open the accounts; the issuers are asked when the first token comes."""
        await self._own.open()

    async def close(self) -> None:
        """Close both."""
        await self._foreign.close()
        await self._own.close()

    async def why_not_ready(self) -> str | None:
        """Of the accounts: what others keep is not ours to wait for."""
        return await self._own.why_not_ready()

    def measure(self, tally: Tally | None) -> None:
        """Of the accounts."""
        self._own.measure(tally)

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token verified before and still good, by whoever verified it."""
        return self._own.recall(token) or self._foreign.recall(token)

    async def authenticate(self, token: bytes) -> Principal | None:
        """The caller behind a token, as whoever issued it says."""
        return await self._judge(token).authenticate(token)

    def recall_cookie(self, value: bytes) -> Principal | None:
        """Cookies are ours alone."""
        return self._own.recall_cookie(value)

    async def authenticate_cookie(self, value: bytes) -> Principal | None:
        """Cookies are ours alone."""
        return await self._own.authenticate_cookie(value)

    async def withdraw(self, token: bytes) -> None:
        """End a token of ours that was exposed. A foreign one is its issuer's to end."""
        await self._judge(token).withdraw(token)

    def is_current(self, principal: Principal) -> bool:
        """Whether a caller of ours may go on; a foreign one may, until its token is over."""
        return bool(principal.issuer) or self._own.is_current(principal)

    def changes(self) -> int:
        """The number of the accounts: nothing but its expiry ends a foreign token."""
        return self._own.changes()

    def _judge(self, token: bytes) -> Authenticator:
        return self._foreign if self._foreign.issuer_of(token) in self._foreign.urls else self._own
