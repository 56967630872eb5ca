"""The port through which a credential becomes a caller."""

from abc import ABC, abstractmethod

from buckler.principal import Principal


class NotAccepted(Exception):
    """A token is not good. `reason` says why, for the event log alone, and repeats nothing of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Authenticator(ABC):
    """Whoever can tell from a bearer token who is calling. Derive from it and write `authenticate`.

    Each method checks everything, expiry and revocation included. A token that is not good is
    None, whatever the reason.
    """

    @abstractmethod
    async def authenticate(self, token: bytes) -> Principal | None:
        """The caller behind a token, or None. May raise `NotAccepted` in place of None, to say why."""

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token verified before and still good, from memory and without waiting, or None."""
        return None

    async def withdraw(self, token: bytes) -> None:  # noqa: B027 - nothing to end is right for most
        """End a token that was exposed on the wire. Does nothing for one that is not good."""
