"""What a page of a million tells, and what it does not."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI, HTTPException

from buckler.drill.attack import Untested
from buckler.drill.attacks.resources.page_size import ATTACK
from buckler.drill.run import attack_all
from tests.drill.stage import engaged


def _of(sizes: Callable[[int], int], there: int = 500) -> FastAPI:
    """A list of so many things, of which so many are shown as this makes of what is asked for."""
    app = FastAPI(openapi_url=None)

    @app.get("/things")
    def things(limit: int = 20) -> list[int]:
        return list(range(there))[: sizes(limit)]

    return app


def _refused(limit: int) -> int:
    if limit > 200:
        raise HTTPException(422)
    return limit


def _failing(limit: int) -> int:
    return [limit][0 if limit < 1_000 else 1]


def _never_one(limit: int) -> int:
    if limit < 5:
        raise HTTPException(422)
    return limit


@pytest.mark.parametrize(
    ("app", "kind", "why"),
    [
        (_of(lambda limit: limit, 501), "Finding", ""),
        (_of(lambda limit: min(limit, 100), 501), "Untested", "too few things"),
        (_of(lambda limit: min(limit, 150), 501), "Untested", "may be all or a bound"),
        (_of(_refused), "Clean", ""),
        (_of(_failing), "Untested", "not refused, and not served"),
        (_of(_never_one), "Untested", "limit=1 was not served"),
        (_of(lambda limit: limit, 30), "Untested", "too few things"),
        (_of(lambda _: 333), "Untested", "too few things"),
    ],
    ids=["unbounded", "cut at 100", "cut at 150", "refused", "failing", "never one", "few", "not heeded"],
)
async def test_a_page_size_is_judged_by_what_came(app: FastAPI, kind: str, why: str) -> None:
    """A failure is no bound, and what cannot be told from one is untested, with the reason."""
    async with engaged(app) as on:
        report = await attack_all(on, [ATTACK], "app")
    (verdict,) = (each.verdict for each in report.judged if each.verdict.route == "GET /things")
    assert type(verdict).__name__ == kind, verdict
    assert why in (verdict.reason if isinstance(verdict, Untested) else "")
