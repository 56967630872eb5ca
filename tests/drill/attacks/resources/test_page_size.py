"""What a page of a million tells, and what it does not."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from buckler.drill.attack import Untested
from buckler.drill.attacks.resources import page_size
from buckler.drill.attacks.resources.page_size import ATTACK, clamped, items
from buckler.drill.run import attack_all
from buckler.drill.transport.answer import MOST_BYTES, Answer
from tests.drill.attacks.access.shelf import CAST, Caller
from tests.drill.stage import engaged


class Thing(BaseModel):
    """What is added."""

    title: str


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


@pytest.mark.parametrize(
    ("body", "media", "many"),
    [
        (b"[1,2,3]", "application/json", 3),
        (b'{"page":{"items":[{"tags":[1]},{"tags":[2]}],"none":[]},"words":["one"]}', "application/json", 2),
        (b"id,name\r\n1,ada\r\n2,ben", "text/csv", 3),
        (b'{"one":1}', "application/json", 0),
        (b'{"id":1},' * (MOST_BYTES // 9 + 1), "application/json", MOST_BYTES // 9 + 2),
    ],
    ids=["list", "longest", "table", "none", "cut"],
)
def test_the_things_of_a_page_are_its_longest_list(body: bytes, media: str, many: int) -> None:
    """Also within others; of a table its lines, and of what is too long to be read its rough parts."""
    assert len(items(Answer(200, (("content-type", media),), body))) == many


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"limit":100,"items":[]}', True),
        (b'{"meta":{"page":{"per_page":100}}}', True),
        (b'{"limit":1000000}', False),
        (b'{"count":100}', False),
        (b'{"limit":true}', False),
        (b"[100]", False),
    ],
)
def test_a_page_that_says_its_size_has_a_bound(body: bytes, says: bool) -> None:
    """Where it is smaller than what was asked for; a count is one of things, and not of a page."""
    assert clamped(Answer(200, (("content-type", "application/json"),), body), 1_000_000) is says


def _board(bound: int | None, room: int) -> FastAPI:
    """A list for `room` things to which its callers add; and the largest page."""
    app, kept = FastAPI(), list[str]()

    @app.post("/things", status_code=201)
    def add(thing: Thing, _: Caller) -> dict[str, object]:
        if len(kept) >= room:
            raise HTTPException(409)
        kept.append(thing.title)
        return {"id": len(kept), "title": thing.title}

    @app.get("/things")
    def listed(_: Caller, limit: int = 20) -> list[str]:
        return kept[: limit if bound is None else min(limit, bound)]

    return app


@pytest.mark.parametrize(
    ("app", "kind", "why"),
    [
        (_board(None, 10_000), "Finding", ""),
        (_board(50, 10_000), "Clean", ""),
        (_board(None, 30), "Untested", "too few things"),
    ],
    ids=["unbounded", "cut at 50", "full"],
)
async def test_a_short_list_is_filled_first(monkeypatch: pytest.MonkeyPatch, app: FastAPI, kind: str, why: str) -> None:
    """By an account that may add to it, as long as it may."""
    monkeypatch.setattr(page_size, "_FILLING", 600.0)
    async with engaged(app, CAST) as on:
        report = await attack_all(on, [ATTACK], "app")
    (verdict,) = (each.verdict for each in report.judged if each.verdict.route == "GET /things")
    assert type(verdict).__name__ == kind, verdict
    assert why in (verdict.reason if isinstance(verdict, Untested) else "")


@pytest.mark.parametrize(("there", "kind"), [(500, "Clean"), (150, "Finding")], ids=["more", "all"])
async def test_a_round_number_is_a_bound_where_more_is_there(there: int, kind: str) -> None:
    """Which the next page tells."""
    app = FastAPI()

    @app.get("/things")
    def things(limit: int = 20, offset: int = 0) -> list[int]:
        return list(range(there))[offset:][: min(limit, 150)]

    async with engaged(app) as on:
        report = await attack_all(on, [ATTACK], "app")
    (verdict,) = (each.verdict for each in report.judged if each.verdict.route == "GET /things")
    assert type(verdict).__name__ == kind, verdict
