"""What a trial writes down: that it runs, whom it lets off, and each request that it let pass."""

import logging

import pytest
from fastapi import APIRouter, FastAPI

from buckler import Trial
from tests.clocks import FakeClock
from tests.edge.on_trial import DAY, LAST, OPEN, foreign_host, lines, on_trial, undeclared
from tests.stage import protect
from tests.wire import Lifespan, ask


async def test_a_refusal_that_follows_has_its_own_reason(caplog: pytest.LogCaptureFixture) -> None:
    """A foreign host passes, then the right is missing: two lines, each with what belongs to it."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = on_trial()
    answer = await ask(app, "GET", "/mine", token="carol", host="old.example.test")
    assert answer.status == 403
    (would,), (refused,) = lines(caplog, "would_refuse"), lines(caplog, "authz_fail")
    assert (would["reason"], would["who"]) == ("asked for the host old.example.test", "carol")
    assert refused["reason"] == "lacks a:x"
    assert (await ask(app, "GET", "/mine", host="old.example.test")).status == 401
    (unknown,) = lines(caplog, "authn_token_missing")
    assert "reason" not in unknown


async def test_a_request_that_breaks_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    """The line does not hang on an answer."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = on_trial()

    @app.get("/broken", dependencies=OPEN)
    async def broken() -> None:
        raise RuntimeError

    assert (await ask(app, "GET", "/broken", host="old.example.test")).status == 500
    assert [line["route"] for line in lines(caplog, "would_refuse")] == ["/broken"]


async def test_the_start_says_that_a_trial_runs(caplog: pytest.LogCaptureFixture) -> None:
    """Until when, for what and why, and each route that nobody has declared."""
    caplog.set_level(logging.INFO, "buckler.events")
    async with Lifespan(on_trial(only={"host", "undeclared"})):
        (told,) = lines(caplog, "sys_trial")
    assert (told["until"], told["lifts"], told["reason"]) == (LAST, ["host", "undeclared"], "moving to Buckler")
    (route,) = lines(caplog, "sys_exemption")
    assert route["undeclared"].startswith("GET /old/{number} (on_trial.py:")


async def test_a_day_that_is_past_starts_and_enforces(caplog: pytest.LogCaptureFixture) -> None:
    """It warns once, whatever comes."""
    caplog.set_level(logging.INFO, "buckler.events")
    clock = FakeClock()
    clock.advance(30 * DAY)
    app = on_trial(clock=clock)
    async with Lifespan(app):
        assert [(await foreign_host(app)).status for _ in range(3)] == [400] * 3
        assert (await undeclared(app)).status == 403
        assert (await ask(app, "GET", "/open")).status == 200
    assert (len(lines(caplog, "sys_trial_over")), lines(caplog, "sys_trial")) == (1, [])


async def test_a_flood_under_trial_is_summed(caplog: pytest.LogCaptureFixture) -> None:
    """A hundred requests are two lines, the first of the route and of the client, and one that counts the rest."""
    caplog.set_level(logging.INFO, "buckler.events")
    clock = FakeClock()
    app = on_trial(clock=clock)
    for number in range(100):
        assert (await ask(app, "GET", f"/old/{number}")).status == 200
    assert len(lines(caplog, "would_refuse")) == 2
    clock.advance(2)
    await foreign_host(app)
    await foreign_host(app)
    counted = [line for line in lines(caplog, "would_refuse") if "count" in line]
    assert [(line["count"], line["refusal"]) for line in counted] == [(98, "undeclared")]


async def test_each_undeclared_route_has_a_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    """However many are asked for within a second, by one client: the report names all that somebody needs."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = FastAPI()
    router = APIRouter(prefix="/v1")

    async def endpoint() -> str:
        return "old"

    for number in range(20):
        router.add_api_route(f"/r{number}", endpoint)
    app.include_router(router)
    protect(app, trial=Trial(until=LAST, reason="x"))
    for number in range(20):
        await ask(app, "GET", f"/v1/r{number}")
    assert {line["route"] for line in lines(caplog, "would_refuse")} == {f"/v1/r{number}" for number in range(20)}


async def test_a_route_that_comes_later_is_told_and_on_trial_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "buckler.events")
    clock = FakeClock()
    app = on_trial(clock=clock)
    assert (await ask(app, "GET", "/open")).status == 200

    @app.get("/later")
    async def later() -> str:
        return "later"

    assert (await ask(app, "GET", "/later")).status == 200
    assert [line["undeclared"][:10] for line in lines(caplog, "sys_exemption")][1:] == ["GET /later"]
    clock.advance(6 * DAY)
    assert (await ask(app, "GET", "/later")).status == 403
