"""An office with two firms: flaws of access that are about fields, tenants, and what stands in no document."""

from dataclasses import replace
from itertools import count
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict
from starlette.types import ASGIApp, Receive, Scope, Send

from buckler.drill.people.cast import Cast
from tests.drill.attacks.access.shelf import Caller, caller
from tests.drill.stage import bearer

FIRMS = {"ada": "north", "ben": "south", "root": "north"}


def _of(name: str, token: str, firm: str, role: str, address: str) -> Any:
    return replace(bearer(name, token, role, address), tenant=firm)


CAST = Cast(
    people=(
        _of("ada", "token-of-ada", "north", "clerk", "127.0.1.1"),
        _of("ben", "token-of-ben", "south", "clerk", "127.0.1.2"),
    )
)


class Draft(BaseModel):
    """A letter to keep."""

    text: str


class Anything(Draft):
    """A letter to keep, with whatever else stands in it."""

    model_config = ConfigDict(extra="allow")


class Overriding:
    """Middleware that believes a header about the method."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = dict(scope.get("headers") or ()).get(b"x-http-method-override")
        if named is not None:
            # As apps do that keep their check in the handler of each method and forget it here.
            scope = {
                **scope,
                "method": named.decode(),
                "headers": [*scope["headers"], (b"authorization", b"Bearer token-of-ada")],
            }
        await self._app(scope, receive, send)


def office(*flaws: str) -> FastAPI:
    """The app with these flaws."""
    app = FastAPI(**({} if "docs" in flaws else {"docs_url": None, "redoc_url": None, "openapi_url": None}))
    letters: dict[int, dict[str, Any]] = {}
    numbers = count(1)

    taken = Anything if "mass" in flaws else Draft

    @app.post("/letters", status_code=201)
    def add(draft: Annotated[taken, Body(embed="wrapped" in flaws)], who: Caller) -> dict[str, Any]:  # type: ignore[valid-type]
        letter = {"state": "draft", "firm": FIRMS[who], **draft.model_dump(), "id": next(numbers)}  # type: ignore[attr-defined]
        letters[letter["id"]] = letter
        return letter

    @app.get("/letters/{letter_id}")
    def one(letter_id: int, who: Caller) -> dict[str, Any]:
        letter = letters.get(letter_id)
        if letter is None or letter["firm"] != FIRMS[who]:
            raise HTTPException(404)
        secret = {"hashed_password": "5f4dcc3b"} if "secret" in flaws else {"pw": "5f4dcc3b"} if "pw" in flaws else {}
        return {**letter, **secret}

    @app.delete("/letters/{letter_id}", status_code=204)
    def remove(letter_id: int, who: Caller) -> None:
        if letter_id not in letters or (letters[letter_id]["firm"] != FIRMS[who] and "override" not in flaws):
            raise HTTPException(404)
        del letters[letter_id]

    @app.get("/firm")
    def firm(who: Caller, x_tenant: Annotated[str, Header()]) -> dict[str, Any]:
        if x_tenant != FIRMS[who] and "tenant" not in flaws:
            raise HTTPException(403)
        return {"firm": x_tenant, "letters": [each for each in letters.values() if each["firm"] == x_tenant]}

    @app.get("/debug/state", include_in_schema=False, dependencies=[] if "hidden" in flaws else [Depends(caller)])
    def state() -> dict[str, Any]:
        return {"letters": len(letters)}

    if "override" in flaws:
        app.add_middleware(Overriding)
    return app
