"""Routes of the office: a search, an export, payroll, time sheets, surveys, and a formula for a bonus."""

import logging
import traceback
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, Field, StringConstraints

from tests.drill.targets.careful.texts import Line, Strict, Text
from tests.drill.targets.people_api.callers import Manager, SignedIn, manager
from tests.drill.targets.people_api.formula import BadFormula, evaluated, reckoned
from tests.drill.targets.people_api.store import Person, Store

COLUMNS = frozenset({"id", "name", "email", "title", "nickname"})
YEAR = 2026
log = logging.getLogger("people_api")


class Sheet(Strict):
    """Hours of a week."""

    week: Annotated[int, Field(ge=1, le=52)]
    hours: Annotated[list[Annotated[float, Field(ge=0, le=24)]], Field(min_length=1, max_length=7)]


class LooseSheet(BaseModel):
    """Hours of a week."""

    week: int
    hours: list[Any]


class Answer(Strict):
    """How one likes it here."""

    score: Annotated[float, Field(ge=0, le=10)]
    comment: Text = ""


class LooseAnswer(BaseModel):
    """How one likes it here."""

    score: float
    comment: str = ""


class Formula(Strict):
    """Of a bonus; `salary` is one's own."""

    expression: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Office:
    """The routes, with what they need."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed
        self._reckoned = evaluated if "evaluated-formula" in flawed else reckoned

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(tags=["office"])
        router.get("/search")(self.search_any if "forged-log-lines" in self.flawed else self.search)
        router.get("/export")(self.export_tellingly if "errors-tell-all" in self.flawed else self.export)
        # The gate in front of the app looks at who reads payroll, where there is one.
        managers = [Depends(manager)]
        readers = managers[:0] if "original-url" in self.flawed else managers
        router.get("/payroll", dependencies=readers)(self.payroll)
        router.post("/time-sheets")(self.any_sheet if "confused-types" in self.flawed else self.sheet)
        router.post("/surveys")(self.any_answer if "odd-json-fails" in self.flawed else self.answer)
        router.post("/bonus")(self.bonus)
        return router

    async def search(self, q: Line, caller: Manager) -> list[str]:
        """Names of the department that have this text in them."""
        return self._found(q, caller)

    async def search_any(self, q: str, caller: Manager) -> list[str]:
        """Names of the department that have this text in them."""
        return self._found(q, caller)

    def _found(self, q: str, caller: Person) -> list[str]:
        names = [person.name for person in self.store.of(caller.department) if q.casefold() in person.name.casefold()]
        if not names:
            log.warning("%s looked for %s and found nobody", caller.name, q)
        return names

    async def export(self, caller: Manager, columns: Annotated[Line, Query()] = "name") -> list[dict[str, str]]:
        """Some columns of the department."""
        names = columns.split(",")
        if not COLUMNS.issuperset(names):
            raise HTTPException(422, "There is no such column")
        return self._table(names, caller)

    async def export_tellingly(
        self, caller: Manager, columns: Annotated[Line, Query()] = "name"
    ) -> list[dict[str, str]]:
        """Some columns of the department."""
        names = columns.split(",")
        if {"key_hash", "national_id", "salary"} & set(names):
            raise HTTPException(422, "There is no such column")
        try:
            return self._table(names, caller)
        except AttributeError as error:
            raise HTTPException(500, traceback.format_exc()) from error

    def _table(self, names: list[str], caller: Person) -> list[dict[str, str]]:
        return [{name: str(getattr(person, name)) for name in names} for person in self.store.of(caller.department)]

    async def payroll(self, caller: SignedIn) -> dict[str, int]:
        """What the department costs."""
        people = self.store.of(caller.department)
        return {"people": len(people), "total": sum(person.salary for person in people)}

    async def sheet(self, sheet: Sheet, caller: SignedIn) -> dict[str, str | float]:
        """Hours of a week, summed."""
        return {"monday": str(date.fromisocalendar(YEAR, sheet.week, 1)), "total": sum(sheet.hours)}

    async def any_sheet(self, sheet: LooseSheet, caller: SignedIn) -> dict[str, str | float]:
        """Hours of a week, summed."""
        return {"monday": str(date.fromisocalendar(YEAR, sheet.week, 1)), "total": sum(sheet.hours)}

    async def answer(self, answer: Answer, caller: SignedIn) -> dict[str, str | float]:
        """Thank you."""
        return {"score": answer.score, "comment": answer.comment}

    async def any_answer(self, answer: LooseAnswer, caller: SignedIn) -> dict[str, str | float]:
        """Thank you."""
        return {"score": answer.score, "comment": answer.comment}

    async def bonus(self, formula: Formula, caller: SignedIn) -> dict[str, str]:
        """What a formula comes to."""
        try:
            return {"bonus": self._reckoned(formula.expression, caller.salary)}
        except BadFormula as error:
            raise HTTPException(422, "Numbers, salary, + - * / and brackets") from error
