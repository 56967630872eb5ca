"""A number that costs, told apart from an answer that was late once."""

import pytest
from fastapi import FastAPI, HTTPException

from buckler.clock import SystemClock
from buckler.drill.attack import Finding, Untested
from buckler.drill.attacks.resources.costly_question import ATTACK
from buckler.drill.run import attack_all
from tests.drill.stage import engaged


def _working(seconds: float) -> None:
    until = SystemClock.processor() + seconds
    while SystemClock.processor() < until:
        pass


def _reporting(*, late_once: bool = False, each: float = 0.0, always: float = 0.0, most: int = 10**6) -> FastAPI:
    """An app whose reports cost `always`, and `each` for every hundred days; one of them is late once."""
    app, asked = FastAPI(openapi_url=None), list[int]()

    @app.get("/report")
    def report(days: int = 1) -> dict[str, int]:
        if days > most:
            raise HTTPException(422)
        asked.append(days)
        if late_once and asked.count(8) == 1 and days == 8:
            _working(0.3)
        _working(min(always + each * (days // 100), 0.9))
        return {"days": days}

    return app


@pytest.mark.parametrize(
    ("app", "kind"),
    [
        (_reporting(), "Clean"),
        (_reporting(late_once=True), "Clean"),
        (_reporting(each=0.02), "Finding"),
        (_reporting(late_once=True, each=0.02), "Finding"),
        (_reporting(each=0.02, most=300), "Clean"),
        (_reporting(always=0.08), "Clean"),
        pytest.param(_reporting(always=0.08, each=0.004), "Untested", marks=pytest.mark.heavy),
    ],
    ids=["cheap", "late once", "costly", "costly and late once", "bounded", "slow by itself", "slow, and growing"],
)
async def test_what_a_number_costs_is_what_it_costs_each_time(app: FastAPI, kind: str) -> None:
    """What is late once is neither found, nor does it end the look; what cannot be told apart is untested."""
    async with engaged(app) as on:
        report = await attack_all(on, [ATTACK], "app")
    (verdict,) = (each.verdict for each in report.judged if each.verdict.route == "GET /report")
    assert type(verdict).__name__ == kind
    if isinstance(verdict, Finding):
        assert verdict.control[0].request.query != verdict.attacked.request.query
    if isinstance(verdict, Untested):
        assert "whether that grows could not be seen" in verdict.reason
