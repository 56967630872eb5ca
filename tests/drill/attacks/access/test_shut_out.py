"""A refusal as nobody shows that an app withstood where whoever is refused is let in still, and nothing elsewhere."""

from dataclasses import replace
from itertools import count
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException

from buckler.drill.attack import Attack, Clean, Finding, Untested, Verdict
from buckler.drill.attacks.access import ACCESS
from buckler.drill.people.cast import Cast
from buckler.drill.run import attack_all
from tests.drill.stage import bearer, engaged

ADA, BEN = bearer("ada", "of-ada", "reader", "127.0.1.1"), bearer("ben", "of-ben", "reader", "127.0.1.2")
READING = next(each for each in ACCESS if each.about.id == "D103")
CHANGING = next(each for each in ACCESS if each.about.id == "D104")
ONE = "/notes/{note_id}"


def cupboard(*flaws: str, listed: bool = True) -> FastAPI:
    """Notes, which others are refused with 401, but what a flaw is called for; `revoked`: ben's token is over."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    notes: dict[int, str] = {}
    numbers = count(1)

    def caller(authorization: Annotated[str, Header()] = "") -> str:
        name = authorization.removeprefix("Bearer of-")
        if name not in ({"ada"} if "revoked" in flaws else {"ada", "ben"}):
            raise HTTPException(401)
        return name

    Caller = Annotated[str, Depends(caller)]  # noqa: N806

    def find(number: int, who: str, flaw: str) -> int:
        if number not in notes or (notes[number] != who and flaw not in flaws):
            raise HTTPException(401)
        return number

    @app.post("/notes", status_code=201)
    def add(who: Caller) -> dict[str, object]:
        notes[number := next(numbers)] = who
        return {"id": number, "owner": who}

    @app.get(ONE)
    def read(note_id: int, who: Caller) -> dict[str, object]:
        return {"id": find(note_id, who, "read"), "owner": notes[note_id]}

    @app.delete(ONE)
    def remove(note_id: int, who: Caller) -> dict[str, object]:
        return {"gone": find(note_id, who, "remove"), "of": notes.pop(note_id)}

    if listed:

        @app.get("/mine")
        def mine(who: Caller) -> list[int]:
            return [number for number, owner in notes.items() if owner == who]

    return app


async def _said(app: FastAPI, attack: Attack, route: str) -> list[Verdict]:
    async with engaged(app, Cast((ADA, BEN))) as on:
        report = await attack_all(on, [attack], "app")
    return [each.verdict for each in report.judged if each.verdict.route == route and each.verdict.identity == "ben"]


@pytest.mark.parametrize(
    ("attack", "route", "flaw"), [(READING, f"GET {ONE}", "read"), (CHANGING, f"DELETE {ONE}", "remove")]
)
async def test_what_a_dead_token_is_refused_was_not_withstood(attack: Attack, route: str, flaw: str) -> None:
    """The same flawed app: a finding with ben alive, and no word of *withstood* with ben's token revoked."""
    assert any(isinstance(each, Finding) for each in await _said(cupboard(flaw), attack, route))
    for flaws in ((flaw, "revoked"), ("revoked",)):
        said = await _said(cupboard(*flaws), attack, route)
        assert said
        assert all(isinstance(each, Untested) and "refused as nobody" in each.reason for each in said)


@pytest.mark.parametrize(("attack", "route"), [(READING, f"GET {ONE}"), (CHANGING, f"DELETE {ONE}")])
async def test_what_somebody_is_refused_who_is_let_in_was_withstood(attack: Attack, route: str) -> None:
    """Also where the app says 401 to whoever may not."""
    said = await _said(cupboard(), attack, route)
    assert said
    assert all(isinstance(each, Clean) for each in said)


async def test_an_own_object_shows_it_where_no_other_route_does() -> None:
    """What is read is read by its own owner; what nothing tells of is untested."""
    assert [type(each) for each in await _said(cupboard(listed=False), READING, f"GET {ONE}")] == [Clean]


async def test_whoever_is_shut_out_is_told_of_once() -> None:
    """Nobody can bring back who came with a token: the report says so, and each attack looks anew."""
    async with engaged(cupboard("revoked"), Cast((ADA, replace(BEN, account=None)))) as on:
        report = await attack_all(on, ACCESS, "app")
    assert report.notes.count("ben was shut out meanwhile, and could not come back.") == 1
