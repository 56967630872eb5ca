"""Why an attack on access could not be made is told as it was, and nothing counts as withstood that was not reached."""

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response

from buckler.drill.attack import NotApplicable, Untested, Verdict
from buckler.drill.attacks.access import foreign_lists, function_level, hidden_routes, object_read
from buckler.drill.attacks.access.evidence import holds_nothing
from buckler.drill.people.cast import Cast
from buckler.drill.reports.terminal import summarise
from buckler.drill.run import attack_all
from buckler.drill.transport.answer import Answer
from tests.drill.attacks.access.shelf import CAST, caller
from tests.drill.stage import engaged

ONE = "GET /notes/{note_id}"
JSON = (("content-type", "application/json"),)


def closed(missing: Response | None = None, *, makes: bool = True) -> FastAPI:
    """Notes that nobody can add to. What is not there is told by `missing`, or by 404."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    who = [Depends(caller)]

    @app.get("/notes/{note_id}", dependencies=who)
    def one(note_id: int) -> Any:
        if missing is None:
            raise HTTPException(404)
        return missing

    @app.get("/notes", dependencies=who)
    def several() -> list[dict[str, str]]:
        return []

    if makes:

        @app.post("/notes", dependencies=who)
        def add(text: str) -> None:
            raise HTTPException(409, "the shelf is full")

    @app.get("/debug/state", include_in_schema=False)
    def state() -> dict[str, str]:
        raise HTTPException(409, "nothing was recorded yet")

    return app


async def _verdicts(app: FastAPI, cast: Cast = CAST) -> Mapping[tuple[str, str], Verdict]:
    attacks = (object_read.ATTACK, foreign_lists.ATTACK, hidden_routes.ATTACK, function_level.ATTACK)
    async with engaged(app, cast) as on:
        report = await attack_all(on, attacks, "closed")
    return {(each.attack.id, each.verdict.route): each.verdict for each in report.judged}


@pytest.mark.parametrize("body", [{"data": None}, {"success": True, "result": {"items": []}}, [], None])
async def test_an_answer_that_holds_nothing_is_no_object(body: object) -> None:
    """The owner and the stranger were shown the same nothing."""
    told = (await _verdicts(closed(JSONResponse(body))))["D103", ONE]
    assert isinstance(told, Untested)
    assert told.reason == "what ada was shown holds nothing that could be another's"


async def test_what_could_not_be_made_is_told_with_the_answer() -> None:
    """By the attack on one, and by that on the list."""
    told = await _verdicts(closed())
    one, several = told["D103", ONE], told["D111", "GET /notes"]
    assert isinstance(one, Untested)
    assert one.reason.endswith("status 404, and none could be made: POST /notes answered status 409")
    assert isinstance(several, Untested)
    assert several.reason == "ada could put nothing into it: POST /notes answered status 409"


async def test_where_nothing_makes_them_that_is_the_reason() -> None:
    """There is nothing that a list would tell then."""
    told = await _verdicts(closed(makes=False))
    one = told["D103", ONE]
    assert isinstance(one, Untested)
    assert one.reason.endswith("status 404, and no request was found that makes one")


async def test_a_hidden_route_that_failed_for_another_reason_is_not_called_shut() -> None:
    """What it would tell was not seen."""
    told = (await _verdicts(closed()))["D109", "GET /debug/state"]
    assert isinstance(told, Untested)
    assert "status 409 nothing was recorded yet" in told.reason


async def test_without_an_administrator_a_forgotten_check_is_not_passed_over() -> None:
    """It is untested, with the remedy, and stands in the text; what everybody does is nobody's matter."""
    cast = Cast(people=CAST.people[:2], missing={"administrator": "none was named. Name one: --admin NAME:PASSWORD"})
    app = closed()

    @app.get("/health")
    def health() -> str:
        return "well"

    async with engaged(app, cast) as on:
        report = await attack_all(on, (function_level.ATTACK,), "closed")
    told = {each.verdict.route: each.verdict for each in report.judged}
    untested = told["GET /notes"]
    assert isinstance(untested, Untested)
    assert "--admin NAME:PASSWORD" in untested.reason
    assert "what only administrators may is not known: none was named. Name one: --admin NAME:PASSWORD" in " ".join(
        summarise(report).split()
    )
    assert isinstance(told["GET /health"], NotApplicable)
    assert (report.coverage.judged, report.coverage.of) == (0, 1)


@pytest.mark.parametrize(
    ("body", "nothing"),
    [
        (b"", True),
        (b'{"code": 0, "message": "ok", "data": null}', True),
        (b'{"items": [], "total": 0}', True),
        (b'{"items": ["a text"]}', False),
        (b'{"data": {"enabled": true}}', False),
        (b"7", False),
        (b'{"status": "open"}', False),
    ],
)
def test_what_an_answer_carries(body: bytes, nothing: bool) -> None:
    """Anything but what says how it went."""
    assert holds_nothing(Answer(200, JSON, body)) is nothing
    assert not holds_nothing(Answer(200, (("content-type", "text/html"),), b"<p>"))
