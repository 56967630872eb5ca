"""A limit, or an answer that never came, is no failure for ever: the next time it is asked for once more."""

import pytest
from fastapi import FastAPI, HTTPException

from buckler.drill.arriving.proving import Proofs
from buckler.drill.attack import Untested
from buckler.drill.preparing.control import control_for
from buckler.drill.preparing.oneself import introduce
from buckler.drill.transport.answer import Exchange
from tests.drill.stage import bearer, engaged

ADA = bearer("ada", "token-of-ada")


def busy(path: str, times: int, status: int = 429) -> FastAPI:
    """Notes in an app that answers so at a path until it was asked so often."""
    app, notes, left = FastAPI(), dict[int, str](), {path: times}

    def come(asked: str) -> None:
        left[asked] = left.get(asked, 0) - 1
        if left[asked] >= 0:
            raise HTTPException(status)

    @app.post("/notes")
    def add(text: str) -> dict[str, object]:
        come("POST /notes")
        notes[len(notes) + 1] = text
        return {"id": len(notes)}

    @app.get("/notes/{note_id}")
    def one(note_id: int) -> dict[str, object]:
        if note_id not in notes:
            raise HTTPException(404)
        return {"id": note_id, "text": notes[note_id]}

    @app.get("/me")
    def me() -> dict[str, object]:
        come("GET /me")
        raise HTTPException(401)

    return app


@pytest.mark.parametrize(("status", "comes"), [(429, True), (403, False)])
async def test_a_route_that_met_a_limit_is_asked_again(status: int, comes: bool) -> None:
    """One that refused twice makes nothing for this caller, and is left alone."""
    async with engaged(busy("POST /notes", 6 if status == 429 else 3, status)) as on:
        one = next(each for each in on.routes if each.key == "GET /notes/{note_id}")
        found = [await control_for(on, one, ADA) for _ in range(4)]
    assert isinstance(found[0], Untested)
    assert isinstance(found[-1], Exchange) is comes


async def test_who_came_back_is_asked_anew_to_make_something() -> None:
    """Somebody who was refused twice while shut out is no caller whom the route makes nothing for."""
    async with engaged(busy("POST /notes", 2, 401)) as on:
        one = next(each for each in on.routes if each.key == "GET /notes/{note_id}")
        for _ in range(3):
            assert isinstance(await control_for(on, one, ADA), Untested)
        on.memory.forget("ben")
        assert isinstance(await control_for(on, one, ADA), Untested)
        on.memory.forget("ada")
        assert isinstance(await control_for(on, one, ADA), Exchange)


async def test_who_somebody_is_is_asked_again_after_a_limit() -> None:
    """And no more once there was an answer."""
    async with engaged(busy("GET /me", 2)) as on:
        spent: list[int] = []
        for _ in range(3):
            await introduce(on, ADA)
            spent.append(on.sender.budget.spent)
    assert spent == [2, 3, 3]


async def test_the_route_that_tells_is_looked_for_again_after_a_limit() -> None:
    """And found then."""
    async with engaged(busy("GET /me", 2)) as on:
        proofs = Proofs(on, None)
        assert (await proofs.of(ADA), proofs.route) == ("unknown", "")
        assert (await proofs.of(ADA), proofs.route) == ("refused", "GET /me")
