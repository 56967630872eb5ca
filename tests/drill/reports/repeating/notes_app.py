"""An app of notes that shows any note to anybody who is signed in, by a token or by a cookie."""

from itertools import count
from secrets import token_urlsafe
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel


class Account(BaseModel):
    """As one registers and signs in."""

    username: str
    password: str


class Note(BaseModel):
    """What is written."""

    text: str


def by_token() -> FastAPI:
    """Its sign-in answers with a token, two levels down."""
    bearer = HTTPBearer()

    def shown(found: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
        return found.credentials

    return _notes(shown, lambda token, _answer: {"data": {"access_token": token}})


def by_cookie() -> FastAPI:
    """Its sign-in sets a cookie."""
    cookie = APIKeyCookie(name="session")

    def shown(found: Annotated[str, Depends(cookie)]) -> str:
        return found

    def give(token: str, answer: Response) -> dict[str, Any]:
        answer.set_cookie("session", token, httponly=True)
        return {"welcome": True}

    return _notes(shown, give)


def _notes(shown: Any, give: Any) -> FastAPI:
    app = FastAPI(title="Notes")
    passwords: dict[str, str] = {}
    tokens: dict[str, str] = {}

    async def caller(token: Annotated[str, Depends(shown)]) -> str:
        if token not in tokens:
            raise HTTPException(401)
        return tokens[token]

    @app.post("/register", status_code=201)
    async def register(account: Account) -> dict[str, str]:
        if passwords.setdefault(account.username, account.password) is not account.password:
            raise HTTPException(409)
        return {"username": account.username}

    @app.post("/login")
    async def login(account: Account, answer: Response) -> Any:
        if passwords.get(account.username) != account.password:
            raise HTTPException(401)
        token = token_urlsafe()
        tokens[token] = account.username
        return give(token, answer)

    _keep_notes(app, caller)
    return app


def _keep_notes(app: FastAPI, caller: Any) -> None:
    notes: dict[int, dict[str, Any]] = {}
    numbers = count(1)

    @app.post("/notes", status_code=201)
    async def write(note: Note, who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        number = next(numbers)
        notes[number] = {"id": number, "owner": who, "text": note.text}
        return notes[number]

    @app.get("/notes")
    async def mine(who: Annotated[str, Depends(caller)]) -> list[dict[str, Any]]:
        return [note for note in notes.values() if note["owner"] == who]

    @app.get("/notes/{number}")
    async def read(number: int, who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        if number not in notes:
            raise HTTPException(404)
        return notes[number]
