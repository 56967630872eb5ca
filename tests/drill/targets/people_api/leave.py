"""Routes of oneself and of days off. A header tells for whom a manager asks."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from tests.drill.targets.careful.texts import Key, Line, Strict
from tests.drill.targets.people_api.callers import SignedIn
from tests.drill.targets.people_api.store import Leave, Person, Store, digest, new_key

MOST_LEAVES = 200
WORDS = re.compile(r"^([a-z]+[ -]?)+$")
Nickname = Annotated[str, StringConstraints(max_length=26, pattern=r"^[a-z]+(?:[ -][a-z]+)*$")]


def of_words(nickname: str) -> str:
    """Small letters, in words."""
    if not WORDS.match(nickname):
        raise ValueError("small letters, in words")
    return nickname


class Me(BaseModel):
    """What one is told of oneself."""

    model_config = ConfigDict(from_attributes=True)
    id: str
    name: str
    email: str
    title: str
    department: str
    role: str
    nickname: str


class NewKey(BaseModel):
    """What goes into X-API-Key."""

    api_key: str


class Nick(Strict):
    """How one is called."""

    nickname: Nickname


class NickOfWords(Strict):
    """How one is called."""

    nickname: Annotated[str, Field(max_length=26), AfterValidator(of_words)]


class LeaveIn(Strict):
    """Days off, for oneself if nobody is named."""

    days: Annotated[int, Field(ge=1, le=60)]
    reason: Line
    person_id: Key | None = None


class LeaveOut(BaseModel):
    """Days off that somebody asked for."""

    model_config = ConfigDict(from_attributes=True)
    id: str
    person_id: str
    days: int
    reason: str


class Leaves:
    """The routes, with what they need."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(tags=["oneself"])
        router.get("/me", response_model=Me)(self.me)
        slow = "nickname-backtracks" in self.flawed
        router.patch("/me", response_model=Me)(self.call_me_words if slow else self.call_me)
        router.post("/me/key", status_code=201)(self.renew)
        router.get("/leave-requests", response_model=list[LeaveOut])(self.leaves)
        router.post("/leave-requests", status_code=201, response_model=LeaveOut)(self.ask)
        router.get("/leave-requests/{leave_id}", response_model=LeaveOut)(self.one)
        router.delete("/leave-requests/{leave_id}", status_code=204)(self.withdraw)
        return router

    async def me(self, caller: SignedIn) -> Person:
        """Who I am."""
        return caller

    async def call_me(self, nick: Nick, caller: SignedIn) -> Person:
        """Another nickname."""
        caller.nickname = nick.nickname
        return caller

    async def call_me_words(self, nick: NickOfWords, caller: SignedIn) -> Person:
        """Another nickname."""
        caller.nickname = nick.nickname
        return caller

    async def renew(self, caller: SignedIn) -> NewKey:
        """Another key, which is shown once; the old one is void."""
        key = new_key()
        self.store.old_keys[caller.key_hash] = caller.id
        caller.key_hash = digest(key)
        return NewKey(api_key=key)

    async def leaves(self, caller: SignedIn, x_employee_id: Annotated[Key | None, Header()] = None) -> Sequence[Leave]:
        """Mine, or those of whom the header names."""
        person = self._meant(x_employee_id, caller, "acting-for-anybody")
        everybody = "leave-of-everybody" in self.flawed and x_employee_id is None
        return [leave for leave in self.store.leaves.values() if everybody or leave.person_id == person.id]

    async def ask(self, new: LeaveIn, caller: SignedIn) -> Leave:
        """Ask for days off."""
        person = self._meant(new.person_id, caller, "leave-for-anybody")
        if sum(leave.person_id == person.id for leave in self.store.leaves.values()) >= MOST_LEAVES:
            raise HTTPException(409, "That is enough")
        leave = Leave(person.id, new.days, new.reason)
        self.store.leaves[leave.id] = leave
        return leave

    async def one(self, leave_id: Key, caller: SignedIn) -> Leave:
        """One of mine."""
        return self._own(leave_id, caller)

    async def withdraw(self, leave_id: Key, caller: SignedIn) -> None:
        """Work after all."""
        del self.store.leaves[self._own(leave_id, caller).id]

    def _own(self, leave_id: str, caller: Person) -> Leave:
        leave = self.store.leaves.get(leave_id)
        if leave is None or leave.person_id != caller.id:
            raise HTTPException(404, "No such request")
        return leave

    def _meant(self, person_id: str | None, caller: Person, unless: str) -> Person:
        """The caller, or whom a manager of the department names."""
        if person_id is None:
            return caller
        person = self.store.people.get(person_id)
        if person is None:
            raise HTTPException(404, "No such person")
        manages = caller.role == "manager" and caller.department == person.department
        if person is not caller and not manages and unless not in self.flawed:
            raise HTTPException(404, "No such person")
        return person
