"""The database does not do its work at the moment: one exception with a reason, and one answer (ASVS 16.5.1, 16.5.2).

It needs no driver, so whoever answers requests can name it.
"""

from typing import Final, Literal

from buckler.errors import BucklerError, Refusal
from buckler.refused import Refused

Reason = Literal["busy", "full", "unreadable", "damaged", "readonly", "moved", "closed"]
REASONS: Final[dict[Reason, tuple[str, str]]] = {
    "busy": ("somebody else writes, and did not end in time", "Find out which process holds it, or try again."),
    "full": ("there is no room on its disk, or in the quota", "Make room; nothing has to be started again."),
    "unreadable": ("the system could not open, read or write it", "Look at the disk, and at the log of the system."),
    "damaged": ("it is damaged", "Stop the service and restore a backup: buckler restore FILE --replace"),
    "readonly": ("it, or its file system, takes no writes", "Mount it for writing, or give the files to this user."),
    "moved": (
        "the file, or its log, is no longer what was opened",
        "Put it back where it was; or stop every process that uses it, then start anew.",
    ),
    "closed": ("it is not open", "Start the service."),
}
"""What each reason means, and what is to be done."""
UNAVAILABLE: Final = Refusal(
    503,
    "storage-unavailable",
    "What this needs can be neither read nor kept at the moment. Nothing was changed for certain; try again.",
    ((b"retry-after", b"5"),),
    event="sys_storage_failed",
)


class StorageUnavailable(BucklerError, Refused):
    """The database could not do what was asked: the answer is 503. As a text, what the operator is to do.

    A transaction that ended so is undone as a whole, but for one case: with `moved`, its end is not known.
    """

    def __init__(self, reason: Reason, place: object, cause: str = "") -> None:
        super().__init__(UNAVAILABLE)
        self.code: Final[Reason] = reason
        self.reason = f"{reason}: {cause}" if cause else reason
        words, remedy = REASONS[reason]
        told = f" ({cause})" if cause else ""
        self._words = f"{place}: {words}{told}. {remedy}"

    def __str__(self) -> str:
        return self._words
