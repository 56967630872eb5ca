"""Routes that look whether a token is there, and not which."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from buckler.drill.attacks.access import ACCESS
from buckler.drill.people.cast import Cast
from tests.drill.stage import bearer, engaged, found

Shown = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]
CAST = Cast(people=(bearer("ada", "token-of-ada"), bearer("ben", "token-of-ben", address="127.0.1.2")))


def _app(*, looks: bool) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/items/{number}")
    def item(number: int, shown: Shown) -> dict[str, int]:
        if looks and shown.credentials not in ("token-of-ada", "token-of-ben"):
            raise HTTPException(401)
        return {"number": number}

    return app


@pytest.mark.parametrize("looks", [False, True])
async def test_a_token_that_nobody_gave_out_lets_nobody_in(looks: bool) -> None:
    """Nobody without a token is let in by either; whoever shows nonsense is, where nobody reads it."""
    async with engaged(_app(looks=looks), CAST) as on:
        several = await found(on, ACCESS[0])
    assert several == (set() if looks else {("D101", "GET /items/{number}")})
