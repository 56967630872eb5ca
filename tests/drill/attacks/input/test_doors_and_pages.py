"""Names that become values, addresses that are asked, waits that no database makes, and places left in doubt."""

import hashlib
from html import escape
from typing import Any
from urllib.request import urlopen

import pytest
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from buckler.drill.arriving.entering import gather
from buckler.drill.attacks.aiming.aim import aims_of
from buckler.drill.attacks.aiming.sending import is_short
from buckler.drill.attacks.input import INPUT
from buckler.drill.budget import Budget, BudgetSpent
from tests.drill.people.apps import Store
from tests.drill.stage import engaged, found

SLOW = 900_000
"""Rounds of a hash, which take longer than any wait that counts."""
PLANTED: dict[str, set[tuple[str, str]]] = {
    "shows": {("D412", "GET /welcome")},
    "reflects": {("D411", "GET /find")},
    "fetches": {("D406", "GET /fetch-it")},
    "version": {("D415", "GET /health")},
    "": set(),
}


def lobby(flaw: str) -> FastAPI:  # noqa: C901 - one route after the other
    """Pages that greet whoever is signed in, and a search that reads its query by itself."""
    app, store = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), Store()

    def shown(text: str, planted: str) -> str:
        return text if flaw == planted else escape(text)

    @app.post("/register", status_code=201)
    async def register(body: dict[str, Any]) -> dict[str, object]:
        if "'" in body["username"]:
            raise HTTPException(422, "no quotes")
        return {"id": store.add(body["username"], body["password"])}

    @app.post("/login")
    async def login(body: dict[str, Any], response: Response) -> dict[str, str]:
        response.set_cookie("session", store.enter(body["username"], body["password"]))
        return {"welcome": "back"}

    @app.get("/welcome", response_class=HTMLResponse)
    async def welcome(request: Request) -> str:
        return f"<p>Hello {shown(store.who(request.cookies.get('session')), 'shows')}</p>"

    @app.get("/find", response_class=HTMLResponse)
    async def find(request: Request) -> str:
        return f"<p>Nothing like {shown(request.query_params.get('q', ''), 'reflects')}</p>"

    @app.get("/fetch-it")
    def fetch(target: str) -> dict[str, int]:
        if "://" not in target or flaw != "fetches":
            raise HTTPException(500)
        try:
            with urlopen(target, timeout=1) as heard:  # noqa: S310 - the flaw
                return {"status": int(heard.status)}
        except (OSError, ValueError) as failure:
            raise HTTPException(500) from failure

    @app.get("/health")
    async def health(response: Response) -> str:
        response.headers["X-Powered-By"] = "Python 3.11" if flaw == "version" else "people"
        return "well"

    return app


@pytest.mark.parametrize("flaw", PLANTED)
async def test_what_was_planted_is_found(flaw: str) -> None:
    """In the name of an account, a query that no document tells, an address of another name, one header field."""
    async with engaged(lobby(flaw)) as on:
        on.cast = await gather(on)
        assert {each for each in await found(on, *INPUT) if each[0] not in ("D413", "D414")} == PLANTED[flaw]


async def test_a_slow_hash_is_no_database_that_waits() -> None:
    """A door takes long for names that are there. Those of attacks before are: they were registered."""
    app, store = FastAPI(openapi_url=None), Store()

    def hashed(password: str) -> str:
        return hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", SLOW).hex()

    @app.post("/register", status_code=201)
    async def register(body: dict[str, Any]) -> dict[str, object]:
        return {"id": store.add(body["username"], body["password"])}

    @app.post("/login")
    async def login(body: dict[str, Any]) -> dict[str, str]:
        if body["username"] in store.passwords:
            hashed(body["password"])
        return {"access_token": store.enter(body["username"], body["password"])}

    timed = [each for each in INPUT if each.about.id in ("D401", "D403", "D410")]
    async with engaged(app) as on:
        on.cast = await gather(on)
        assert await found(on, *timed) == set()


def test_nothing_long_goes_where_a_pattern_may_backtrack() -> None:
    """What is short has few ways to be parted, and so has what is long of short words."""
    assert is_short("a" * 20)
    assert is_short("; sleep 1 " * 20)
    assert is_short(2**80)
    assert not is_short("Y3VybGxpYi5yZXF1ZXN0CnVybG9wZW4K")


async def test_a_look_that_is_cut_leaves_its_places_in_doubt() -> None:
    """Of the route that it was at the places, and all routes that it did not reach; none after a whole look."""
    whole = next(each for each in INPUT if each.about.id == "D410")
    async with engaged(lobby("")) as on:
        on.cast = await gather(on)
        await found(on, whole)
        assert (aims_of(on).doubted, aims_of(on).unlooked) == (set(), set())
        on.sender.budget = Budget(60, on.sender.budget.spent + 1000)
        on.sender.budget.begin()
        on.sender.budget.spent = on.sender.budget.requests - 25
        with pytest.raises(BudgetSpent):
            [each async for each in whole.run(on)]
        assert aims_of(on).doubted
        assert aims_of(on).unlooked
