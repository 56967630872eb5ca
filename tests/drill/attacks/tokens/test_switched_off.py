"""Somebody whose account was switched off, as the options name one: what is shown is let in, or not."""

from dataclasses import replace

import pytest
from fastapi import FastAPI, HTTPException, Request

from buckler.drill.attack import Clean, Finding, Untested, Verdict
from buckler.drill.attacks.tokens import after_change
from buckler.drill.people.cast import Cast
from buckler.drill.run import attack_all
from tests.drill.stage import bearer, engaged

ADA = bearer("ada", "token-of-ada", "reader")
GONE = replace(bearer("gone", "token-of-gone", "reader", "127.0.1.9"), state="disabled")


def desk(answer: int) -> FastAPI:
    """Answers those who were switched off with this status."""
    app = FastAPI(openapi_url=None)

    @app.get("/me")
    def me(request: Request) -> dict[str, str]:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in ("token-of-ada", "token-of-gone"):
            raise HTTPException(401)
        if token == "token-of-gone" and answer != 200:
            raise HTTPException(answer)
        return {"username": token}

    return app


@pytest.mark.parametrize(("answer", "verdict"), [(200, Finding), (401, Clean), (429, Untested)])
async def test_who_was_switched_off_is_let_in_or_not(answer: int, verdict: type[Verdict]) -> None:
    """A limit is no refusal."""
    async with engaged(desk(answer), Cast((ADA,), disabled=GONE)) as on:
        report = await attack_all(on, (after_change.ATTACK,), "desk")
    assert [type(each.verdict) for each in report.judged if each.verdict.identity == "gone"] == [verdict]


async def test_with_nobody_to_compare_with_it_is_untested() -> None:
    """And where nothing refuses those who show nothing."""
    async with engaged(desk(200), Cast(disabled=GONE)) as on:
        report = await attack_all(on, (after_change.ATTACK,), "desk")
    told = [each.verdict.reason for each in report.judged if isinstance(each.verdict, Untested)]
    assert "nobody is there to compare with" in told
    assert "the target has no route that was found to change a password" in told
