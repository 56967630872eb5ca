"""Who calls, and what they are to a department."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyHeader

from tests.drill.targets.people_api.store import Person, Store, digest

by_key = APIKeyHeader(name="X-API-Key", auto_error=False)


def person_of(store: Store, key: str, flawed: frozenset[str]) -> Person | None:
    """Who has this key, and works here."""
    person = store.by_key(key)
    if person is None and "old-keys-live-on" in flawed:
        person = store.people.get(store.old_keys.get(digest(key), ""))
    gone = person is not None and person.disabled and "disabled-people-stay" not in flawed
    return None if gone else person


async def signed_in(request: Request, key: Annotated[str | None, Depends(by_key)]) -> Person:
    """Whoever sends a key."""
    if person := person_of(request.app.state.store, key or "", request.app.state.flawed):
        return person
    raise HTTPException(401, "Send your key", headers={"WWW-Authenticate": "ApiKey"})


SignedIn = Annotated[Person, Depends(signed_in)]


async def manager(caller: SignedIn) -> Person:
    """A manager only."""
    if caller.role != "manager":
        raise HTTPException(403, "For managers")
    return caller


Manager = Annotated[Person, Depends(manager)]


def see_to(caller: Person, department: str) -> None:
    """One's own department only. Of others one does not even hear whether they are there."""
    if caller.department != department:
        raise HTTPException(404, "No such department")
