"""A defence that stands at the door of the chosen route."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from buckler.access.declarations.declaration import Declaration, Duty
from buckler.access.doors.door import Door
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

    looks_ahead: ClassVar[bool] = False
    """Whether its steps look at the beginning of a body: `Exchange.ahead` is there for them then."""

    @abstractmethod
    def step_for(self, duty: Duty) -> Step | None:
        """The step that a request of this duty takes, or None where it need not pass here.

        Asked once a duty: what can be thought out beforehand is thought out here.
        """

    def declared_by(self, duty: Duty, exchange: Exchange) -> Declaration | None:
        """The declaration that said no to this request; None where it is not one of several for certain.

        Asked for a line of the log, and never for a request that is let in.
        """
        return None

    def prepare(self, judged: Sequence[tuple[Door, Duty]]) -> None:
        """Change what must be changed at the doors themselves, before a request comes.

        Asked with every door that has a duty, whenever the routes are judged. Most passages change nothing.
        """


def only_one(declarations: Sequence[Declaration]) -> Declaration | None:
    """The only one, or None where there are several or none."""
    return declarations[0] if len(declarations) == 1 else None
