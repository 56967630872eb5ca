"""Routes of one's own notes."""

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict

from tests.drill.targets.careful.texts import Key, Line, Strict, Text
from tests.drill.targets.noteboard.callers import SignedIn
from tests.drill.targets.noteboard.store import Note, Store


class NoteIn(Strict):
    """What one writes."""

    title: Line
    text: Text = ""


class NoteOut(BaseModel):
    """A note as it is shown."""

    model_config = ConfigDict(from_attributes=True)
    id: str
    owner_id: str
    org_id: str | None
    title: str
    text: str


class Copy(Strict):
    """Which note to copy."""

    note_id: Key


class Notes:
    """Notes of one person."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed

    def router(self) -> APIRouter:
        """All that one does with notes."""
        router = APIRouter(prefix="/notes", tags=["notes"])
        router.get("", response_model=list[NoteOut])(self.list_notes)
        router.post("", status_code=201, response_model=NoteOut)(self.write)
        router.post("/copy", status_code=201, response_model=NoteOut)(self.copy)
        router.get("/{note_id}", response_model=NoteOut)(self.read)
        router.put("/{note_id}", response_model=NoteOut)(self.change)
        router.delete("/{note_id}", status_code=204)(self.remove)
        export = self.export_openly if "export-without-signing-in" in self.flawed else self.export
        router.get("/{note_id}/export", response_class=PlainTextResponse)(export)
        return router

    async def list_notes(self, caller: SignedIn) -> Sequence[Note]:
        """The first hundred."""
        notes = [note for note in self.store.notes.values() if note.org_id is None]
        if "list-of-everybodys-notes" not in self.flawed:
            notes = [note for note in notes if note.owner_id == caller.user.id]
        return notes[:100]

    async def write(self, new: NoteIn, caller: SignedIn) -> Note:
        """A new one."""
        return self.store.keep(Note(caller.user.id, new.title, new.text))

    async def copy(self, which: Copy, caller: SignedIn) -> Note:
        """A new one with the text of another."""
        note = self._find(which.note_id, caller, "copies-of-anybodys-note")
        return self.store.keep(Note(caller.user.id, f"Copy of {note.title}"[:120], note.text))

    async def read(self, note_id: Key, caller: SignedIn) -> Note:
        """One."""
        return self._find(note_id, caller, "notes-read-by-anybody")

    async def change(self, note_id: Key, new: NoteIn, caller: SignedIn) -> Note:
        """Write it anew."""
        note = self._find(note_id, caller, "notes-changed-by-anybody")
        note.title, note.text = new.title, new.text
        return note

    async def remove(self, note_id: Key, caller: SignedIn) -> None:
        """Throw it away."""
        del self.store.notes[self._find(note_id, caller).id]

    async def export(self, note_id: Key, caller: SignedIn) -> PlainTextResponse:
        """One as a file of text."""
        return as_text(self._find(note_id, caller))

    async def export_openly(self, note_id: Key) -> PlainTextResponse:
        """One as a file of text."""
        if note := self.store.notes.get(note_id):
            return as_text(note)
        raise HTTPException(404, "No such note")

    def _find(self, note_id: str, caller: SignedIn, unless: str = "") -> Note:
        """The caller's note of this id."""
        note = self.store.notes.get(note_id)
        if note is None or note.org_id is not None:
            raise HTTPException(404, "No such note")
        if note.owner_id != caller.user.id and unless not in self.flawed:
            raise HTTPException(404, "No such note")
        return note


def as_text(note: Note) -> PlainTextResponse:
    """A note to keep in a file."""
    headers = {"Content-Disposition": 'attachment; filename="note.txt"'}
    return PlainTextResponse(f"{note.title}\n\n{note.text}\n", headers=headers)
