"""The endpoints that every guide to secure FastAPI shows, with the parts they leave to the reader.

- `/register` and `/token` are there under the names the guides use, and send the caller on with
  307, body and all, to where Buckler's own stand: `/auth/register` and `/auth/token`. One way in
  means one set of limits, one password rule, one event. With curl: --location follows it.
- `/secure-endpoint` takes the caller as a parameter; a missing or bad token never gets that far.
- `/rate-limited-endpoint` needs no change of its signature.
- `/users/{id}` answers its own account alone. Whoever asks for another learns nothing, not even
  whether it exists; the answer is a model of its own, so no hash can slip out.

Run it:  buckler serve guide:app --environment development
"""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Path
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from buckler import Buckler, Limit, Principal, Public, Requires, Roles

app = FastAPI(title="The guide's endpoints")
Buckler(app, accounts=True, roles=Roles({"user": (), "admin": ("*",)}, new="user"))


class User(BaseModel):
    id: str
    name: str


@app.post("/register", status_code=307, dependencies=[Public("sends on to /auth/register")])
async def register() -> RedirectResponse:
    return RedirectResponse("/auth/register", 307)


@app.post("/token", status_code=307, dependencies=[Public("sends on to /auth/token")])
async def token() -> RedirectResponse:
    return RedirectResponse("/auth/token", 307)


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
