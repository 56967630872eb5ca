"""A refusal that a trial lifted: what the line `would_refuse` tells."""

from dataclasses import dataclass

from buckler.asgi import Exchange
from buckler.errors import Refusal


@dataclass(slots=True)
class Lifted:
    """The refusal, the defence that would have made it, and what that knew."""

    refusal: Refusal
    defence: str
    reason: str | None
    remedy: str | None
    is_told: bool = False

    def named(self) -> str:
        """The name of the defence, where the refusal stands after all."""
        return self.defence

    def declared_at(self, exchange: Exchange) -> str | None:
        """Nobody kept by which declaration it was."""
        return None
