"""Routes of a person: one's own profile, and what an administrator does with those of others."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict

from tests.drill.targets.careful.texts import Key, Line, Strict
from tests.drill.targets.noteboard.callers import SignedIn, administrator
from tests.drill.targets.noteboard.store import Store, User


class Me(BaseModel):
    """What one is told of oneself."""

    model_config = ConfigDict(from_attributes=True)
    id: str
    email: str
    name: str
    role: str


class Profile(Strict):
    """What one may change of oneself."""

    name: Line


class ProfileOfAnything(BaseModel):
    """Whatever a user has."""

    model_config = ConfigDict(extra="allow")
    name: Line | None = None


class Person(Me):
    """What an administrator is told."""

    disabled: bool


class Profiles:
    """One's own profile."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed

    def router(self) -> APIRouter:
        """To look, to change, to leave."""
        router = APIRouter(prefix="/me", tags=["people"])
        if "me-shows-the-hash" in self.flawed:
            router.get("")(self.me_whole)
        else:
            router.get("", response_model=Me)(self.me)
        change = self.change_anything if "profile-takes-a-role" in self.flawed else self.change
        router.patch("", response_model=Me)(change)
        leave = self.hide if "alive-after-removal" in self.flawed else self.leave
        router.delete("", status_code=204)(leave)
        return router

    async def me(self, caller: SignedIn) -> User:
        """Who I am."""
        return caller.user

    async def me_whole(self, caller: SignedIn) -> dict[str, Any]:
        """Who I am."""
        return asdict(caller.user)

    async def change(self, profile: Profile, caller: SignedIn) -> User:
        """Another name."""
        caller.user.name = profile.name
        return caller.user

    async def change_anything(self, profile: ProfileOfAnything, caller: SignedIn) -> User:
        """Another name."""
        for field, value in profile.model_dump(exclude_unset=True).items():
            if field in User.__slots__:
                setattr(caller.user, field, value)
        return caller.user

    async def leave(self, caller: SignedIn) -> None:
        """Remove my account and my notes."""
        self.store.end_sessions(caller.user.id)
        del self.store.users[caller.user.id]
        for note in [note for note in self.store.notes.values() if note.owner_id == caller.user.id]:
            del self.store.notes[note.id]

    async def hide(self, caller: SignedIn) -> None:
        """Remove my account."""
        caller.user.disabled = True
        caller.user.email = f"removed-{caller.user.id}"


class Administration:
    """Accounts of others."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed

    def router(self) -> APIRouter:
        """To list, to remove, to disable."""
        router = APIRouter(prefix="/admin", tags=["administration"])
        admins = [Depends(administrator)]
        everybody = admins[:0]
        readers = everybody if "admin-list-for-everybody" in self.flawed else admins
        # The gate in front of the app looks at who deletes, where there is one.
        removers = everybody if "method-override" in self.flawed else admins
        router.get("/users", response_model=list[Person], dependencies=readers)(self.people)
        router.delete("/users/{user_id}", status_code=204, dependencies=removers)(self.remove)
        router.post("/users/{user_id}/disable", status_code=204, dependencies=admins)(self.disable)
        return router

    async def people(self, caller: SignedIn) -> Sequence[User]:
        """Everybody."""
        return list(self.store.users.values())[:200]

    async def remove(self, user_id: Key, caller: SignedIn) -> None:
        """Remove somebody."""
        user = self._found(user_id)
        self.store.end_sessions(user.id)
        del self.store.users[user.id]

    async def disable(self, user_id: Key) -> None:
        """Keep somebody out."""
        user = self._found(user_id)
        user.disabled = True
        if "alive-after-disabling" not in self.flawed:
            self.store.end_sessions(user.id)

    def _found(self, user_id: str) -> User:
        user = self.store.users.get(user_id)
        if user is None:
            raise HTTPException(404, "No such person")
        if user.role == "admin":
            raise HTTPException(409, "An administrator stays")
        return user
