"""What a defence is: one named part of the tuple that the installer composes.

Four places to stand, in the order in which a request meets them:

- `Arrival`: before the app sees anything. Pure facts of the request, no waiting.
- `Passage` (in `access/`): at the door of the chosen route, before its body and dependencies.
- `Reception`: while the body is received.
- `Departure`: when an answer starts to leave.

Leaving one part out of the tuple is possible in `tests/twins/` alone; no setting does it.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from buckler.asgi import Exchange, Message, Receive
from buckler.errors import Refusal


class Defence(ABC):
    """A named part. The file, the test and the page of a defence carry the same name."""

    name: ClassVar[str]


class Arrival(Defence):
    """Judges a request by its head, before the app is called."""

    @abstractmethod
    def arrive(self, exchange: Exchange) -> Refusal | None:
        """The refusal, or None to let it on. Never waits."""

    async def before_refusal(self, exchange: Exchange) -> None:
        """What must be done before a refusal, by this arrival or another, leaves."""


class Reception(Defence):
    """Judges a body while it is received."""

    judges_bodiless: ClassVar[bool] = False
    """Whether it is also asked about requests that announce no body, as most GETs. Each of them pays for that."""

    @abstractmethod
    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        """What the app reads from in the place of `receive`; that itself where there is nothing to judge.

        It ends the reading of a body by raising `Refused`, which the edge answers.
        """


class Departure(Defence):
    """Judges or completes an answer at its first message."""

    completes_refusals: ClassVar[bool] = True
    """Whether it also looks at our own refusals. One that only judges what the app answers need not."""
    judges_plain_answers: ClassVar[bool] = True
    """Whether it may object to a plain answer of the app: a status 2xx, on a route whose declaration allowed it."""

    @abstractmethod
    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        """A refusal that takes the answer's place, or None; may add headers to `start`."""
