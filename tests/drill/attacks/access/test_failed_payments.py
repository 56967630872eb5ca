"""Objects that look like refusals: a payment that failed says so, and tells its owner's words beside."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from buckler.drill.attack import Clean
from buckler.drill.attacks.access import ACCESS
from buckler.drill.run import attack_all
from tests.drill.attacks.access.shelf import CAST, Caller
from tests.drill.stage import engaged, found

READ: Final = ("D103", "GET /payments/{number}")
SHAPES: Final[Mapping[str, Callable[[str], dict[str, Any]]]] = {
    "failed": lambda text: {"status": "failed", "description": text},
    "invalid": lambda text: {"state": "invalid", "reason": text, "timestamp": "2026-01-01"},
    "error": lambda text: {"error": "card declined", "details": text},
    "code": lambda text: {"code": 40412, "description": text},
}


class Payment(BaseModel):
    """What somebody pays for."""

    text: str


def payments(shape: str, *, is_open: bool) -> FastAPI:
    """Each account's payments, or everybody's."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    kept: dict[int, tuple[str, str]] = {}
    numbers = count(1)

    @app.post("/payments", status_code=201)
    def pay(payment: Payment, who: Caller) -> dict[str, int]:
        number = next(numbers)
        kept[number] = (who, payment.text)
        return {"id": number}

    @app.get("/payments")
    def own(who: Caller) -> list[dict[str, Any]]:
        return [{"id": number, "text": text} for number, (owner, text) in kept.items() if owner == who]

    @app.get("/payments/{number}")
    def one(number: int, who: Caller) -> dict[str, Any]:
        if number not in kept:
            raise HTTPException(404)
        owner, text = kept[number]
        if owner != who and not is_open:
            return {"status": "failed", "description": "no such payment"}
        return SHAPES[shape](text)

    return app


@pytest.mark.parametrize("shape", SHAPES)
async def test_what_says_that_it_failed_is_read_by_another_all_the_same(shape: str) -> None:
    """It holds what its owner sent."""
    async with engaged(payments(shape, is_open=True), CAST) as on:
        assert await found(on, *ACCESS) == {READ}


@pytest.mark.parametrize("shape", SHAPES)
async def test_what_says_that_there_is_none_is_a_refusal(shape: str) -> None:
    """In the same form, without what its owner sent."""
    async with engaged(payments(shape, is_open=False), CAST) as on:
        report = await attack_all(on, ACCESS, "payments")
    assert report.findings == ()
    said = {(each.attack.id, each.verdict.route): each.verdict for each in report.judged}
    assert isinstance(said[READ], Clean)
