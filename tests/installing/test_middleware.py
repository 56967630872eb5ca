"""Middleware that an app has already goes on doing its work, and sees refusals as what they are."""

import gzip
import json
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from buckler import Limit, Public, Requires
from tests.stage import production, protect
from tests.wire import HOST, ask

FRONT = "https://front.example.test"
WANTED = ("content-security-policy", "x-content-type-options", "strict-transport-security", "x-request-id")


def make_app(**given: Any) -> FastAPI:
    app = FastAPI(**given)
    public = [Public("a test")]

    @app.get("/open", dependencies=public)
    async def open_() -> str:
        return "x" * 2000

    @app.get("/mine", dependencies=[Requires("a:x")])
    async def mine() -> str:
        return "m" * 2000

    @app.get("/once", dependencies=[Public("a test"), Limit("1/minute")])
    async def once() -> str:
        return "once"

    @app.get("/crash", dependencies=public)
    async def crash() -> None:
        raise RuntimeError("CANARY")

    @app.get("/count", dependencies=public)
    async def count(request: Request) -> int:
        request.session["count"] = request.session.get("count", 0) + 1
        return int(request.session["count"])

    @app.get("/kept", dependencies=[Requires("a:x")])
    async def kept(request: Request) -> int:
        return int(request.session.get("count", 0))

    return app


def front(*more: tuple[str, str], origin: str = FRONT) -> list[tuple[str, str]]:
    return [("origin", origin), *more]


def with_cors(**given: Any) -> FastAPI:
    app = make_app()
    allowed = {"allow_origins": [FRONT], "allow_methods": ["GET"], "allow_headers": ["authorization"]}
    app.add_middleware(CORSMiddleware, **{**allowed, "allow_credentials": True, **given})
    return protect(app)


async def test_cors_lets_its_origins_in_and_nobody_else() -> None:
    """Preflight, simple request, credentials, and an origin that is not listed."""
    app = with_cors()
    asked = ("access-control-request-method", "GET")
    preflight = await ask(
        app, "OPTIONS", "/mine", headers=front(asked, ("access-control-request-headers", "authorization"))
    )
    assert (preflight.status, preflight.header("access-control-allow-origin")) == (204, FRONT)
    assert preflight.header("access-control-allow-credentials") == "true"
    assert "authorization" in str(preflight.header("access-control-allow-headers")).lower()
    answer = await ask(app, "GET", "/mine", headers=front(), token="alice")
    assert (answer.status, answer.header("access-control-allow-origin")) == (200, FRONT)
    stranger = await ask(app, "OPTIONS", "/mine", headers=front(asked, origin="https://evil.test"))
    assert (stranger.status, stranger.header("access-control-allow-origin")) == (400, None)
    assert (await ask(app, "GET", "/open", headers=front(origin="https://evil.test"))).header(
        "access-control-allow-origin"
    ) is None


async def test_a_front_end_can_read_our_refusals() -> None:
    """A browser tells 401 from 429 only with CORS fields on them; more in `tests/edge/test_reading.py`."""
    app = with_cors()
    await ask(app, "GET", "/once")
    for path, status in (("/mine", 401), ("/once", 429), ("/none", 404)):
        answer = await ask(app, "GET", path, headers=front())
        assert (answer.status, answer.header("access-control-allow-origin")) == (status, FRONT)


async def test_gzip_packs_answers_and_never_refusals() -> None:
    """The length is that of what is sent; a refusal is short and stays as it is."""
    app = make_app()
    app.add_middleware(GZipMiddleware, minimum_size=10)
    protect(app)
    accepts = [("accept-encoding", "gzip")]
    answer = await ask(app, "GET", "/open", headers=accepts)
    assert answer.header("content-encoding") == "gzip"
    assert answer.header("content-length") == str(len(answer.body))
    assert gzip.decompress(answer.body) == json.dumps("x" * 2000).encode()
    assert answer.header("vary") == "Accept-Encoding"
    for path, status in (("/mine", 401), ("/none", 404), ("/crash", 500)):
        refused = await ask(app, "GET", path, headers=accepts)
        assert (refused.status, refused.header("content-encoding")) == (status, None)
        assert refused.header("content-length") == str(len(refused.body))
        assert refused.problem["status"] == status


async def test_a_session_lives_and_a_refusal_sets_none() -> None:
    app = make_app()
    app.add_middleware(SessionMiddleware, secret_key="for this test alone", https_only=True)
    protect(app)
    first = await ask(app, "GET", "/count")
    cookie = [("cookie", str(first.header("set-cookie")).partition(";")[0])]
    assert (await ask(app, "GET", "/count", headers=cookie)).body == b"2"
    assert (await ask(app, "GET", "/kept", headers=cookie, token="alice")).body == b"1"
    refused = await ask(app, "GET", "/kept", headers=cookie)
    assert (refused.status, refused.header("set-cookie")) == (401, None)


async def test_prometheus_counts_answers_and_refusals_alike() -> None:
    """Its route needs a declaration as any other; each status is counted at its own route."""
    instrumentation = pytest.importorskip("prometheus_fastapi_instrumentator")
    registry = pytest.importorskip("prometheus_client").CollectorRegistry()
    app = make_app()
    instrumentator = instrumentation.Instrumentator(should_group_status_codes=False, registry=registry)
    instrumentator.instrument(app).expose(app, dependencies=[Requires("b:y")])
    protect(app)
    await ask(app, "GET", "/open")
    for token in (None, "carol", "alice"):
        await ask(app, "GET", "/mine", token=token)
    assert (await ask(app, "GET", "/metrics")).status == 401
    told = await ask(app, "GET", "/metrics", token="alice")
    assert told.status == 200
    assert str(told.header("content-type")).startswith("text/plain")
    lines = told.body.decode()
    for path, status in (("/open", 200), ("/mine", 401), ("/mine", 403), ("/mine", 200)):
        assert f'http_requests_total{{handler="{path}",method="GET",status="{status}"}} 1.0' in lines


async def test_opentelemetry_sees_the_route_and_the_status_of_a_refusal() -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = protect(make_app())
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider)
    for path in ("/open", "/mine", "/crash"):
        await ask(app, "GET", path)
    seen = {}
    for span in exporter.get_finished_spans():
        attributes = dict(span.attributes or {})
        status = attributes.get("http.status_code", attributes.get("http.response.status_code"))
        if "http.route" in attributes:
            seen[attributes["http.route"]] = status
    assert (seen["/open"], seen["/mine"]) == (200, 401)
    assert "/crash" in seen


@pytest.mark.parametrize(("host", "status"), [(HOST, 200), ("evil.test", 400)])
async def test_trusted_hosts_agree_with_ours(host: str, status: int) -> None:
    """A host that only the middleware refuses is refused as well, in our words."""
    app = make_app()
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST])
    protect(app, settings=production(hosts="www.example.test"))
    assert (await ask(app, "GET", "/open", host=host)).status == status
    ours_alone = await ask(app, "GET", "/open", host="www.example.test")
    assert (ours_alone.status, ours_alone.problem["status"]) == (400, 400)


async def test_a_redirect_to_https_is_left_to_the_edge() -> None:
    """The middleware answers before any route; plain HTTP never comes so far."""
    app = make_app()
    app.add_middleware(HTTPSRedirectMiddleware)
    protect(app)
    assert (await ask(app, "GET", "/open")).status == 200
    plain = await ask(app, "GET", "/open", scheme="http")
    assert (plain.status, plain.header("location")) == (403, None)


class Marks(BaseHTTPMiddleware):
    """What most tutorials write."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.url.path == "/interrupted":
            return PlainTextResponse("CANARY")
        answer = await call_next(request)
        answer.headers["x-mark"] = str(answer.status_code)
        return answer


async def test_a_middleware_of_the_usual_kind_works_and_cannot_let_anything_out() -> None:
    """It marks what was allowed; what it marks on a refusal, and answers by itself, does not leave."""
    app = make_app()
    app.add_middleware(Marks)
    protect(app)
    assert (await ask(app, "GET", "/open")).header("x-mark") == "200"
    assert (await ask(app, "GET", "/mine", token="alice")).header("x-mark") == "200"
    refused = await ask(app, "GET", "/mine")
    assert (refused.status, refused.header("x-mark")) == (401, None)
    interrupted = await ask(app, "GET", "/interrupted")
    assert (interrupted.status, b"CANARY" in interrupted.body) == (403, False)


async def test_all_of_them_at_once_with_debug_change_no_header() -> None:
    app = make_app(debug=True)
    app.add_middleware(Marks)
    app.add_middleware(GZipMiddleware)
    app.add_middleware(SessionMiddleware, secret_key="for this test alone")
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST])
    protect(app)
    for path in ("/open", "/mine", "/none", "/crash", "/interrupted"):
        answer = await ask(app, "GET", path, headers=front(("accept-encoding", "gzip"), ("accept", "text/html")))
        assert all(answer.header(name) for name in WANTED), path
        assert b"CANARY" not in answer.body
