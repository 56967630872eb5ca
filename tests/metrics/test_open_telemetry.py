"""Metrics through OpenTelemetry's API: nothing where nobody listens, and what is promised where somebody does."""

import builtins
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry import metrics
from opentelemetry.sdk.environment_variables import OTEL_SDK_DISABLED
from opentelemetry.sdk.metrics import MeterProvider

from buckler import Buckler, Public, Requires
from buckler.edge.timed import Timed
from buckler.install import buckler_of
from buckler.metrics.instruments import INSTRUMENTS, ONE_IN
from buckler.metrics.open_telemetry import listening
from buckler.running import Running
from tests.clocks import FakeClock
from tests.identity.house import PASSWORD
from tests.metrics.collected import Collector
from tests.stage import development, protect
from tests.wire import ask


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Collector:
    return Collector(monkeypatch)


def running(app: FastAPI) -> Running:
    found = buckler_of(app)
    assert found is not None
    return found._running


def an_app() -> FastAPI:
    app = FastAPI()

    @app.get("/open", dependencies=[Public("a test")])
    async def open_() -> str:
        return "ok"

    @app.get("/closed", dependencies=[Requires("a:x")])
    async def closed() -> str:
        return "ok"

    return protect(app)


def test_nobody_listens_until_a_provider_is_set() -> None:
    """What the API brings itself hands nothing on. This notices when it calls its stand-in otherwise."""
    assert type(metrics.get_meter_provider()).__module__.startswith("opentelemetry.metrics.")
    assert listening() is None


@pytest.mark.parametrize("given", [metrics.NoOpMeterProvider(), None])
def test_a_provider_that_hands_nothing_on_is_none(monkeypatch: pytest.MonkeyPatch, given: Any) -> None:
    """Also the SDK's, where an operator has switched it off."""
    if given is None:
        monkeypatch.setenv(OTEL_SDK_DISABLED, "true")
        given = MeterProvider()
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: given)
    assert listening() is None


def test_without_the_package_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert listening() is None


async def test_where_nobody_listens_no_request_passes_anything_that_measures() -> None:
    app = an_app()
    await ask(app, "GET", "/open")
    it = running(app)
    assert it._serving is it.edge
    assert (it.edge.tally, it._events.tally) == (None, None)
    assert it.serves_plainly({"type": "http"})
    guards = it._table._guards.values()
    assert {each.admit for each in guards} == {it._table._admission.__call__}


async def test_refusals_are_counted_by_code_and_defence_and_by_nothing_of_the_stranger(collector: Collector) -> None:
    """Neither paths, nor names, nor addresses: each would be a series for ever."""
    app = an_app()
    await ask(app, "GET", "/open")
    for number in range(40):
        await ask(app, "GET", f"/no-such-{number}", client=(f"10.0.0.{number}", 1))
        await ask(app, "GET", "/closed", client=(f"10.0.0.{number}", 1))
    await ask(app, "GET", "/closed", token="carol")
    labels = ("buckler.defence", "buckler.refusal.code", "http.response.status_code")
    points = {
        tuple(dict(key)[label] for label in labels): count
        for key, count in collector.points("buckler.refusals").items()
    }
    assert points == {
        ("exit-gate", "http-404", "404"): 40,
        ("requirements", "sign-in-required", "401"): 40,
        ("requirements", "forbidden", "403"): 1,
    }
    events = {dict(key)["buckler.event.name"]: count for key, count in collector.points("buckler.events").items()}
    assert events == {"sys_startup": 1, "authn_token_missing": 40, "authz_fail": 1}


async def test_what_buckler_adds_is_timed_and_what_fastapi_measures_is_not_measured_again(collector: Collector) -> None:
    app = an_app()
    for _ in range(2 * ONE_IN + 1):
        assert (await ask(app, "GET", "/open")).status == 200
    assert isinstance(running(app)._serving, Timed)
    assert collector.points("buckler.edge.duration") == {(): 3}
    assert collector.points("buckler.guard.duration") == {(): 3}
    assert not [name for name in collector.metrics() if name.startswith("http.")]


async def test_names_and_units_are_those_that_are_promised(collector: Collector) -> None:
    """In the style of the semantic conventions: a dot for each name space, counts in braces, seconds."""
    for each in INSTRUMENTS:
        assert each.name.startswith("buckler.")
        assert each.unit == "s" if each.kind == "histogram" else each.unit[0] + each.unit[-1] == "{}"
        assert each.about.endswith(".")
    await ask(an_app(), "GET", "/nothing")
    refusals = collector.metrics()["buckler.refusals"]
    assert (refusals.unit, refusals.data.is_monotonic) == ("{refusal}", True)


async def test_accounts_are_counted(collector: Collector, tmp_path: Path) -> None:
    """Sign-ins by how they ended, sessions, and what waits to be hashed."""
    app = FastAPI()
    buckler = Buckler(app, accounts=True, settings=development(data=tmp_path), clock=FakeClock())
    await buckler.start()

    async def post(path: str, status: int, token: str | None = None, **body: str) -> Any:
        answer = await ask(app, "POST", path, json_body=body, token=token, scheme="http", host="localhost")
        assert answer.status == status, answer.body
        return json.loads(answer.body) if answer.body else None

    await post("/auth/register", 201, name="alice", password=PASSWORD)
    await post("/auth/sign-in", 401, name="alice", password="not this one")
    await post("/auth/sign-in", 401, name="nobody", password="not this one")
    sitting = await post("/auth/sign-in", 200, name="alice", password=PASSWORD)
    await post("/auth/logout", 204, sitting["access_token"])
    await buckler.stop()
    assert collector.points("buckler.sign_ins") == {
        (("buckler.outcome", "failure"), ("error.type", "password")): 1,
        (("buckler.outcome", "failure"), ("error.type", "unknown")): 1,
        (("buckler.outcome", "success"),): 1,
    }
    assert collector.points("buckler.sessions.begun")[()] >= 1
    assert collector.points("buckler.sessions.ended") == {(("buckler.outcome", "ended"),): 1}
    assert collector.points("buckler.hashing.wait")[()] >= 4
    assert collector.points("buckler.hashing.waiting") == {(): 0}


async def test_who_listens_is_asked_at_each_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no more once nobody does."""
    app = an_app()
    with monkeypatch.context() as within:
        Collector(within)
        await running(app).start()
        assert isinstance(running(app)._serving, Timed)
        assert not running(app).serves_plainly({"type": "http"})
        assert (await ask(app, "GET", "/open")).status == 200
        await running(app).stop()
    await running(app).start()
    assert running(app).edge.tally is None
    assert running(app).serves_plainly({"type": "http"})
    assert (await ask(app, "GET", "/closed", token="alice")).status == 200


async def test_a_route_that_comes_later_is_timed_too(collector: Collector) -> None:
    app = protect(FastAPI(), settings=development())
    await ask(app, "GET", "/", scheme="http", host="localhost")

    @app.get("/later", dependencies=[Public("a test")])
    async def later() -> str:
        return "ok"

    assert (await ask(app, "GET", "/later", scheme="http", host="localhost")).status == 200
    assert collector.points("buckler.guard.duration") == {(): 1}
