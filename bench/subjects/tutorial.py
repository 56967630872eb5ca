"""The chain of FastAPI's security tutorial: bearer header, PyJWT (HS256), user from a dict, active check."""

import time
from typing import Annotated, Final

import jwt
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import OAuth2PasswordBearer
from jwt.exceptions import InvalidTokenError
from pydantic import BaseModel

from bench.exchange import Request
from bench.subject import Call, Expected, Subject
from bench.subjects.people import PEOPLE, Me

KEY: Final = "7f" * 32
ALGORITHM: Final = "HS256"
CHALLENGE: Final = frozenset({b"www-authenticate"})


class User(BaseModel):
    """A row of the tutorial's user table."""

    username: str
    disabled: bool = False


USERS: Final = {person.name: {"username": person.name, "disabled": False} for person in PEOPLE}
_scheme = OAuth2PasswordBearer(tokenUrl="token")


async def get_current_user(token: Annotated[str, Depends(_scheme)]) -> User:
    refused = HTTPException(
        status_code=status.HTTP_401_UNAUTHORIZED,
        detail="Could not validate credentials",
        headers={"WWW-Authenticate": "Bearer"},
    )
    try:
        name = jwt.decode(token, KEY, algorithms=[ALGORITHM]).get("sub")
    except InvalidTokenError:
        raise refused from None
    if name not in USERS:
        raise refused
    return User.model_validate(USERS[name])


async def get_current_active_user(user: Annotated[User, Depends(get_current_user)]) -> User:
    if user.disabled:
        raise HTTPException(status_code=400, detail="Inactive user")
    return user


def token_of(name: str, key: str = KEY) -> str:
    """An access token as the tutorial makes it, for an hour."""
    return jwt.encode({"sub": name, "exp": int(time.time()) + 3600}, key, algorithm=ALGORITHM)


def calls_of(headers: frozenset[bytes] = frozenset()) -> list[Call]:
    """One call for each person, answered with that person's own name."""
    return [
        Call(
            Request(person.address, token_of(person.name)),
            Expected(200, {"id": person.name, "name": person.name}, headers),
        )
        for person in PEOPLE
    ]


def probes_of(headers: frozenset[bytes] = frozenset()) -> list[Call]:
    """A forged token and no token at all."""
    expected = Expected(401, None, CHALLENGE | headers)
    forged = token_of(PEOPLE[0].name, "0e" * 32)
    return [Call(Request(PEOPLE[0].address, token), expected) for token in (forged, None)]


def tutorial() -> Subject:
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[User, Depends(get_current_active_user)]) -> Me:  # pyright: ignore[reportUnusedFunction]
        return Me(id=user.username, name=user.username)

    return Subject("tutorial", "the tutorial's PyJWT chain", app, calls_of(), probes_of())
