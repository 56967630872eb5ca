"""Looking back through the log a page at a time, for somebody who waits: bounded work, and no row left out.

1. A look goes back by positions, piece by piece, until a page is full. Whatever is looked for, it touches at most
   `MOST_POSITIONS` of them, and judges at most about `MOST_JUDGED` rows; then it says how far it came, and where to
   go on.
2. Between two statements it holds no connection, so that nobody waits for one until a look is over; and it judges in
   a thread, so that nobody waits for the loop either. What is written meanwhile stands above, and is not looked at.
3. Positions without rows are stepped over: a row that was put in far above the others makes no look any longer.
4. It ends early only behind a whole piece of rows that are all more than a day older than what is looked for: by the
   edit of some columns nobody hides a row from it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from buckler.events.journal.form import HIGHEST, ROW_OF_OURS
from buckler.events.journal.log_key import LogKey
from buckler.events.journal.reading import Found, Wanted, fits, read, superset
from buckler.storage.database import Database
from buckler.storage.database.tables import EventRow

PIECE: Final = 20_000
"""Positions of one statement."""
MOST_POSITIONS: Final = 10 * PIECE
MOST_JUDGED: Final = 10_000
"""Rows that are read and judged by their MAC: some two hundred milliseconds of a core."""
_ROWS: Final = 200
"""Of one statement: so many are judged before others have their turn again."""
_DAY: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, the newest first."""

    found: tuple[Found, ...]
    goes_on: int | None
    """The position before which to look further; None where nothing older is left."""
    is_cut: bool
    """Whether it stopped before the page was full, with older rows that nobody looked at."""
    back_to: int | None
    """How far it came: the moment of the oldest row that it passed, in milliseconds; None where there was none."""


async def look_back(database: Database, key: LogKey, wanted: Wanted, *, before: int | None, size: int) -> Look:
    """The newest `size` rows that fit, below the position `before`."""
    walk = _Walk(database, key, wanted, size)
    edge = await walk.top(HIGHEST if before is None else min(before, HIGHEST))
    for _ in range(MOST_POSITIONS // PIECE):
        if edge <= 1 or walk.is_done:
            break
        edge = await walk.piece(edge)
    goes_on = edge if edge > 1 and not walk.is_over else None
    is_cut = goes_on is not None and len(walk.found) < size
    return Look(tuple(walk.found), goes_on, is_cut, walk.back_to)


class _Walk:
    """One look, as it goes on."""

    def __init__(self, database: Database, key: LogKey, wanted: Wanted, size: int) -> None:
        self._database = database
        self._key = key
        self._wanted = wanted
        self._size = size
        self._conditions = superset(wanted)
        self._judged = 0
        self.found: list[Found] = []
        self.back_to: int | None = None
        self.is_over = False
        """Whether all that is older is older than what is looked for."""

    @property
    def is_done(self) -> bool:
        """Whether the page is full, or enough was done for it."""
        return self.is_over or len(self.found) >= self._size or self._judged >= MOST_JUDGED

    async def top(self, edge: int) -> int:
        """The position behind the last row below `edge`; 1 or less where there is none."""
        last = (await self._all(select(func.max(EventRow.position)).where(EventRow.position < edge)))[0][0]
        return 1 if last is None else int(last) + 1

    async def piece(self, edge: int) -> int:
        """Look through the positions just below `edge`; how far that went."""
        floor = max(edge - PIECE, 1)
        while not self.is_done:
            low = await self._rows(edge, floor)
            if low is None:
                await self._pass(edge, floor)
                return await self.top(floor)
            edge = low
        return edge

    async def _rows(self, edge: int, floor: int) -> int | None:
        """Judge some rows; the position of the last of them, or None where the piece has no more."""
        within = EventRow.position < edge, EventRow.position >= floor
        # The form comes last: to ask a row for it takes longer than to see that it is not looked for.
        query = select(EventRow).where(*within, *self._conditions, ROW_OF_OURS)
        page = await self._all(query.order_by(EventRow.position.desc()).limit(_ROWS))
        last = await asyncio.to_thread(self._judge, page) if page else edge
        return last if len(page) == _ROWS or len(self.found) == self._size else None

    def _judge(self, page: Sequence[Any]) -> int:
        """Judge rows until there are enough; the position of the last."""
        for row in page:
            self._judged += 1
            self.back_to = row.at
            found = read(row, self._key)
            if fits(found, self._wanted):
                self.found.append(found)
                if len(self.found) == self._size:
                    return int(row.position)
        return int(page[-1].position)

    async def _pass(self, edge: int, floor: int) -> None:
        within = EventRow.position < edge, EventRow.position >= floor
        is_number = func.typeof(EventRow.at) == "integer"
        query = select(func.min(EventRow.at), func.max(EventRow.at)).where(*within, is_number)
        passed = (await self._all(query))[0]
        if passed[0] is None:
            return
        self.back_to = int(passed[0])
        since = self._wanted.since
        self.is_over = since is not None and int(passed[1]) < since - _DAY

    async def _all(self, query: Any) -> Sequence[Any]:
        """What a statement finds, with a connection that is given back at once."""
        async with self._database.reading() as connection:
            found: Sequence[Any] = (await connection.execute(query)).all()
        return found
