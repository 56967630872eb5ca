"""Who carries letters away: the port that SMTP, the outbox and an app's own provider fill."""

from typing import Protocol, runtime_checkable

from buckler.errors import BucklerError
from buckler.identity.mail.letter import Letter


class MailFailed(BucklerError):
    """A letter did not leave.

    `code` is what the server answered, 0 where it answered nothing; `reason` a word for the log, with nothing
    of the letter in it; `lasting` says that no further attempt can help.
    """

    def __init__(self, reason: str, *, code: int = 0, lasting: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.lasting = lasting


@runtime_checkable
class Mailer(Protocol):
    """Delivers one letter, or raises `MailFailed`; anything else it raises counts as that, and is tried again.

    A letter may come a second time where a process was lost in between: `letter.id` tells it.
    """

    async def deliver(self, letter: Letter) -> None:
        """Hand the letter over. What has returned has left."""
        ...
