"""Answers to changes that tell a password, or what one is kept as; and those that give out what they are there for."""

import hashlib
from itertools import count
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header
from pydantic import BaseModel

from buckler.drill.arriving.entering import gather
from buckler.drill.attacks.access.excessive_data import ATTACK as D106
from buckler.drill.plan.options import Options
from tests.drill.people.apps import Store
from tests.drill.stage import engaged, found


class Form(BaseModel):
    """A name and a password."""

    username: str
    password: str


class Settings(BaseModel):
    """What people may change of themselves."""

    town: str


class Entry(BaseModel):
    """A password of another place, kept for its owner."""

    site: str
    password: str


def row(store: Store, name: str) -> dict[str, Any]:
    """An account as it is kept."""
    kept = hashlib.sha256(store.passwords[name].encode()).hexdigest()
    return {"username": name, "town": "Aix", "hashed_password": kept}


def doors(app: FastAPI, store: Store, flaw: str) -> None:
    """Registering and signing in."""

    @app.post("/register", status_code=201)
    async def register(form: Form) -> dict[str, Any]:
        store.passwords[form.username] = form.password
        if flaw == "register tells the row":
            return row(store, form.username)
        if flaw == "register tells it in short":
            return {"username": form.username, "pw_hash": row(store, form.username)["hashed_password"]}
        if flaw == "register repeats the password":
            return {"message": "welcome", "user": {"name": form.username, "pass": form.password}}
        return {"username": form.username, "verification_token": "sent-by-letter-9f8e7d6c5b4a"}

    @app.post("/login")
    async def login(form: Form) -> dict[str, Any]:
        token = {"access_token": store.enter(form.username, form.password)}
        return {**token, "user": row(store, form.username)} if flaw == "login tells the row" else token


def safe(flaw: str = "") -> FastAPI:
    """An app that keeps passwords of other places, with this flaw."""
    app, store = FastAPI(), Store()
    numbers = count(1)
    doors(app, store, flaw)

    def caller(authorization: Annotated[str, Header()] = "") -> str:
        return store.who(authorization.removeprefix("Bearer "))

    @app.put("/settings")
    async def change(_settings: Settings, who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        told = {"password": store.passwords[who]} if flaw == "change tells the password" else {}
        return {"username": who, **told}

    @app.post("/keys", status_code=201)
    async def key(who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        return {"id": next(numbers), "owner": who, "api_key": "k-1f2e3d4c5b6a79880", "secret": "s-0a1b2c3d4e5f6071"}

    @app.post("/entries", status_code=201)
    async def keep(entry: Entry, who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        return {"id": next(numbers), "owner": who, **entry.model_dump()}

    @app.trace("/state")
    async def state() -> dict[str, Any]:
        return {"accounts": [row(store, name) for name in store.passwords] if flaw == "trace tells all" else []}

    return app


TOLD = {
    "register tells the row": "POST /register",
    "register tells it in short": "POST /register",
    "register repeats the password": "POST /register",
    "login tells the row": "POST /login",
    "change tells the password": "PUT /settings",
    "trace tells all": "TRACE /state",
}


@pytest.mark.parametrize("flaw", TOLD)
async def test_a_password_in_the_answer_to_a_change_is_found(flaw: str) -> None:
    async with engaged(safe(flaw)) as on:
        on.cast = await gather(on, Options())
        assert await found(on, D106) == {("D106", TOLD[flaw])}


async def test_what_was_just_made_or_sent_is_meant_to_be_there() -> None:
    """Keys, tokens, and passwords of other places that their owner keeps here."""
    async with engaged(safe()) as on:
        on.cast = await gather(on, Options())
        assert await found(on, D106) == set()


@pytest.mark.parametrize("tells", [True, False])
async def test_the_environment_of_the_process_is_no_password_and_told_as_what_it_is(tells: bool) -> None:
    """PWD is where the process stands. Alone it is nothing; with the rest of the environment it is a leak."""
    app = FastAPI()

    @app.get("/about")
    async def about() -> dict[str, Any]:
        return {"PWD": "/srv/app", **({"env": {"PATH": "/usr/bin", "HOME": "/root", "LANG": "C"}} if tells else {})}

    async with engaged(app) as on:
        assert await found(on, D106) == ({("D106", "GET /about")} if tells else set())
