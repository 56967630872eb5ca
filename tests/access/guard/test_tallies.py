"""Which limits are one budget, and by which names callers tell them apart."""

import json
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import PlainTextResponse

from buckler import Limit, Public, Requires, guarded
from buckler.access.declarations.declaration import Duty, Limitation
from buckler.access.declarations.declaring import declaration_in
from buckler.access.guard.tallies import Ledger
from buckler.events import EventLog
from tests.clocks import FakeClock
from tests.stage import development, protect
from tests.wire import Lifespan, ask


async def statuses(app: Any, *paths: str) -> list[int]:
    return [(await ask(app, "GET", path)).status for path in paths]


def route(app: FastAPI | APIRouter, path: str, *limits: Any) -> None:
    app.add_api_route(path, lambda: "x", dependencies=[Public("a test"), *limits])


async def test_limits_of_one_name_are_one_budget() -> None:
    app = FastAPI()
    for path in ("/a", "/b"):
        route(app, path, Limit("2/minute", name="search"))
    route(app, "/c", Limit("2/minute", name="other"))
    protect(app)
    assert await statuses(app, "/a", "/b", "/a", "/b", "/c") == [200, 200, 429, 429, 200]


async def test_a_route_that_two_of_one_name_reach_counts_once_at_the_higher_cost() -> None:
    app = FastAPI()
    router = APIRouter(dependencies=[Limit("6/minute", name="it")])
    route(router, "/a", Limit("6/minute", name="it", cost=2))
    app.include_router(router)
    protect(app)
    assert (await ask(app, "GET", "/a")).header("ratelimit") == '"it";r=4;t=60'


@pytest.mark.parametrize("other", [{"rate": "3/minute"}, {"rate": "2/minute", "by": "client"}])
async def test_one_name_for_two_budgets_stops_the_start(other: dict[str, Any]) -> None:
    """Whichever of the two held, the other line would be a lie."""
    app = FastAPI()
    route(app, "/a", Limit("2/minute", name="it"))
    route(app, "/b", Limit(**other, name="it"))
    lifespan = Lifespan(protect(app))
    assert not await lifespan.start()
    words = str(lifespan.error)
    assert words.count("test_tallies.py:") >= 2
    assert "share the name 'it'" in words


async def test_a_route_added_later_under_a_taken_name_stays_shut() -> None:
    app = FastAPI()
    route(app, "/a", Limit("2/minute", name="it"))
    protect(app)
    assert await statuses(app, "/a") == [200]
    route(app, "/b", Limit("9/minute", name="it"))
    assert await statuses(app, "/b", "/a") == [403, 200]


async def test_one_limit_on_the_app_or_by_default_is_one_budget_for_all_routes() -> None:
    """Also for those in routers, and with limits of the router and the route on top."""
    for given in (
        {"app": FastAPI(dependencies=[Limit("4/minute")]), "default": Public("a test")},
        {"app": FastAPI(), "default": [Public("a test"), Limit("4/minute")]},
    ):
        app, default = given["app"], given["default"]
        router = APIRouter(prefix="/in", dependencies=[Limit("3/minute")])
        router.add_api_route("/a", lambda: "x", dependencies=[Limit("1/minute")])
        router.add_api_route("/b", lambda: "x")
        app.add_api_route("/c", lambda: "x")
        app.include_router(router)
        protect(app, default=default)
        paths = ["/in/a", "/in/a", "/in/b", "/in/b", "/in/b", "/c", "/c"]
        assert await statuses(app, *paths) == [200, 429, 200, 200, 429, 200, 429]
        policies = (await ask(app, "GET", "/in/a")).header("ratelimit-policy") or ""
        assert sorted(policies.split(", ")) == ['"1/minute";q=1;w=60', '"3/minute";q=3;w=60', '"4/minute";q=4;w=60']


async def test_policies_of_one_rate_have_names_of_their_own() -> None:
    app = FastAPI()
    app.add_api_route(
        "/a",
        lambda: "x",
        dependencies=[Requires(), Limit("5/minute"), Limit("5/minute", by="client"), Limit("5/minute")],
    )
    protect(app)
    answer = await ask(app, "GET", "/a", token="alice")
    assert answer.header("ratelimit") == ", ".join(f'"5/minute{end}";r=4;t=60' for end in ("", " no. 2", " no. 3"))


async def test_a_mount_and_a_plain_route_are_limited() -> None:
    app = FastAPI()
    limit = Limit("2/minute")
    app.mount("/files", guarded(PlainTextResponse("a file"), Public("a test"), limit))
    app.router.add_route("/plain", guarded(_plain, Public("a test"), limit))
    protect(app, clock=FakeClock())
    assert await statuses(app, "/files/a", "/plain", "/plain", "/files/b") == [200, 200, 429, 429]


def test_a_full_counter_is_told_with_the_limit_that_it_counts_for(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    ledger = Ledger(clock, EventLog(clock), "request", most_keys=256)
    limits = tuple(declaration_in(Limit(rate)) for rate in ("5/minute", "50/minute"))
    duty = Duty("/a", None, limits, True, frozenset(), tuple(it for it in limits if isinstance(it, Limitation)))
    for tally in ledger.tallies(duty):
        for number in range(2000):
            tally.counter.hit(str(number))
    found = [json.loads(record.getMessage()) for record in caplog.records]
    assert [(each["event"], each["limit"]) for each in found] == [
        ("sys_counter_full", "Limit('5/minute')"),
        ("sys_counter_full", "Limit('50/minute')"),
    ]


def test_the_document_shows_each_policy_that_is_told() -> None:
    """With whom it counts and what a request costs."""
    app = FastAPI()
    declared = [
        Limit("5/minute"),
        Limit("100/hour burst 20", by="client", cost=2, name="long"),
        Limit("9/second", by=lambda _: "x"),
        Limit("7/day", told=False),
    ]
    app.add_api_route("/a", lambda: "x", dependencies=[Public("a test"), *declared])
    app.add_api_route("/b", lambda: "x", dependencies=[Public("a test"), Limit("7/day", told=False)])
    protect(app, settings=development())
    paths = app.openapi()["paths"]
    assert paths["/a"]["get"]["x-rate-limit"] == [
        {"policy": "5/minute", "rate": "5/minute", "by": "client", "cost": 1},
        {"policy": "long", "rate": "100/hour burst 20", "by": "client", "cost": 2},
        {"policy": "9/second", "rate": "9/second", "by": "function", "cost": 1},
    ]
    assert "x-rate-limit" not in paths["/b"]["get"]
    assert "429" in paths["/b"]["get"]["responses"]


async def _plain(_: Any) -> PlainTextResponse:
    return PlainTextResponse("plain")
