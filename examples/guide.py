"""The endpoints that every guide to secure FastAPI shows, with the parts they leave to the reader.

- `/register` and `/token` are other names of Buckler's own `/auth/register` and `/auth/token`: the
  router sees the real path, so there is one set of limits, one password rule, one event. (A redirect
  would make the client send its password twice: RFC 9700 section 4.12 advises against 307 there.)
- `/secure-endpoint` takes the caller as a parameter; a missing or bad token never gets that far.
- `/rate-limited-endpoint` needs no change of its signature.
- `/users/{id}` answers its own account alone. Whoever asks for another learns nothing, not even
  whether it exists; the answer is a model of its own, so no hash can slip out.

Run it:  buckler serve guide:app --environment development
"""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Path
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from buckler import Buckler, Limit, Principal, Public, Requires, Roles

NAMES = {"/register": "/auth/register", "/token": "/auth/token"}
app = FastAPI(title="The guide's endpoints")
Buckler(app, accounts=True, roles=Roles({"user": (), "admin": ("*",)}, new="user"))


class OtherNames:
    """Takes a request for one of the guide's paths as one for ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = NAMES.get(scope.get("path", ""))
        await self.app({**scope, "path": path} if path else scope, receive, send)


app.add_middleware(OtherNames)


class User(BaseModel):
    id: str
    name: str


@app.get("/secure-endpoint")
async def secure_endpoint(who: Annotated[Principal, Requires()]) -> dict[str, str]:
    return {"message": f"Hello, {who.name}"}


@app.get("/rate-limited-endpoint", dependencies=[Public("a demonstration"), Limit("5/minute")])
async def rate_limited_endpoint() -> dict[str, str]:
    return {"message": "At most five times a minute"}


@app.get("/users/{id}")
async def read_user(who: Annotated[Principal, Requires()], id: Annotated[str, Path(max_length=64)]) -> User:  # noqa: A002
    if id != who.id:
        raise HTTPException(404, "There is no such user.")
    return User(id=who.id, name=who.name)
