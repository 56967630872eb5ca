"""What carries requests to a target: in process over ASGI, or by URL."""

from typing import Final, Protocol

from buckler.drill.transport.answer import Answer
from buckler.drill.transport.request import Request

UNSAID_ORIGIN: Final = "https://localhost"
"""Where a target is that does not say it."""


class Carrier(Protocol):
    """Carries one request and brings the answer back. It never raises for what the target does."""

    @property
    def origin(self) -> str:
        """Scheme and authority that links to the target begin with, as in `https://localhost:8443`."""
        ...

    @property
    def in_process(self) -> bool:
        """Whether the app runs in this process. What comes of a request is seen from within then."""
        ...

    async def carry(self, request: Request, *, address: str, within: float) -> Answer:
        """The answer, or one that says why there is none. `within` is in seconds.

        `address` is where the caller comes from, as far as the target can be made to see one of several: in process,
        and on this machine.
        """
        ...
