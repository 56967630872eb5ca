"""The reference service: accounts, notes with an owner, and a report that needs a permission.

- People come in at `/console`, where `/` leads them.
- `/health` is public, and says so.
- A note is its owner's alone. A stranger's note and a missing one answer with the same words, so
  that nobody learns which notes exist (ASVS 8.2.2).
- What comes in and what goes out are models of their own; unknown fields are refused, texts are
  bounded and come back as they were sent, letter for letter.
- It uses Buckler's public names only, as any app would.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from buckler import Buckler, Limit, Principal, Public, Requires, Roles
from buckler.input import Count, Key, Page, PageQuery, StrictModel, text_of
from buckler.service.notes import LISTED, LONGEST, MINE, Database, NoteRow, Notes, notes_of

ROLES: Final = Roles({"reader": (), "analyst": ("reader", "reports:read"), "admin": ("*",)}, new="reader")

router = APIRouter()


class NewNote(StrictModel):
    """A note to keep."""

    text: Annotated[str, text_of(longest=LONGEST, shortest=1)]


class KeptNote(StrictModel):
    """A note as its owner sees it."""

    id: Key
    text: Annotated[str, Field(max_length=LONGEST)]


class Health(StrictModel):
    """Whether the service answers."""

    status: Literal["ok"]


class Report(StrictModel):
    """How much is kept here."""

    notes: Count
    owners: Count


Caller = Annotated[Principal, Requires()]
Shelf = Annotated[Notes, Depends(notes_of)]
Mine = Annotated[NoteRow, MINE]


@router.get("/", dependencies=[Public("the way to the console")], include_in_schema=False)
async def front() -> RedirectResponse:
    """Where people go on. A client that has read the document of the API has no need of it."""
    return RedirectResponse("/console", 303)


@router.get("/health", dependencies=[Public("liveness probe")], tags=["service"])
async def health() -> Health:
    """Whether the service answers."""
    return Health(status="ok")


@router.post("/notes", status_code=201, dependencies=[Limit("60/minute")], tags=["notes"])
async def add_note(who: Caller, notes: Shelf, note: NewNote) -> KeptNote:
    """Keep a note."""
    kept = await notes.add(who.id, note.text)
    return KeptNote(id=kept.id, text=kept.text)


@router.get("/notes", tags=["notes"])
async def list_notes(who: Caller, notes: Shelf, asked: Annotated[PageQuery, Depends(LISTED)]) -> Page[KeptNote]:
    """Your notes, newest first. For the next page, send `next` of this one as `cursor`."""
    page = await notes.page(who, asked)
    return Page(items=[KeptNote(id=note.id, text=note.text) for note in page.items], next=page.next)


@router.get("/notes/{note}", tags=["notes"])
async def read_note(note: Mine) -> KeptNote:
    """One note of yours."""
    return KeptNote(id=note.id, text=note.text)


@router.delete("/notes/{note}", status_code=204, response_class=Response, tags=["notes"])
async def remove_note(who: Caller, note: Mine, session: Database) -> None:
    """Throw a note of yours away."""
    await MINE.remove(who, note, session)


@router.get("/report", dependencies=[Requires("reports:read")], tags=["service"])
async def report(notes: Shelf) -> Report:
    """How much is kept here, for those who may know."""
    kept, owners = await notes.count()
    return Report(notes=kept, owners=owners)


def create_app() -> FastAPI:
    """The service, with its settings from the environment."""
    app = FastAPI(title="Buckler reference service", lifespan=_life)
    buckler = Buckler(app, accounts=True, roles=ROLES, console=True, health=Public("probes of the platform"))
    app.state.notes = Notes(buckler.settings.data / "notes.sqlite3")
    app.include_router(router)
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncGenerator[None]:
    async with app.state.notes.kept():
        yield
