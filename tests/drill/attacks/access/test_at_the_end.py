"""What would leave nobody in is asked for last: each seen to be found, and not to be found where it is refused."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import NotApplicable, Untested, Verdict
from buckler.drill.attacks.access import ACCESS
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.plan.route import Body, Route, Slot
from buckler.drill.run import attack_all
from tests.drill.people.apps import NewUser, Store
from tests.drill.stage import bearer, engaged, found

Token = Annotated[str, Header(alias="X-Auth-Token")]
PLANTED: dict[str, set[tuple[str, str]]] = {
    "wipes": {("D101", "POST /admin/reset-db")},
    "wipes by GET": {("D101", "GET /createdb")},
    "wipes what is listed": {("D101", "GET /del_items")},
    "anybody": {("D101", "POST /change-password")},
    "another": {("D104", "PUT /users/{username}/password")},
    "remove": {("D104", "DELETE /users/{username}")},
    "": set(),
}


def _wiping(app: FastAPI, store: Store, flaw: str) -> None:
    """What an operator may do to all of them, and nobody else."""

    def wipe(token: Token = "") -> str:
        if flaw == "limited":
            raise HTTPException(429)
        if flaw == "harmless":
            return "nothing was there to wipe"
        if not flaw.startswith("wipes"):
            store.who(token)
            raise HTTPException(403)
        store.passwords.clear()
        return "wiped"

    path = {"wipes by GET": "/createdb", "wipes what is listed": "/del_items"}.get(flaw)
    app.add_api_route(path or "/admin/reset-db", wipe, methods=["GET" if path is not None else "POST"])


def guild(flaw: str) -> FastAPI:  # noqa: C901 - one route after the other
    """People with passwords, which they change themselves."""
    app, store = FastAPI(openapi_url=None), Store()

    def caller(token: Token = "") -> str:
        return store.who(token)

    _wiping(app, store, flaw)

    @app.post("/register", status_code=201)
    async def register(new: NewUser) -> dict[str, object]:
        return {"id": store.add(new.username, new.password), "username": new.username}

    @app.post("/login")
    async def login(body: dict[str, Any]) -> dict[str, str]:
        return {"token": store.enter(body["username"], body["password"])}

    @app.get("/me")
    async def me(name: Annotated[str, Depends(caller)]) -> dict[str, str]:
        return {"username": name}

    if flaw == "anybody":

        @app.post("/change-password")
        async def change(body: dict[str, Any]) -> str:
            store.passwords[body["username"]] = body["new_password"]
            return "changed"

    else:

        @app.put("/users/{username}/password", status_code=204)
        async def put(username: str, body: dict[str, Any], name: Annotated[str, Depends(caller)]) -> None:
            if name != username and flaw != "another":
                raise HTTPException(403)
            store.passwords[username] = body["password"]

    @app.delete("/users/{username}")
    async def remove(username: str, name: Annotated[str, Depends(caller)]) -> str:
        if name != username and flaw != "remove":
            raise HTTPException(403)
        if store.passwords.pop(username, None) is None:
            raise HTTPException(404)
        return "removed"

    return app


@pytest.mark.parametrize("flaw", PLANTED)
async def test_what_leaves_nobody_in_is_found(flaw: str) -> None:
    """Where it was planted, by what happens to an account that signs in; nothing where all of it is refused."""
    async with engaged(guild(flaw)) as on:
        on.cast = await gather(on)
        seen = {each for each in await found(on, *ACCESS) if each[0] in ("D101", "D104")}
        assert seen == PLANTED[flaw]


@pytest.mark.parametrize(
    ("flaw", "verdict", "why"),
    [
        ("limited", Untested, "the answer to the attack says nothing: it was asked too often"),
        ("harmless", NotApplicable, "the account that was there is there after it"),
    ],
)
async def test_what_was_not_seen_to_wipe_is_told_as_it_was(flaw: str, verdict: type[Verdict], why: str) -> None:
    """A limit shows nothing; and whoever was there is there after it."""
    async with engaged(guild(flaw)) as on:
        on.cast = await gather(on)
        told = await _wiping_told(on)
    assert isinstance(told, verdict)
    assert (told.route, told.reason) == ("POST /admin/reset-db", why)  # type: ignore[union-attr]


async def test_who_cannot_sign_in_again_shows_no_loss() -> None:
    """Tokens that were brought along tell nothing of accounts."""
    async with engaged(guild("wipes"), Cast((bearer("ada", "a-token-of-ada"),))) as on:
        told = await _wiping_told(on)
    assert isinstance(told, Untested)
    assert told.reason == "nobody can sign in twice, so what is lost could not be seen"


async def _wiping_told(on: Engagement) -> Verdict:
    report = await attack_all(on, ACCESS[:1], "guild")
    return next(each.verdict for each in report.judged if each.verdict.route == "POST /admin/reset-db")


@pytest.mark.parametrize(
    ("method", "path", "wipes"),
    [
        ("GET", "/createdb", True),
        ("POST", "/db/reset", True),
        ("GET", "/api/seed-data", True),
        ("POST", "/reset", True),
        ("GET", "/reset", False),
        ("POST", "/password-reset", False),
        ("POST", "/orders/{order}/reset", False),
        ("GET", "/database", False),
        ("GET", "/del_items", True),
        ("GET", "/api/delete-all-users", True),
        ("GET", "/wipe", True),
        ("GET", "/deleted-items", False),
        ("GET", "/delete-item", False),
        ("GET", "/clear-glass", False),
        ("DELETE", "/remove-items", False),
    ],
)
def test_by_its_name_a_route_takes_everything(method: str, path: str, wipes: bool) -> None:
    """Not one that resets something of somebody, takes fields, or shows a form."""
    assert Route(method, path).wipes is wipes
    assert not Route(method, path, (Slot("query", ("token",)),)).wipes
    assert not Route(method, path, body=Body("application/json")).wipes


def test_a_reset_that_is_read_and_shows_no_form_takes_everything() -> None:
    """A page at such a path is there to be filled in."""
    assert Route("GET", "/reset", media="application/json").wipes
    assert not Route("GET", "/reset", media="text/html").wipes
