"""A defence that stands at the door of the chosen route."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable

from buckler.access.declarations import Duty
from buckler.asgi import Exchange
from buckler.defence import Defence
from buckler.errors import Refusal

Step = Callable[[Exchange], Refusal | Awaitable[Refusal | None] | None]
"""What one request goes through: the refusal, or None to let it on.

Awaitable only when something must be waited for: most requests wait for nothing, and a coroutine
for each step would cost more than the step.
"""


class Passage(Defence):
    """Judges requests with their route's declaration, before the body and the dependencies."""

    @abstractmethod
    def step_for(self, duty: Duty) -> Step | None:
        """The step that a request of this duty takes, or None where it need not pass here.

        Asked once a duty: what can be thought out beforehand is thought out here.
        """
