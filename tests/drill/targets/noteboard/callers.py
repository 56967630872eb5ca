"""Who calls: dependencies that routes of this app share."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tests.drill.targets.noteboard.tokens import BadToken, Caller, Tokens

bearer = HTTPBearer(auto_error=False)


def unauthorized() -> HTTPException:
    """The answer to whoever is not signed in."""
    return HTTPException(401, "Not signed in", headers={"WWW-Authenticate": "Bearer"})


async def signed_in(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Caller:
    """Whoever sends an access token."""
    tokens: Tokens = request.app.state.tokens
    try:
        return tokens.caller(given.credentials if given else "")
    except BadToken as error:
        raise unauthorized() from error


SignedIn = Annotated[Caller, Depends(signed_in)]


async def administrator(caller: SignedIn) -> Caller:
    """An administrator only."""
    if caller.role != "admin":
        raise HTTPException(403, "Not for you")
    return caller
