"""An installation in a folder, on which something is done until it is killed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection, connect
from typing import Any

from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.administration.administration import OPERATOR
from tests.identity.post_house import PostHouse

MOVER = "mover"
"""The account whose roles change."""
ROOT = "root"
START = 1_800_000_000


@dataclass(frozen=True)
class Place:
    """`outside` is where its checkpoints go."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database(self) -> Path:
        return self.data / DATABASE_FILE

    @property
    def outside(self) -> Path:
        return self.folder / "outside" / "checkpoints.jsonl"

    def house(self, now: float = START) -> PostHouse:
        """The app on it, not opened yet, at this moment."""
        given = {"identifier": "username", "mail": None, "checkpoints": str(self.outside)}
        house = PostHouse(self.data, **given)
        house.clock.advance(now - house.clock.now())
        return house

    async def settle_in(self) -> None:
        """Two accounts, of which one is the administrator."""
        self.outside.parent.mkdir(parents=True)
        async with self.house() as house:
            await house.move_in(ROOT, "admin")
            await house.move_in(MOVER)
            await house.accounts.opened().administration.set_roles(OPERATOR, await self.mover(), ["reader"])

    async def mover(self) -> str:
        """The id of that account."""
        return str(self.rows("SELECT id FROM account WHERE name = ?", MOVER)[0][0])

    def rows(self, query: str, *given: object) -> list[Any]:
        with self._looked() as connection:
            return connection.execute(query, given).fetchall()

    @contextmanager
    def _looked(self) -> Iterator[Connection]:
        with closing(connect(self.database)) as connection, connection:
            yield connection
