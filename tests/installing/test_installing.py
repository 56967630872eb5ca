"""One line installs it, before or after everything else of the app, which stays as it was."""

import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.params import Security
from fastapi.testclient import TestClient
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware

from buckler import ConfigurationError, Principal, Public, Requires, StartRefused
from tests.stage import development, protect
from tests.wire import Lifespan, ask


def add_routes(app: FastAPI) -> None:
    @app.get("/open", dependencies=[Public("a test")])
    async def open_() -> str:
        return "x" * 2000

    @app.get("/mine", dependencies=[Requires("a:x")])
    async def mine() -> str:
        return "mine"

    @app.get("/session", dependencies=[Public("a test")])
    async def session(request: Request) -> int:
        request.session["count"] = request.session.get("count", 0) + 1
        return int(request.session["count"])


def add_middleware(app: FastAPI) -> None:
    app.add_middleware(GZipMiddleware, minimum_size=500)
    app.add_middleware(SessionMiddleware, secret_key="for this test alone")
    app.add_middleware(CORSMiddleware, allow_origins=["https://front.test"], allow_methods=["GET"])


ORDERS = {
    "first": (protect, add_routes, add_middleware),
    "between": (add_routes, protect, add_middleware),
    "last": (add_middleware, add_routes, protect),
}


@pytest.mark.parametrize("order", ORDERS)
async def test_routes_and_middleware_may_come_before_or_after(order: str) -> None:
    """CORS, gzip and sessions go on working, on answers and on refusals."""
    app = FastAPI()
    for step in ORDERS[order]:
        step(app)
    origin = ("origin", "https://front.test")
    answer = await ask(app, "GET", "/open", headers=[("accept-encoding", "gzip"), origin])
    assert (answer.status, answer.header("content-encoding")) == (200, "gzip")
    assert answer.header("access-control-allow-origin") == "https://front.test"
    assert (await ask(app, "GET", "/mine", headers=[origin])).status == 401
    assert (await ask(app, "GET", "/mine", token="bob")).status == 200
    first = await ask(app, "GET", "/session")
    cookie = str(first.header("set-cookie")).partition(";")[0]
    assert (await ask(app, "GET", "/session", headers=[("cookie", cookie)])).body == b"2"
    preflight = await ask(app, "OPTIONS", "/mine", headers=[origin, ("access-control-request-method", "GET")])
    assert preflight.header("access-control-allow-origin") == "https://front.test"


class Recorder:
    """A lifespan that writes down what happens."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @asynccontextmanager
    async def __call__(self, app: FastAPI) -> AsyncIterator[dict[str, str]]:
        self.seen.append("up")
        try:
            yield {"from": "lifespan"}
        finally:
            self.seen.append("down")


async def test_the_apps_own_lifespan_is_kept() -> None:
    """Its start, its state, and its end."""
    recorder = Recorder()
    app = FastAPI(lifespan=recorder)

    @app.get("/state", dependencies=[Public("a test")])
    async def state(request: Request) -> str:
        return str(getattr(request.state, "from"))

    protect(app)
    async with Lifespan(app) as server:
        assert recorder.seen == ["up"]
        assert server.state["from"] == "lifespan"
        assert (await ask(app, "GET", "/state", scope={"state": dict(server.state)})).body == b'"lifespan"'
    assert recorder.seen == ["up", "down"]


async def test_a_refused_start_fails_the_lifespan_in_both_ways_and_closes_what_was_opened() -> None:
    """Sending the failure alone hangs a test client; raising alone is taken for "no lifespan"."""
    recorder = Recorder()
    app = FastAPI(lifespan=recorder)
    app.add_api_route("/forgotten", lambda: "x")
    protect(app)
    server = Lifespan(app)
    assert not await server.start()
    assert "/forgotten" in str(server.failure)
    assert isinstance(server.error, StartRefused)
    assert recorder.seen == ["up", "down"]
    assert (await ask(app, "GET", "/forgotten")).status == 503


async def test_an_app_whose_own_start_fails_says_so_itself() -> None:
    @asynccontextmanager
    async def broken(app: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError("mine")
        yield

    server = Lifespan(protect(FastAPI(lifespan=broken)))
    assert not await server.start()
    assert "mine" in str(server.failure)


async def test_a_shutdown_that_fails_still_stops(caplog: pytest.LogCaptureFixture) -> None:
    """What Buckler opened is closed, whatever the app does."""

    @asynccontextmanager
    async def broken(app: FastAPI) -> AsyncIterator[None]:
        yield
        raise RuntimeError("mine")

    app = protect(FastAPI(lifespan=broken))
    server = Lifespan(app)
    assert await server.start()
    assert not await server.stop()
    assert [json.loads(record.getMessage())["event"] for record in caplog.records][-1] == "sys_shutdown"


async def test_it_starts_again_after_it_stopped() -> None:
    app = FastAPI()
    add_routes(app)
    protect(app)
    for _ in range(2):
        async with Lifespan(app):
            assert (await ask(app, "GET", "/open")).status == 200


@pytest.mark.parametrize("within", [True, False])
def test_the_test_client_works_with_and_without_its_lifespan(within: bool) -> None:
    app = FastAPI()
    add_routes(app)
    protect(app, settings=development())
    client = TestClient(app)
    if within:
        with client:
            assert client.get("/open").status_code == 200
    assert client.get("/open").status_code == 200
    assert client.get("/mine").status_code == 401
    assert client.get("/mine", headers={"authorization": "Bearer bob"}).json() == "mine"


def test_the_test_client_is_told_of_a_refused_start() -> None:
    app = FastAPI()
    app.add_api_route("/forgotten", lambda: "x")
    protect(app, settings=development())
    with pytest.raises(StartRefused, match="/forgotten"), TestClient(app):
        pass
    assert TestClient(app).get("/forgotten").status_code == 503


def test_the_test_clients_host_opens_nothing_in_production() -> None:
    app = FastAPI()
    add_routes(app)
    protect(app)
    assert TestClient(app).get("/open").status_code == 400
    assert TestClient(app, base_url="https://api.example.test").get("/open").status_code == 200


def exporting() -> tuple[Any, Any]:
    """Where spans end up, and who makes them."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, provider


@pytest.mark.parametrize("instrument_first", [True, False])
async def test_opentelemetrys_instrumentation_sees_every_request(instrument_first: bool) -> None:
    exporter, provider = exporting()
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

    app = FastAPI()
    add_routes(app)
    if not instrument_first:
        protect(app)
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider)
    if instrument_first:
        protect(app)
    assert (await ask(app, "GET", "/open")).status == 200
    assert (await ask(app, "GET", "/mine")).status == 401
    names = {span.name for span in exporter.get_finished_spans()}
    assert {"GET /open", "GET /mine"} <= names


async def test_fastapis_own_telemetry_sees_every_request() -> None:
    """Where FastAPI has it; a refused request is a span as well."""
    try:
        from fastapi.telemetry import TelemetryConfig  # noqa: F401 - newer FastAPI alone has it
    except ImportError:
        return
    exporter, provider = exporting()
    app = FastAPI(telemetry={"tracing": True, "tracer_provider": provider})
    add_routes(app)
    protect(app)
    async with Lifespan(app):
        assert (await ask(app, "GET", "/open")).status == 200
        assert (await ask(app, "GET", "/mine")).status == 401
    assert any("/open" in span.name for span in exporter.get_finished_spans())


async def test_a_mounted_app_is_covered_with_its_own_routes_and_middleware() -> None:
    inner, app = FastAPI(), FastAPI()
    add_routes(inner)
    inner.add_middleware(SessionMiddleware, secret_key="for this test alone")
    app.mount("/sub", inner)
    protect(app)
    assert (await ask(app, "GET", "/sub/open")).status == 200
    assert (await ask(app, "GET", "/sub/mine")).status == 401
    assert (await ask(app, "GET", "/sub/session")).body == b"1"
    assert (await ask(app, "GET", "/sub/docs")).status == 404


# Newer FastAPI wants the prefix from the server; apps that still name it are covered all the same.
@pytest.mark.filterwarnings("ignore:The `root_path` parameter is deprecated")
async def test_an_app_behind_a_prefix_is_covered() -> None:
    app = FastAPI(root_path="/api")
    add_routes(app)
    protect(app)
    for path in ("/open", "/api/open"):
        assert (await ask(app, "GET", path, scope={"root_path": "/api"})).status == 200
    assert (await ask(app, "GET", "/api/mine", scope={"root_path": "/api"})).status == 401


async def test_a_subclass_stays_what_it_is() -> None:
    class Mine(FastAPI):
        def greet(self) -> str:
            return "hello"

    app = Mine()
    add_routes(app)
    protect(app)
    assert isinstance(app, Mine)
    assert app.greet() == "hello"
    assert type(app).__name__ == "Mine"
    assert (await ask(app, "GET", "/mine")).status == 401
    assert not isinstance(Mine(), type(app))


async def test_requests_that_arrive_together_start_the_app_once(caplog: pytest.LogCaptureFixture) -> None:
    """Where a server runs no lifespan; none is turned away meanwhile."""
    import asyncio

    app = FastAPI()
    add_routes(app)
    protect(app)
    answers = await asyncio.gather(*(ask(app, "GET", "/open") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert caplog.text.count("sys_startup") == 1


def test_first_requests_from_several_event_loops_all_wait_for_one_start() -> None:
    """As with several test clients in threads, none of which runs the lifespan."""
    app = FastAPI()
    app.add_api_route("/health", lambda: "ok", dependencies=[Public("a test")])
    protect(app, settings=development())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: TestClient(app).get("/health").status_code, range(16)))
    assert answers == [200] * 16


@pytest.mark.parametrize("declared", [Requires(), Public("a test")])
def test_a_caller_cannot_say_in_the_body_who_it_is(declared: Security) -> None:
    """A `Principal` without a declaration would be read from the request; the route cannot be made."""
    app = FastAPI()
    with pytest.raises(ConfigurationError, match=r"who: Annotated\[Principal, Requires\(\)\]"):

        @app.post("/spoof", dependencies=[declared])
        async def spoof(who: Principal) -> str:
            return who.name
