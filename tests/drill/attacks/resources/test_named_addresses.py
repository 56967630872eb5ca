"""Apps that believe a header about who asks: the limit of an address, and what is for the inside alone."""

from typing import Annotated

import pytest
from fastapi import FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

from buckler.drill.arriving.entering import gather
from buckler.drill.attacks.access.method_override import ATTACK as D108
from buckler.drill.attacks.resources.unlimited_asking import ATTACK as D505
from buckler.drill.plan.options import Options
from tests.drill.people.apps import Store
from tests.drill.stage import engaged, found

_MOST = 3


class Form(BaseModel):
    """A name and a password."""

    username: str
    password: str


def shop(*, believes: bool) -> FastAPI:
    """Few accounts for an address, and figures for the inside; where it `believes`, a header says the address."""
    app, store, asked = FastAPI(), Store(), dict[str, int]()

    def address(request: Request, named: str) -> str:
        return named if believes and named else request.client.host if request.client else ""

    @app.post("/register", status_code=201)
    async def register(
        form: Form, request: Request, x_forwarded_for: Annotated[str, Header(include_in_schema=False)] = ""
    ) -> dict[str, int]:
        where = address(request, x_forwarded_for)
        asked[where] = asked.get(where, 0) + 1
        if asked[where] > _MOST:
            raise HTTPException(429)
        return {"id": store.add(form.username, form.password)}

    @app.post("/login")
    async def login(form: Form) -> dict[str, str]:
        return {"access_token": store.enter(form.username, form.password)}

    @app.get("/figures")
    async def figures(
        request: Request, x_forwarded_for: Annotated[str, Header(include_in_schema=False)] = ""
    ) -> dict[str, int]:
        if address(request, x_forwarded_for) != "127.0.0.1":
            raise HTTPException(403, "Internal network only")
        return {"sold": 42}

    return app


@pytest.mark.parametrize("believes", [True, False])
async def test_who_names_another_address_is_found(believes: bool) -> None:
    async with engaged(shop(believes=believes)) as on:
        on.cast = await gather(on, Options())
        wanted = {("D505", "POST /register"), ("D108", "GET /figures")} if believes else set()
        assert await found(on, D108, D505) == wanted
