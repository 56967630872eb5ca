"""Whoever registers with a list of roles: the form alone is taken, or all that came with it."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict

from buckler.drill.arriving.entering import gather
from buckler.drill.attacks.access.mass_assignment import ATTACK as D105
from buckler.drill.plan.options import Options
from tests.drill.people.apps import Store
from tests.drill.stage import engaged, found


class Form(BaseModel):
    """What the form asks for; what else comes is kept, for whoever looks at it."""

    model_config = ConfigDict(extra="allow")

    username: str
    password: str


def office(*, takes: bool) -> FastAPI:
    """An office that registers whoever comes, as a clerk; or, where `takes`, as what one says."""
    app, store, roles = FastAPI(), Store(), dict[str, list[str]]()

    def caller(authorization: Annotated[str, Header()] = "") -> str:
        return store.who(authorization.removeprefix("Bearer "))

    @app.post("/register", status_code=201)
    async def register(form: Form) -> dict[str, str]:
        if form.username in store.passwords:
            raise HTTPException(409)
        store.passwords[form.username] = form.password
        more: dict[str, Any] = form.model_extra or {}
        roles[form.username] = ["clerk", *(more.get("roles", ()) if takes else ())]
        return {"username": form.username}

    @app.post("/login")
    async def login(form: Form) -> dict[str, str]:
        return {"access_token": store.enter(form.username, form.password)}

    @app.get("/me")
    async def me(name: Annotated[str, Depends(caller)]) -> dict[str, object]:
        return {"username": name, "roles": roles[name]}

    return app


@pytest.mark.parametrize("takes", [True, False])
async def test_a_list_of_roles_is_tried_at_the_door(takes: bool) -> None:
    async with engaged(office(takes=takes)) as on:
        on.cast = await gather(on, Options())
        assert await found(on, D105) == ({("D105", "POST /register")} if takes else set())


class Offering(BaseModel):
    """A form that offers a role to whoever comes."""

    username: str
    password: str
    role: str = "clerk"


@pytest.mark.parametrize("by", ["username", "user_id"])
@pytest.mark.parametrize("takes", [True, False])
async def test_what_became_of_an_account_is_seen_where_accounts_are_read_by_name(takes: bool, by: str) -> None:
    """No route says who is calling; one tells of an account by its name, or by the id that registering answered."""
    app, store, people = FastAPI(), Store(), dict[str, dict[str, object]]()

    @app.post("/users", status_code=201)
    async def register(form: Offering) -> dict[str, object]:
        if form.username in store.passwords:
            raise HTTPException(409)
        number = store.add(form.username, form.password)
        key = form.username if by == "username" else str(number)
        people[key] = {"username": form.username, "role": form.role if takes else "clerk"}
        return {"message": "registered", **({"user_id": number} if by == "user_id" else {})}

    @app.post("/login")
    async def login(form: Form) -> dict[str, str]:
        return {"access_token": store.enter(form.username, form.password)}

    @app.get(f"/users/{{{by}}}")
    async def one(request: Request) -> dict[str, object]:
        if request.path_params[by] not in people:
            raise HTTPException(404)
        return people[request.path_params[by]]

    async with engaged(app) as on:
        on.cast = await gather(on, Options())
        assert await found(on, D105) == ({("D105", "POST /users")} if takes else set())
