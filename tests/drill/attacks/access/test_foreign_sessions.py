"""Sessions are made by signing in, so a stranger ends one of several that somebody new has."""

from dataclasses import dataclass, field
from itertools import count
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

from buckler.drill.attack import Attack, Clean, Finding, Untested, Verdict
from buckler.drill.attacks.access import object_write
from tests.drill.stage import verdict_on

ROUTE = "DELETE /sessions/{session_id}"
D104: Attack = object_write.ATTACK


class Person(BaseModel):
    """Somebody."""

    username: str
    password: str


@dataclass
class Sessions:
    """Who has which, and what is wrong with the route that ends one."""

    flaw: str
    people: dict[str, str] = field(default_factory=dict[str, str])
    kept: dict[int, str] = field(default_factory=dict[int, str])
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def begin(self, who: Person) -> int:
        """Another session."""
        if self.people.get(who.username) != who.password:
            raise HTTPException(401)
        if self.flaw == "one alone":
            self.kept = {number: name for number, name in self.kept.items() if name != who.username}
        self.kept[number := next(self.numbers)] = who.username
        return number

    def shown(self, name: str, current: int) -> list[dict[str, Any]]:
        """Those of somebody; that of whoever asks comes first."""
        own = sorted((number for number, whose in self.kept.items() if whose == name), reverse=True)
        return [{"id": number, "current": number == current} for number in own]

    def end(self, number: int, name: str) -> None:
        """Of its owner, where that is asked."""
        whose = self.kept.get(number)
        if self.flaw == "never ends" or (self.flaw == "says so" and whose != name):
            return
        if whose is None or (whose != name and self.flaw != "ends any"):
            raise HTTPException(404)
        del self.kept[number]


def house(flaw: str) -> FastAPI:
    """Accounts, and the list of one's own sessions."""
    app, there = FastAPI(), Sessions(flaw)
    scheme = OAuth2PasswordBearer(tokenUrl="login")

    def current(token: Annotated[str, Depends(scheme)]) -> int:
        if not token.isdigit() or int(token) not in there.kept:
            raise HTTPException(401)
        return int(token)

    @app.post("/register", status_code=201)
    async def register(new: Person) -> dict[str, str]:
        there.people[new.username] = new.password
        return {"username": new.username}

    @app.post("/login")
    async def login(who: Person) -> dict[str, str]:
        return {"access_token": str(there.begin(who))}

    @app.get("/me")
    async def me(session: Annotated[int, Depends(current)]) -> dict[str, str]:
        return {"username": there.kept[session]}

    @app.get("/sessions")
    async def sessions(session: Annotated[int, Depends(current)]) -> list[dict[str, Any]]:
        return there.shown(there.kept[session], session)

    @app.delete("/sessions/{session_id}", status_code=204)
    async def end(session_id: int, session: Annotated[int, Depends(current)]) -> Response:
        there.end(session_id, there.kept[session])
        return Response(status_code=204)

    return app


async def judged(flaw: str) -> Verdict:
    """The verdict on the route that ends a session."""
    return await verdict_on(house(flaw), D104, ROUTE)


async def test_a_session_that_a_stranger_ended_is_missed_by_its_owner() -> None:
    verdict = await judged("ends any")
    assert isinstance(verdict, Finding), verdict
    assert "its owner finds it gone" in verdict.words
    assert verdict.place == "path session_id"


@pytest.mark.parametrize("flaw", ["", "says so"])
async def test_a_session_that_goes_on_was_ended_by_nobody(flaw: str) -> None:
    """Refused, or answered as done to whoever asks, which shows nothing by itself."""
    assert isinstance(await judged(flaw), Clean)


@pytest.mark.parametrize(
    ("flaw", "why"),
    [
        ("one alone", "three sessions of one account were not shown"),
        ("never ends", "its owner could not end one of several sessions"),
    ],
)
async def test_without_a_control_nothing_is_said(flaw: str, why: str) -> None:
    verdict = await judged(flaw)
    assert isinstance(verdict, Untested), verdict
    assert why in verdict.reason
