"""A defence that stands at the door of the chosen route."""

from abc import abstractmethod
from collections.abc import Awaitable

from buckler.access.declarations import Duty
from buckler.asgi import Exchange
from buckler.defence import Defence
from buckler.errors import Refusal


class Passage(Defence):
    """Judges a request with its route's declaration, before its body and dependencies."""

    def concerns(self, duty: Duty) -> bool:
        """Whether a request of this duty passes here at all. Asked once a duty, not once a request."""
        return True

    @abstractmethod
    def admit(self, exchange: Exchange, duty: Duty) -> "Refusal | Awaitable[Refusal | None] | None":
        """The refusal, or None to let it on; awaitable only when something must be waited for.

        Most requests wait for nothing, and a coroutine for each step would cost more than the step.
        """
