"""The port through which a credential becomes a caller."""

from typing import Protocol

from buckler.principal import Principal


class Authenticator(Protocol):
    """Whoever can tell from a bearer token who is calling.

    Both methods check everything, expiry and revocation included; the first only answers from
    memory and never waits. A token that is not good is None, whatever the reason.
    """

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token verified before and still good, or None."""
        ...

    async def authenticate(self, token: bytes) -> Principal | None:
        """The caller behind a token, or None."""
        ...

    async def withdraw(self, token: bytes) -> None:
        """End a token that was exposed on the wire. Does nothing for one that is not good."""
        ...
