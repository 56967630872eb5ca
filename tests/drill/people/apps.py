"""Small apps with a way in, each of another kind, as people write them."""

import hmac
from itertools import count
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, FastAPI, Form, Header, HTTPException, Request, Response
from fastapi.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer, OAuth2PasswordRequestForm
from fastapi.security import HTTPAuthorizationCredentials as Credentials
from pydantic import BaseModel, EmailStr, Field


class Store:
    """Accounts and sessions, in memory."""

    def __init__(self, **passwords: str) -> None:
        self.numbers = count(1)
        self.passwords = dict(passwords)
        self.sessions: dict[str, str] = {}

    def add(self, name: str, password: str) -> int:
        """A new account."""
        if name in self.passwords:
            raise HTTPException(400, "This name is taken")
        self.passwords[name] = password
        return next(self.numbers)

    def enter(self, name: str, password: str) -> str:
        """A session for whoever knows the password."""
        if not hmac.compare_digest(self.passwords.get(name, "?").encode(), password.encode()):
            raise HTTPException(401, "Incorrect username or password")
        token = f"session-{next(self.numbers):016d}"
        self.sessions[token] = name
        return token

    def who(self, token: str | None) -> str:
        """Whose session it is."""
        name = self.sessions.get(token or "")
        if name is None:
            raise HTTPException(401, "Not authenticated")
        return name


class NewUser(BaseModel):
    """Somebody who registers."""

    username: str = Field(min_length=3, max_length=20)
    email: EmailStr
    password: str = Field(min_length=8, max_length=40)
    full_name: str | None = None


def oauth2_form() -> FastAPI:
    """As the tutorial has it, with a route that registers."""
    app, store = FastAPI(), Store()
    scheme = OAuth2PasswordBearer(tokenUrl="token")

    @app.post("/register", status_code=201)
    async def register(new: NewUser) -> dict[str, object]:
        return {"id": store.add(new.username, new.password), "username": new.username}

    @app.post("/token")
    async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
        return {"access_token": store.enter(form.username, form.password), "token_type": "bearer"}

    @app.get("/users/me")
    async def me(given: Annotated[str, Depends(scheme)]) -> dict[str, str]:
        return {"username": store.who(given)}

    return app


class Login(BaseModel):
    """An address and a password."""

    email: str
    password: str


class Joining(Login):
    """And what one is called; passwords of letters and digits alone are wanted here."""

    name: str
    password: str = Field(max_length=16, pattern="^[A-Za-z0-9]+$")


def json_with_auth_token() -> FastAPI:
    """An API of a start-up: JSON in and out, with the token two levels down."""
    app, store = FastAPI(), Store()
    bearer = HTTPBearer(auto_error=False)

    @app.post("/users/v1/register")
    async def register(new: Joining) -> dict[str, object]:
        store.add(new.email, new.password)
        return {"status": "success", "message": "Successfully registered. Login to receive an auth token."}

    @app.post("/users/v1/login")
    async def login(given: Login) -> dict[str, object]:
        return {"status": "success", "data": {"auth_token": store.enter(given.email, given.password)}}

    @app.get("/me")
    async def me(given: Annotated[Credentials | None, Depends(bearer)]) -> dict[str, object]:
        name = store.who(given.credentials if given else None)
        return {"data": {"id": list(store.passwords).index(name) + 7, "email": name}}

    return app


class NewClient(BaseModel):
    """A program that wants a key."""

    name: str
    email: EmailStr


def key_at_registration() -> FastAPI:
    """A key in a header, given to whoever registers."""
    app, store = FastAPI(), Store()
    key = APIKeyHeader(name="X-API-Key", auto_error=False)

    @app.post("/register")
    async def register(new: NewClient) -> dict[str, str]:
        store.add(new.email, "secret")
        return {"client": new.name, "api_key": store.enter(new.email, "secret")}

    @app.get("/jobs")
    async def jobs(given: Annotated[str | None, Depends(key)]) -> list[str]:
        return [store.who(given)]

    return app


def fixed_users() -> FastAPI:
    """Two users that stand in the code, and nobody else."""
    app, store = FastAPI(), Store(johndoe="secret", alice="secret2")
    scheme = OAuth2PasswordBearer(tokenUrl="token")

    @app.post("/token")
    async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
        return {"access_token": store.enter(form.username, form.password), "token_type": "bearer"}

    @app.get("/users/me")
    async def me(given: Annotated[str, Depends(scheme)]) -> dict[str, str]:
        return {"username": store.who(given)}

    return app


def address_as_username() -> FastAPI:
    """As fastapi-users has it: registered with an address, which the field `username` then takes."""
    app, store = FastAPI(), Store()
    scheme = OAuth2PasswordBearer(tokenUrl="auth/jwt/login")
    auth = APIRouter(prefix="/auth")

    @auth.post("/register", status_code=201)
    async def register(new: Login) -> dict[str, object]:
        return {"id": store.add(new.email, new.password), "email": new.email, "is_superuser": False}

    @auth.post("/jwt/login")
    async def login(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
        return {"access_token": store.enter(form.username, form.password), "token_type": "bearer"}

    @auth.post("/jwt/logout")
    async def logout(given: Annotated[str, Depends(scheme)]) -> None:
        store.sessions.pop(given, None)

    @auth.post("/forgot-password", status_code=202)
    async def forgot(email: Annotated[EmailStr, Form()]) -> None: ...

    @auth.post("/reset-password")
    async def reset(token: Annotated[str, Form()], password: Annotated[str, Form()]) -> None: ...

    app.include_router(auth)

    @app.get("/users/me")
    async def me(given: Annotated[str, Depends(scheme)]) -> dict[str, str]:
        return {"email": store.who(given)}

    return app


def another_scheme() -> FastAPI:
    """As Django people write it: `Authorization: Token ...`, which no document tells."""
    app, store = FastAPI(), Store()

    @app.post("/api/accounts/")
    async def register(new: NewUser) -> dict[str, object]:
        return {"pk": store.add(new.username, new.password)}

    @app.post("/api-token-auth/")
    async def login(request: Request) -> dict[str, str]:
        given = await request.json()
        return {"token": store.enter(given["username"], given["password"])}

    @app.get("/api/accounts/me/")
    async def me(authorization: Annotated[str, Header()] = "") -> dict[str, str]:
        scheme, _, token = authorization.partition(" ")
        return {"username": store.who(token if scheme == "Token" else None)}

    return app


class Short(BaseModel):
    """Few letters for each field."""

    login: str = Field(min_length=3)
    pw: str = Field(min_length=8)


def short_words() -> FastAPI:
    """A session in a cookie, for whoever says `login` and `pw`."""
    app, store = FastAPI(), Store()

    @app.post("/auth/join", status_code=201)
    async def join(new: Short) -> dict[str, object]:
        return {"id": store.add(new.login, new.pw), "login": new.login}

    @app.post("/auth/login")
    async def login(given: Short, answer: Response) -> dict[str, bool]:
        answer.set_cookie("sid", store.enter(given.login, given.pw), httponly=True)
        return {"ok": True}

    @app.get("/bookings")
    async def bookings(sid: Annotated[str, Cookie()] = "") -> list[str]:
        return [store.who(sid)]

    return app


def without_people() -> FastAPI:
    """An app that knows nobody."""
    app = FastAPI()

    @app.get("/items")
    async def items() -> list[int]:
        return [1]

    @app.post("/items")
    async def add(name: str) -> dict[str, str]:
        return {"name": name}

    @app.post("/tokens/count")
    async def count_tokens(text: str) -> int:
        return len(text.split())

    return app
