"""Routes of departments and their people."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from tests.drill.targets.careful.texts import Email, Key, Line, Strict
from tests.drill.targets.people_api.callers import Manager, SignedIn, manager, see_to
from tests.drill.targets.people_api.store import Person, Store, digest, new_key

Salary = Annotated[int, Field(ge=0, le=100_000_000)]
Ids = Annotated[list[Key], Field(min_length=1, max_length=50)]


class PersonIn(Strict):
    """Somebody new."""

    name: Line
    email: Email
    title: Line = "Clerk"
    salary: Salary = 3_000_000


class PersonInOfAnything(PersonIn):
    """With whatever else a person has."""

    model_config = ConfigDict(extra="allow")


class PersonOut(BaseModel):
    """A record as a manager sees it."""

    model_config = ConfigDict(from_attributes=True)
    id: str
    name: str
    email: str
    title: str
    department: str
    role: str
    nickname: str
    disabled: bool
    archived: bool


class NewPerson(PersonOut):
    """With the key, which is shown once."""

    api_key: str


class Pay(Strict):
    """In cents a year."""

    salary: Salary


class Some(Strict):
    """Several people."""

    ids: Ids


class Change(Some):
    """What is to become of several people."""

    action: Literal["archive", "restore"]


class People:
    """The routes, with what they need."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(prefix="/departments/{department}", tags=["people"])
        managers = [Depends(manager)]
        everybody = managers[:0]
        router.get("/people", response_model=list[PersonOut])(self.list_people)
        hire = self.hire_anything if "new-person-takes-a-role" in self.flawed else self.hire
        router.post("/people", status_code=201, response_model=NewPerson)(hire)
        if "records-with-everything" in self.flawed:
            router.get("/people/{person_id}")(self.whole_record)
        else:
            router.get("/people/{person_id}", response_model=PersonOut)(self.record)
        # The gate in front of the app looks at who deletes, where there is one.
        removers = everybody if "method-in-the-query" in self.flawed else managers
        router.delete("/people/{person_id}", status_code=204, dependencies=removers)(self.dismiss)
        router.post("/people/{person_id}/disable", status_code=204, dependencies=managers)(self.disable)
        router.get("/people/{person_id}/salary")(self.salary)
        payers = everybody if "salary-set-by-employees" in self.flawed else managers
        router.put("/people/{person_id}/salary", dependencies=payers)(self.pay)
        open_phones = "phones-without-a-key" in self.flawed
        router.get("/phones")(self.phones_openly if open_phones else self.phones)
        return router

    def bulk_router(self) -> APIRouter:
        """Several people at once."""
        router = APIRouter(prefix="/people", tags=["people"])
        router.post("/lookup", response_model=list[PersonOut])(self.lookup)
        router.post("/bulk")(self.change)
        return router

    async def list_people(self, department: Key, caller: Manager) -> Sequence[Person]:
        """Who works here."""
        if "people-of-any-department" not in self.flawed:
            see_to(caller, department)
        return self.store.of(department)

    async def hire(self, department: Key, new: PersonIn, caller: Manager) -> dict[str, Any]:
        """Somebody new."""
        return self._hired(department, new, caller)

    async def hire_anything(self, department: Key, new: PersonInOfAnything, caller: Manager) -> dict[str, Any]:
        """Somebody new."""
        return self._hired(department, new, caller)

    async def record(self, department: Key, person_id: Key, caller: SignedIn) -> Person:
        """One's own record, or for a manager one of the department."""
        return self._seen(department, person_id, caller)

    async def whole_record(self, department: Key, person_id: Key, caller: SignedIn) -> dict[str, Any]:
        """One's own record, or for a manager one of the department."""
        return asdict(self._seen(department, person_id, caller))

    async def dismiss(self, department: Key, person_id: Key, caller: SignedIn) -> None:
        """Somebody leaves."""
        del self.store.people[self._subordinate(department, person_id, caller).id]

    async def disable(self, department: Key, person_id: Key, caller: SignedIn) -> None:
        """Somebody's key opens nothing any more."""
        self._subordinate(department, person_id, caller).disabled = True

    async def salary(self, department: Key, person_id: Key, caller: SignedIn) -> Pay:
        """One's own, or for a manager somebody's of the department."""
        see_to(caller, department)
        person = self.store.people.get(person_id)
        if person is None or not self._may_see_pay(caller, person):
            raise HTTPException(404, "No such person")
        return Pay(salary=person.salary)

    def _may_see_pay(self, caller: Person, person: Person) -> bool:
        if caller is person:
            return True
        if caller.role != "manager" and "salary-of-colleagues" not in self.flawed:
            return False
        return caller.department == person.department or "salary-of-another-department" in self.flawed

    async def pay(self, department: Key, person_id: Key, new: Pay, caller: SignedIn) -> Pay:
        """Another salary."""
        self._in(department, person_id, caller).salary = new.salary
        return new

    async def phones(self, department: Key, caller: Manager) -> dict[str, str]:
        """A number for each name."""
        see_to(caller, department)
        return self._phones(department)

    async def phones_openly(self, department: Key) -> dict[str, str]:
        """A number for each name."""
        return self._phones(department)

    async def lookup(self, some: Some, caller: Manager) -> Sequence[Person]:
        """The records of several people."""
        return self._all(some.ids, caller, "bulk-lookup-of-anybody")

    async def change(self, change: Change, caller: Manager) -> dict[str, int]:
        """Archive several people, or restore them."""
        found = self._all(change.ids, caller, "bulk-changes-anybody")
        for person in found:
            person.archived = change.action == "archive"
        return {"changed": len(found)}

    def _hired(self, department: str, new: PersonIn, caller: Person) -> dict[str, Any]:
        see_to(caller, department)
        key = new_key()
        person = Person(new.name, new.email, department, digest(key), new.title, salary=new.salary)
        for name, value in (new.model_extra or {}).items():
            if name in Person.__slots__:
                setattr(person, name, value)
        return {**asdict(self.store.add(person)), "api_key": key}

    def _phones(self, department: str) -> dict[str, str]:
        return {person.name: person.phone for person in self.store.of(department)}

    def _in(self, department: str, person_id: str, caller: Person) -> Person:
        """Somebody of the caller's department."""
        see_to(caller, department)
        person = self.store.people.get(person_id)
        if person is None or person.department != department:
            raise HTTPException(404, "No such person")
        return person

    def _seen(self, department: str, person_id: str, caller: Person) -> Person:
        """Whom the caller may see."""
        person = self._in(department, person_id, caller)
        if caller.role != "manager" and person is not caller:
            raise HTTPException(404, "No such person")
        return person

    def _subordinate(self, department: str, person_id: str, caller: Person) -> Person:
        """Somebody who is no manager."""
        person = self._in(department, person_id, caller)
        if person.role == "manager":
            raise HTTPException(409, "A manager stays")
        return person

    def _all(self, ids: list[str], caller: Person, unless: str) -> list[Person]:
        """All of them, or none: one of another department is as none."""
        found = [self.store.people[id_] for id_ in ids if id_ in self.store.people]
        strangers = [person for person in found if person.department != caller.department]
        if len(found) < len(ids) or (strangers and unless not in self.flawed):
            raise HTTPException(404, "No such person")
        return found
