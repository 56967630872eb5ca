"""Collections whose names sound like a door: contacts, subscriptions, tokens. They are kept like any other, or not."""

from itertools import count
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from pydantic import BaseModel

from tests.drill.attacks.access.shelf import Caller, administrator, caller

NAMES = (
    "contacts",
    "subscriptions",
    "webhooks",
    "feedback",
    "conversions",
    "api-tokens",
    "statuses",
    "signing-requests",
)


class Entry(BaseModel):
    """What somebody enters."""

    text: str


class Entered(Entry):
    """What is kept of it."""

    id: int
    owner: str


def counters(*flaws: str) -> FastAPI:
    """An app with all of them: of one's own alone, read by every account, or removed by it; and their reports."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for name in NAMES:
        app.include_router(_kept(name, flaws))
        app.include_router(_reported(name, flaws))

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/public/opinion")
    def said(entry: Entry) -> dict[str, str]:
        return {"thanks": "for it"}

    return app


def _kept(name: str, flaws: tuple[str, ...]) -> APIRouter:
    several = APIRouter(prefix=f"/{name}")
    entered: dict[int, Entered] = {}
    numbers = count(1)

    def find(number: int, who: str, flaw: str) -> Entered:
        if number not in entered or (entered[number].owner != who and flaw not in flaws):
            raise HTTPException(404)
        return entered[number]

    @several.post("", status_code=201)
    def add(entry: Entry, who: Caller) -> Entered:
        one = Entered(id=next(numbers), owner=who, text=entry.text)
        entered[one.id] = one
        return one

    @several.get("")
    def own(who: Caller) -> list[Entered]:
        return [each for each in entered.values() if each.owner == who or "list" in flaws]

    @several.get("/{number}")
    def one(number: int, who: Caller) -> Entered:
        return find(number, who, "read")

    @several.delete("/{number}", status_code=204)
    def remove(number: int, who: Caller) -> None:
        del entered[find(number, who, "remove").id]

    return several


def _reported(name: str, flaws: tuple[str, ...]) -> APIRouter:
    reports = APIRouter(prefix="/admin")
    door = caller if "function" in flaws else administrator

    @reports.get(f"/{name}")
    def report(who: Annotated[str, Depends(door)]) -> dict[str, str]:
        return {"for": name}

    return reports
