"""A probe answers whoever asks, by one path and one way to ask, and nothing else is let off with it."""

import logging
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.middleware.base import BaseHTTPMiddleware

from buckler import Buckler, Limit, Public, Requires, answers, behind
from buckler.asgi import Exchange
from buckler.edge.probes import Probes
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import people, production, protect
from tests.twins.twin import Twin
from tests.wire import Answer, Lifespan, ask

PROBE = [Public("liveness", probe=True)]
BY_ADDRESS = "10.1.2.3:8080"


def make_app(*, probe: bool = True) -> FastAPI:
    app = FastAPI()

    @app.get("/health", dependencies=[Public("liveness", probe=probe)])
    async def health() -> dict[str, str]:
        return {"database": "10.9.8.7 is up"}

    @app.get("/health/details", dependencies=[Public("a page")])
    async def details() -> str:
        return "DETAILS"

    @app.get("/mine", dependencies=[Requires("a:x")])
    async def mine() -> str:
        return "MINE"

    return app


async def by_address(app: FastAPI, target: str = "/health", **given: Any) -> Answer:
    """As a kubelet asks."""
    given.setdefault("client", ("203.0.113.9", 50000))
    return await ask(app, given.pop("method", "GET"), target, host=BY_ADDRESS, scheme="http", **given)


async def test_a_machine_that_knows_an_address_alone_gets_its_status_and_not_a_byte_more() -> None:
    answer = await by_address(protect(make_app()))
    assert (answer.status, answer.body, answer.header("content-length")) == (200, b"", "0")
    assert answer.header("content-type") is None
    assert answer.header("location") is None
    assert BY_ADDRESS not in str(answer.headers)
    assert answer.header("x-content-type-options") == "nosniff"


async def test_the_answer_tells_nothing() -> None:
    """What the endpoint says of the inside stays inside; without `probe=True` it would have left."""

    async def tells(app: FastAPI) -> bool:
        return b"10.9.8.7" in (await ask(app, "GET", "/health")).body

    await two_sided_async(tells, whole=protect(make_app()), twin=protect(make_app(probe=False)))


@pytest.mark.parametrize(
    "target",
    ["//health", "/health/", "/health?x", "/health?", "/%68ealth", "/health%2f", "/HEALTH", "/health/details",
     "/mine", "/x/../health", "/health;x", "/health%00", "/"],
)  # fmt: skip
async def test_no_other_path_is_let_off(target: str) -> None:
    """Not one that only looks like it: by any address they are refused as ever."""
    app = protect(make_app())
    if target == "/health?":
        # A mark without a query is none.
        assert (await by_address(app, target)).status == 200
        return
    answer = await by_address(app, target)
    assert answer.status in (400, 403)
    assert b"DETAILS" not in answer.body


async def test_a_foreign_host_stays_refused_everywhere_else() -> None:
    """Two-sided: where the defence of hosts is left out, it is answered."""

    async def answered(app: FastAPI) -> bool:
        return b"DETAILS" in (await ask(app, "GET", "/health/details", host=BY_ADDRESS)).body

    given: dict[str, Any] = {"settings": production(), "authenticator": people(), "clock": FakeClock()}
    twin, whole = make_app(), make_app()
    Twin(twin, without="host", **given)
    Buckler(whole, **given)
    await two_sided_async(answered, whole=whole, twin=twin)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_only_get_and_head_ask(method: str) -> None:
    assert (await by_address(protect(make_app()), method=method)).status in (400, 403)


@pytest.mark.parametrize(
    "header", [("authorization", "Bearer alice"), ("cookie", "a=b"), ("host", "evil.test"), ("x-a", "1")]
)
async def test_who_sends_a_credential_or_a_line_twice_is_no_machine_that_probes(header: tuple[str, str]) -> None:
    """A token over plain HTTP is stolen, wherever it is sent."""
    doubled = [header, header] if header[0] == "x-a" else [header]
    assert (await by_address(protect(make_app()), headers=doubled)).status in (400, 403)


async def test_without_a_host_it_is_answered() -> None:
    """As HTTP/1.0 load balancers ask."""
    app = protect(make_app())
    asked = {"http_version": "1.0"}
    assert (await ask(app, "GET", "/health", host=None, scheme="http", scope=asked)).status == 200
    assert (await ask(app, "GET", "/health/details", host=None, scheme="http", scope=asked)).status == 400


async def test_the_proxy_itself_may_ask() -> None:
    """Its own check is forwarded by nobody. What is forwarded unclearly is refused all the same."""
    app = protect(make_app(), client_address=behind(hops=1))
    assert (await by_address(app)).status == 200
    assert (await by_address(app, "/health/details")).status == 400
    assert (await by_address(app, headers=[("x-forwarded-for", "nobody")])).status == 400


@pytest.mark.parametrize(
    ("given", "left"), [(200, 200), (204, 204), (503, 503), (307, 503), (404, 503), (500, 503), (418, 503)]
)
async def test_it_says_yes_or_not_now(given: int, left: int) -> None:
    """A redirect is no answer to a machine, and an error of the route is a no."""
    from fastapi import Response

    app = FastAPI()

    @app.get("/health", dependencies=PROBE)
    async def health() -> Response:
        return Response("DETAIL" if given != 204 else None, given, {"location": "https://evil.test", "x-inside": "1"})

    answer = await by_address(protect(app))
    assert (answer.status, answer.body, answer.header("location"), answer.header("x-inside")) == (left, b"", None, None)


async def test_an_error_of_the_endpoint_tells_nothing() -> None:
    from fastapi import HTTPException

    app = FastAPI()

    @app.get("/health", dependencies=PROBE)
    async def health() -> None:
        raise HTTPException(503, "database 10.9.8.7 is away")

    @app.get("/broken", dependencies=PROBE)
    async def broken() -> None:
        raise RuntimeError("10.9.8.7")

    protect(app)
    answer = await by_address(app)
    assert (answer.status, answer.body) == (503, b"")
    broke = await by_address(app, "/broken")
    assert (broke.status, broke.body) == (503, b"")


async def test_a_probe_in_a_router_and_in_a_mount_is_known_by_its_whole_path() -> None:
    app, inner, router = FastAPI(), FastAPI(), APIRouter(prefix="/v1")

    @router.get("/ready", dependencies=PROBE)
    @inner.get("/ready", dependencies=PROBE)
    async def ready() -> str:
        return "DETAIL"

    app.include_router(router, prefix="/api")
    app.mount("/sub", inner)
    protect(app)
    for path in ("/api/v1/ready", "/sub/ready"):
        answer = await by_address(app, path)
        assert (answer.status, answer.body) == (200, b"")
    for path in ("/ready", "/v1/ready", "/api/sub/ready"):
        assert (await by_address(app, path)).status == 400


async def test_a_server_with_a_prefix_puts_it_before_the_path() -> None:
    app = protect(make_app())
    prefixed = {"root_path": "/api", "path": "/api/health", "raw_path": b"/api/health"}
    assert (await by_address(app, scope=prefixed)).status == 200
    assert (await by_address(app, scope={**prefixed, "path": "/api/mine"})).status in (400, 403)


async def test_a_route_that_only_stands_at_the_path_of_a_probe_is_refused() -> None:
    """The guard looks at the route that was chosen: here the host itself leads to another one of that path."""

    async def reached(app: FastAPI) -> bool:
        return b"PAGE" in (await ask(app, "GET", "/health", host="10.1.2.3")).body

    def app_for(hosts: str) -> FastAPI:
        app, inner = FastAPI(), FastAPI()

        @inner.get("/health", dependencies=[Public("a page")])
        async def page() -> str:
            return "PAGE"

        @app.get("/health", dependencies=PROBE)
        async def health() -> str:
            return "up"

        app.router.host("10.1.2.3", inner)
        app.router.routes.insert(0, app.router.routes.pop())
        return protect(app, settings=production(hosts=hosts))

    whole = app_for("www.example.test")
    await two_sided_async(reached, whole=whole, twin=app_for("10.1.2.3"))
    answer = await by_address(whole)
    assert (answer.status, answer.code) == (400, "host-unknown")


async def test_a_middleware_is_not_let_off_at_that_path() -> None:
    """What answers in the place of the probe is no probe."""

    class Health(BaseHTTPMiddleware):
        async def dispatch(self, request: Any, call_next: Any) -> Any:
            from fastapi.responses import PlainTextResponse

            return PlainTextResponse("DETAIL") if request.url.path == "/health" else await call_next(request)

    app = make_app()
    app.add_middleware(answers(Health, "health of the machine"))
    protect(app)
    assert (await ask(app, "GET", "/health")).body == b"DETAIL"
    answer = await by_address(app)
    assert (answer.status, b"DETAIL" in answer.body) == (403, False)


async def test_a_refusal_at_its_door_has_our_words_alone() -> None:
    """Over a limit it is answered as any: the words are the same for every app."""
    app = protect(make_app(), settings=production(client_limit="1/minute"))
    await by_address(app)
    assert (await by_address(app)).code == "client-limited"


async def test_a_probe_counts_as_any_request() -> None:
    """It can be limited, and a client that floods it is held by the client limit."""
    app = protect(make_app(), settings=production(client_limit="3/minute"))
    assert [(await by_address(app)).status for _ in range(5)] == [200, 200, 200, 429, 429]


FAULTS: list[tuple[str, list[str], list[Any]]] = [
    ("/health/{which}", ["GET"], PROBE),
    ("/health", ["GET", "POST"], PROBE),
    ("/health", ["POST"], PROBE),
    ("/gesundheit-ü", ["GET"], PROBE),
    ("/health", ["GET"], [*PROBE, Requires("a:x")]),
]


@pytest.mark.parametrize(("path", "methods", "declared"), FAULTS)
async def test_what_can_be_no_probe_stops_the_start(path: str, methods: list[str], declared: list[Any]) -> None:
    app = FastAPI()

    @app.api_route(path, methods=methods, dependencies=declared)
    async def health() -> str:
        return "up"

    assert not await Lifespan(protect(app)).start()


async def test_a_socket_and_a_mount_can_be_no_probe() -> None:
    from starlette.staticfiles import StaticFiles

    from buckler import guarded

    app = FastAPI()

    @app.websocket("/health", dependencies=PROBE)
    async def health() -> None: ...

    mounted = FastAPI()
    mounted.mount("/health", guarded(StaticFiles(directory="."), Public("files", probe=True)))
    for each in (app, mounted):
        assert not await Lifespan(protect(each)).start()


async def test_a_limit_on_a_probe_holds(caplog: pytest.LogCaptureFixture) -> None:
    """The refusal says nothing of a host that was let off."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = FastAPI()

    @app.get("/health", dependencies=[*PROBE, Limit("1/minute")])
    async def health() -> str:
        return "up"

    protect(app)
    assert [(await by_address(app)).status for _ in range(2)] == [200, 429]
    assert "asked for the host" not in caplog.text


def test_nothing_asks_where_there_is_no_probe() -> None:
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/health", "raw_path": b"/health", "headers": []}
    probes, exchange = Probes(), Exchange(scope, None)
    assert not probes.are_asked(exchange)
    probes.paths = frozenset(("/health",))
    assert probes.are_asked(exchange)
    # Fail closed: a server that does not say how it was asked says nothing.
    del scope["raw_path"]
    assert not probes.are_asked(exchange)
