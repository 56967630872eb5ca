"""Ownership is needed: where everybody sees every object, the attacks of the neighbour next door succeed.

Without the passage nothing would be handed over at all: the dependency refuses where the guard named no viewer. So the
twin has another in its place, whose viewer sees everything.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import ColumnElement, true

from buckler.access.declarations.declaration import Duty
from buckler.access.doors.passage import Passage, Step
from buckler.access.ownership.rule import Rule
from buckler.access.ownership.sights import Sight
from buckler.access.ownership.viewer import Viewer
from buckler.asgi import Exchange
from buckler.clock import SystemClock
from buckler.defence import Defence
from buckler.events import EventLog
from tests.access.ownership.library import PEOPLE, Database, shelf
from tests.proof import two_sided_async
from tests.twins.twin import Twin
from tests.wire import ask


class Everything(Sight):
    """Is allowed to see all there is."""

    def condition(self, rule: Rule[object], of: object = None) -> ColumnElement[bool]:
        return true()

    def admits(self, rule: Rule[object], owner: object, tenant: object) -> bool:
        return True


class AllSeeing(Viewer):
    """Sees whatever there is."""

    def sight(self, rule: object) -> object:  # type: ignore[override]
        return Everything(None, None, lifted=False)

    def has_seen(self, objects: object) -> bool:
        """Whatever there is."""
        return True


class Unasked(Passage):
    """In the place of ownership: names a viewer who sees everything."""

    name = "ownership"

    def step_for(self, duty: Duty) -> Step | None:
        return self._admit if duty.owned else None

    def _admit(self, exchange: Exchange) -> None:
        assert exchange.principal is not None
        exchange.viewer = AllSeeing(exchange.principal, EventLog(SystemClock()), exchange)


class Shared(Twin):
    """Everybody's objects are everybody's."""

    def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
        kept = super()._compose(defences)
        return (*kept, Unasked()) if len(kept) < len(defences) else kept


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Filled anew for each test."""
    made = Database(tmp_path)
    yield made
    await made.close()


async def prove(name: str, attack: Callable[[FastAPI], Awaitable[bool]], database: Database, *, waits: bool) -> None:
    """The attack succeeds where the defence `name` is replaced and fails where it stands."""
    whole, twin = shelf(database, waits=waits), shelf(database, waits=waits, kind=Shared, without=name)
    await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.parametrize("waits", [True, False], ids=["async", "sync"])
@pytest.mark.asvs("8.2.2")
async def test_ownership(database: Database, waits: bool) -> None:
    """Bob counts upwards and reads alice's note (CWE-639)."""

    async def attack(app: FastAPI) -> bool:
        return b"of alice" in (await ask(app, "GET", "/notes/1", token="bob")).body

    await prove("ownership", attack, database, waits=waits)


@pytest.mark.parametrize("waits", [True, False], ids=["async", "sync"])
@pytest.mark.asvs("8.4.1")
async def test_tenants(database: Database, waits: bool) -> None:
    """Somebody of the other tenant holds every permission there is, and reads what is not their tenant's."""
    assert PEOPLE["stranger"].may("notes:any")

    async def attack(app: FastAPI) -> bool:
        return b"of alice" in (await ask(app, "GET", "/notes/1", token="stranger")).body

    await prove("ownership", attack, database, waits=waits)


@pytest.mark.asvs("8.2.2")
async def test_parents(database: Database) -> None:
    """Bob reads a comment on alice's note: whose it is stands on the note alone."""

    async def attack(app: FastAPI) -> bool:
        return b"a word" in (await ask(app, "GET", "/comments/1", token="bob")).body

    await prove("ownership", attack, database, waits=True)


async def test_without_a_viewer_nothing_is_handed_over(database: Database) -> None:
    """Fail closed: leaving the passage out opens nothing, not even to the owner."""
    app = shelf(database, kind=Twin, without="ownership")
    answer = await ask(app, "GET", "/notes/1", token="alice")
    assert (answer.status, answer.code) == (403, "undecided")
