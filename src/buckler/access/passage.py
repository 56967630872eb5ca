"""A defence that stands at the door of the chosen route."""

from abc import abstractmethod

from buckler.access.declarations import Duty
from buckler.asgi import Exchange
from buckler.defence import Defence
from buckler.errors import Refusal


class Passage(Defence):
    """Judges a request with its route's declaration, before its body and dependencies."""

    @abstractmethod
    async def admit(self, exchange: Exchange, duty: Duty) -> Refusal | None:
        """The refusal, or None to let it on."""
