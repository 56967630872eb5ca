"""Tenants in the path: whoever registers chooses one, and each keeps its own patients."""

from enum import StrEnum
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import Clean, Finding, NotApplicable, Verdict
from buckler.drill.attacks.access import tenants
from buckler.drill.run import attack_all
from tests.drill.people.apps import Store
from tests.drill.stage import engaged

ROUTE = "GET /clinics/{clinic}/patients"
Token = Annotated[str, Header(alias="X-Auth-Token")]


class Clinic(StrEnum):
    """Where people work."""

    NORTH = "north-road"
    SOUTH = "south-hill"


class NewColleague(BaseModel):
    """Somebody who registers at a clinic."""

    username: str
    password: str
    clinic: Clinic


class Patient(BaseModel):
    """Somebody who is ill."""

    name: str


def clinics(way: str) -> FastAPI:
    """Both clinics; `flawed` shows patients to the other, `public` to anybody, `shared` lets the other add some."""
    app, store = FastAPI(openapi_url=None), Store()
    works: dict[str, str] = {}
    patients: dict[str, list[str]] = {each: [] for each in Clinic}

    def caller(token: Token = "") -> str:
        return works[store.who(token)]

    def reader(token: Token = "") -> str:
        return "" if way == "public" else caller(token)

    @app.post("/register", status_code=201)
    def register(new: NewColleague) -> dict[str, Any]:
        works[new.username] = new.clinic
        return {"id": store.add(new.username, new.password), "username": new.username}

    @app.post("/login")
    def login(body: dict[str, Any]) -> dict[str, str]:
        return {"token": store.enter(body["username"], body["password"])}

    @app.get("/me")
    def me(token: Token = "") -> dict[str, str]:
        name = store.who(token)
        return {"username": name, "clinic": works[name]}

    @app.post("/clinics/{clinic}/patients", status_code=201)
    def add(clinic: Clinic, patient: Patient, own: Annotated[str, Depends(caller)]) -> dict[str, str]:
        if own != clinic and way != "shared":
            raise HTTPException(403)
        patients[clinic].append(patient.name)
        return {"name": patient.name, "clinic": clinic}

    @app.get("/clinics/{clinic}/patients")
    def several(clinic: Clinic, own: Annotated[str, Depends(reader)]) -> list[str]:
        if way == "" and own != clinic:
            raise HTTPException(403)
        return patients[clinic]

    return app


async def _judged(way: str) -> Verdict:
    async with engaged(clinics(way)) as on:
        on.cast = await gather(on)
        report = await attack_all(on, (tenants.ATTACK,), "clinics")
    (told,) = [each.verdict for each in report.judged if each.verdict.route == ROUTE]
    return told


async def test_the_patients_of_another_clinic_are_found() -> None:
    """By somebody who registers there: the first two are of one clinic. Adding is refused, which shows the rule."""
    told = await _judged("flawed")
    assert isinstance(told, Finding)
    assert told.place == "path clinic"
    assert told.control[-1].answer.status == 403


@pytest.mark.parametrize(
    ("way", "verdict"), [("", Clean), ("public", NotApplicable), ("shared", NotApplicable)], ids=str
)
async def test_what_is_kept_apart_or_meant_for_others_is_not(way: str, verdict: type[Verdict]) -> None:
    """Refused; or read by anybody; or nothing says that others may not look in."""
    assert isinstance(await _judged(way), verdict)
