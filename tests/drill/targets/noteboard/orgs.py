"""Routes of orgs: people who share notes. `/board` shows those of the org that a header names."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException
from pydantic import BaseModel

from tests.drill.targets.careful.texts import Email, Key, Line, Strict
from tests.drill.targets.noteboard.callers import SignedIn
from tests.drill.targets.noteboard.notes import NoteIn, NoteOut
from tests.drill.targets.noteboard.store import Note, Org, Store

MOST_ORGS = 50


class OrgIn(Strict):
    """A new org."""

    name: Line


class OrgOut(BaseModel):
    """An org as its members see it."""

    id: str
    name: str
    members: int


class Member(Strict):
    """Who is to join."""

    email: Email


class Orgs:
    """Orgs and their notes."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed

    def router(self) -> APIRouter:
        """All that one does with orgs."""
        router = APIRouter(tags=["orgs"])
        router.post("/orgs", status_code=201)(self.found)
        router.get("/orgs")(self.mine)
        router.post("/orgs/{org_id}/members", status_code=202)(self.invite)
        router.post("/orgs/{org_id}/notes", status_code=201, response_model=NoteOut)(self.write)
        router.get("/orgs/{org_id}/notes/{note_id}", response_model=NoteOut)(self.read)
        router.get("/board", response_model=list[NoteOut])(self.board)
        return router

    async def found(self, new: OrgIn, caller: SignedIn) -> OrgOut:
        """A new org; its founder is its first member."""
        if sum(org.owner_id == caller.user.id for org in self.store.orgs.values()) >= MOST_ORGS:
            raise HTTPException(409, "You have too many orgs")
        org = Org(new.name, caller.user.id, {caller.user.id})
        self.store.orgs[org.id] = org
        return shown(org)

    async def mine(self, caller: SignedIn) -> list[OrgOut]:
        """Those I am a member of."""
        return [shown(org) for org in self.store.orgs.values() if caller.user.id in org.members]

    async def invite(self, org_id: Key, who: Member, caller: SignedIn) -> dict[str, str]:
        """Let somebody in."""
        org = self._entered(org_id, caller)
        if org.owner_id != caller.user.id:
            raise HTTPException(403, "Only who founded an org lets others in")
        if user := self.store.by_email(who.email):
            org.members.add(user.id)
        return {"message": "Whoever has this address is a member now."}

    async def write(self, org_id: Key, new: NoteIn, caller: SignedIn) -> Note:
        """A note that all members read."""
        org = self._entered(org_id, caller)
        return self.store.keep(Note(caller.user.id, new.title, new.text, org_id=org.id))

    async def read(self, org_id: Key, note_id: Key, caller: SignedIn) -> Note:
        """One note of an org."""
        org = self._entered(org_id, caller)
        note = self.store.notes.get(note_id)
        if note is None or (note.org_id != org.id and "nested-note-of-another-org" not in self.flawed):
            raise HTTPException(404, "No such note")
        return note

    async def board(self, caller: SignedIn, x_org: Annotated[Key, Header()]) -> Sequence[Note]:
        """The notes of an org."""
        org = self._named(x_org) if "board-of-any-org" in self.flawed else self._entered(x_org, caller)
        return [note for note in self.store.notes.values() if note.org_id == org.id][:100]

    def _named(self, org_id: str) -> Org:
        if org := self.store.orgs.get(org_id):
            return org
        raise HTTPException(404, "No such org")

    def _entered(self, org_id: str, caller: SignedIn) -> Org:
        org = self._named(org_id)
        if caller.user.id not in org.members:
            raise HTTPException(404, "No such org")
        return org


def shown(org: Org) -> OrgOut:
    """As a member sees it."""
    return OrgOut(id=org.id, name=org.name, members=len(org.members))
