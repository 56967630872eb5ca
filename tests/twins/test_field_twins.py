"""The defence of fields is needed: without it, and it alone, its attacks succeed."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from buckler import Public, Requires, Visible
from tests.proof import two_sided_async
from tests.stage import protect
from tests.twins.twin import Twin
from tests.wire import ask


class Account(BaseModel):
    name: str
    role: Annotated[str, Visible("anybody", write="b:y")] = "reader"
    salary: Annotated[int, Visible("a:x")] = 3141


def make_app() -> FastAPI:
    app = FastAPI()
    kept = {"bob": Account(name="bob")}

    @app.get("/accounts/{name}", dependencies=[Requires()])
    async def look(name: str) -> Account:
        return kept[name]

    @app.post("/register", dependencies=[Public("anybody may register")])
    async def register(account: Account) -> str:
        kept[account.name] = account
        return account.role

    return app


async def prove(name: str, attack: Callable[[FastAPI], Awaitable[bool]]) -> None:
    """The attack succeeds where this one defence is missing, and fails on the whole."""
    twin = protect(make_app(), kind=Twin, without=name)
    await two_sided_async(attack, whole=protect(make_app()), twin=twin)


@pytest.mark.asvs("8.2.3")
@pytest.mark.asvs("14.2.6")
async def test_excessive_data_exposure() -> None:
    """The answer carries what the page does not show, and whoever looks at the bytes reads it (OWASP API3:2023)."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/accounts/bob", token="carol")
        assert answer.status == 200
        return bool(json.loads(answer.body).get("salary") == 3141)

    await prove("fields", attack)


@pytest.mark.asvs("8.2.3")
@pytest.mark.asvs("15.3.3")
async def test_mass_assignment() -> None:
    """Who registers says what it will be (OWASP API3:2023, CWE-915)."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "POST", "/register", json_body={"name": "eve", "role": "admin"})
        return answer.status == 200 and answer.body == b'"admin"'

    await prove("fields", attack)
