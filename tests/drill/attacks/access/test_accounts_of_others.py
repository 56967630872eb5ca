"""An account that another one changes: by its own path, where everybody may read who there is."""

from itertools import count
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from buckler.drill.arriving.entering import gather
from buckler.drill.attacks.access.object_write import ATTACK as D104
from buckler.drill.plan.options import Options
from tests.drill.people.apps import Store
from tests.drill.stage import engaged, found


class Form(BaseModel):
    """Who registers."""

    username: str
    email: str
    password: str


class Login(BaseModel):
    """Who signs in."""

    username: str
    password: str


class Change(BaseModel):
    """What people change of themselves."""

    nickname: str | None = None


def club(*, checks: bool) -> FastAPI:
    """Members read each other's profiles. Where it `checks`, each changes the own one alone."""
    app, store, numbers = FastAPI(), Store(), count(1)
    members: dict[int, dict[str, Any]] = {}

    def caller(authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        name = store.who(authorization.removeprefix("Bearer "))
        return next(each for each in members.values() if each["username"] == name)

    Caller = Annotated[dict[str, Any], Depends(caller)]  # noqa: N806

    @app.post("/register", status_code=201)
    async def register(form: Form) -> dict[str, Any]:
        if form.username in store.passwords:
            raise HTTPException(409)
        store.passwords[form.username] = form.password
        number = next(numbers)
        members[number] = {"id": number, "username": form.username, "nickname": ""}
        return members[number]

    @app.post("/login")
    async def login(form: Login) -> dict[str, str]:
        return {"access_token": store.enter(form.username, form.password)}

    @app.get("/members/{member_id}")
    async def one(member_id: int) -> dict[str, Any]:
        if member_id not in members:
            raise HTTPException(404)
        return members[member_id]

    @app.patch("/members/{member_id}")
    async def change(member_id: int, new: Change, who: Caller) -> dict[str, Any]:
        if member_id not in members:
            raise HTTPException(404)
        if checks and who["id"] != member_id:
            raise HTTPException(403)
        members[member_id]["nickname"] = new.nickname
        return members[member_id]

    return app


@pytest.mark.parametrize("checks", [False, True])
async def test_who_changes_another_account_is_found(checks: bool) -> None:
    """Everybody reads it, and that says nothing of who may change it."""
    async with engaged(club(checks=checks)) as on:
        on.cast = await gather(on, Options())
        assert await found(on, D104) == (set() if checks else {("D104", "PATCH /members/{member_id}")})
