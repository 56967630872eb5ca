"""How many accounts and sessions there are: for whoever administrates. Bounded, however many those are."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from buckler.clock import Clock
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow, SessionRow

MOST: Final = 100_000
"""Counted of each; where there are more, that is said."""
SPANS: Final = (("in the last hour", 3600), ("in the last day", 86_400), ("in the last week", 7 * 86_400))
LONGER: Final = "longer ago"


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of one moment."""

    accounts: int
    disabled: int
    sessions: int
    """Those that go on."""
    by_last_use: tuple[tuple[str, int], ...]
    """When sessions that go on were used last, and how many of them."""
    more_accounts: bool
    """Whether there are more than were counted."""
    more_sessions: bool


class FigureReader:
    """Counts accounts and sessions. `idle`: after how many seconds without use a session is over."""

    def __init__(self, database: Database, clock: Clock, idle: int) -> None:
        self._database = database
        self._clock = clock
        self._idle = idle

    async def read(self) -> Figures:
        """The numbers of now."""
        now = int(self._clock.now())
        some = select(AccountRow.disabled_at).limit(MOST + 1).subquery()
        # By the index on the end: what is over is not looked at.
        live = SessionRow.ended_at.is_(None), SessionRow.expires_at > now, SessionRow.last_used_at > now - self._idle
        sessions = select(SessionRow.last_used_at).where(*live).limit(MOST + 1).subquery()
        used = sessions.c.last_used_at
        spans = [func.count().filter(used > now - span) for _, span in SPANS]
        async with self._database.reading() as connection:
            people = await connection.execute(select(func.count(), func.count(some.c.disabled_at)).select_from(some))
            accounts, disabled = people.one()
            alive, *within = (await connection.execute(select(func.count(), *spans).select_from(sessions))).one()
        names = [*(name for name, _ in SPANS), LONGER]
        parts = [each - before for each, before in zip([*within, alive], [0, *within], strict=True)]
        by_last_use = tuple(zip(names, parts, strict=True))
        return Figures(
            min(accounts, MOST), disabled, min(alive, MOST), by_last_use, accounts > MOST, alive > MOST
        )  # fmt: skip
