"""Who calls: by a token, by the id of a session, or by an API key."""

import time
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyHeader, OAuth2PasswordBearer

from tests.drill.targets.shop.store import Store, User
from tests.drill.targets.shop.tokens import BadToken, verified

by_token = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)
by_session = APIKeyHeader(name="X-Session", scheme_name="Session", auto_error=False)
by_key = APIKeyHeader(name="X-API-Key", scheme_name="ApiKey", auto_error=False)


async def signed_in(
    request: Request,
    token: Annotated[str | None, Depends(by_token)],
    sid: Annotated[str | None, Depends(by_session)],
    key: Annotated[str | None, Depends(by_key)],
) -> User:
    """Whoever sends one of the three."""
    store: Store = request.app.state.store
    username = store.api_keys.get(key or "") or session_of(store, sid or "")
    if username is None and token:
        username = _subject(store, token, request.app.state.flawed)
    if user := store.users.get(username or ""):
        return user
    raise HTTPException(401, "Could not validate credentials", headers={"WWW-Authenticate": "Bearer"})


def session_of(store: Store, sid: str) -> str | None:
    """Whose session it is, while it lasts."""
    username, until = store.sessions.get(sid, (None, 0.0))
    return username if until > time.monotonic() else None


def _subject(store: Store, token: str, flawed: frozenset[str]) -> str | None:
    try:
        claims = verified(token, flawed)
    except BadToken:
        return None
    subject, signed_in_as = str(claims.get("sub")), session_of(store, str(claims.get("sid")))
    if "public-key-as-secret" in flawed:
        return subject if signed_in_as else None
    return subject if signed_in_as == subject else None


SignedIn = Annotated[User, Depends(signed_in)]
