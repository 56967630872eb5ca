"""A plain route answers as FastAPI would have answered, whatever it does; and every other route is FastAPI's."""

from collections.abc import AsyncIterator, Callable
from inspect import signature
from typing import Annotated, Any

import fastapi.routing
import pytest
from fastapi import APIRouter, BackgroundTasks, Body, Depends, FastAPI, Header, Request, Response
from fastapi.responses import PlainTextResponse
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from buckler import Requires
from buckler.access.routes import route_table
from buckler.access.routes.plain_routes import plain_serving
from tests.access.fields.models import Staff
from tests.access.plain_endpoints import PLAIN, Odd, a_model, broken, nothing, ran
from tests.stage import development, protect
from tests.wire import Answer, ask

PATHS = [
    *("/it", "/it/7", "/it/7/eight", "/it/seven/eight", "/it/7/a/b", "/it/%37/%C3%A9", "/it/9" + "9" * 30 + "/x"),
    *("/it?text=a&size=7", "/it?size=0&text", "/it?text=%FF&x", "/it/7?question=a&question=b%00c&size=9"),
    *("/it/7?q=a", "/it/x?size=10", "/it/7?question=%F0%9F%98%80&size=+1", "/it/7?question"),
]


def direct(endpoint: Callable[..., Any], path: str, more: dict[str, Any]) -> FastAPI:
    app = FastAPI()
    app.add_api_route(path, endpoint, **more)
    return app


def included(endpoint: Callable[..., Any], path: str, more: dict[str, Any]) -> FastAPI:
    app, router, inner = FastAPI(), APIRouter(), APIRouter()
    inner.add_api_route(path, endpoint, **more)
    router.include_router(inner)
    app.include_router(router)
    return app


async def answers(app: FastAPI) -> list[Answer]:
    @app.exception_handler(Odd)
    async def handled(_: Request, __: Odd) -> Response:
        return PlainTextResponse("handled", 409)

    protect(app, default=Requires())
    methods = ("GET", "HEAD", "DELETE", "POST")
    return [await ask(app, method, path, token="alice") for method in methods for path in PATHS]


def comparable(answer: Answer) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Everything but what names the request."""
    kept = [(name, value) for name, value in answer.headers if name != b"x-request-id"]
    return answer.status, kept, answer.body.replace((answer.header("x-request-id") or "?").encode(), b"")


@pytest.mark.parametrize("build", [direct, included])
@pytest.mark.parametrize(("endpoint", "path", "more"), PLAIN)
async def test_both_ways_answer_alike(
    endpoint: Callable[..., Any], path: str, more: dict[str, Any], build: Callable[..., FastAPI],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Status, headers and body, letter by letter, for every method and for paths that do not fit."""
    served: list[object] = []

    def noting(route: object, described: Any) -> Any:
        found = plain_serving(route, described)
        served.append(found)
        return found

    monkeypatch.setattr(route_table, "plain_serving", noting)
    ran.clear()
    plainly = [comparable(each) for each in await answers(build(endpoint, path, more))]
    assert any(served), "the route is not plain: nothing is compared"
    monkeypatch.setattr(route_table, "plain_serving", lambda *_: None)
    count = len(ran)
    assert plainly == [comparable(each) for each in await answers(build(endpoint, path, more))]
    assert len(ran) == 2 * count


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
async def test_any_value_is_written_alike(value: object) -> None:
    """Also those that JSON has no words for."""

    async def endpoint() -> Any:
        return value

    told = []
    for serving in (plain_serving, lambda *_: None):
        app = direct(endpoint, "/it", {"response_model": Any})
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(route_table, "plain_serving", serving)
            protect(app, default=Requires())
            told.append(comparable(await ask(app, "GET", "/it", token="alice")))
    assert told[0] == told[1]


async def reads_header(x_it: Annotated[str, Header()] = "") -> str:
    return x_it


async def reads_body(it: Annotated[str, Body()]) -> str:
    return it


async def reads_request(request: Request) -> str:
    return request.method


async def sets_response(response: Response) -> str:
    return "set"


async def has_tasks(tasks: BackgroundTasks) -> str:
    return "tasks"


async def depends(it: Annotated[str, Depends(lambda: "it")]) -> str:
    return it


def synchronous() -> str:
    return "it"


async def streams() -> AsyncIterator[str]:
    yield "it"


@pytest.mark.parametrize(
    ("endpoint", "more"),
    [
        (reads_header, {}),
        (reads_body, {}),
        (reads_request, {}),
        (sets_response, {}),
        (has_tasks, {}),
        (depends, {}),
        (synchronous, {}),
        (streams, {}),
        (a_model, {"dependencies": [Depends(synchronous)]}),
        (a_model, {"response_class": PlainTextResponse}),
        (a_model, {"response_model": None}),
        (a_model, {"status_code": 204, "response_model": None}),
        (nothing, {"status_code": 204, "response_model": None}),
    ],
)
def test_whatever_does_more_is_fastapis(endpoint: Callable[..., Any], more: dict[str, Any]) -> None:
    app = FastAPI()
    app.add_api_route("/it", endpoint, **more)
    route = app.router.routes[-1]
    assert plain_serving(route, route) is None


async def anything() -> Any:
    return Staff(name="bob", salary=7)


async def test_a_route_that_hides_fields_is_plain_too() -> None:
    """What it takes for that is ours alone, and the endpoint gets nothing of it."""
    app = direct(anything, "/it", {})
    protect(app, default=Requires())
    assert (await ask(app, "GET", "/it", token="carol")).body == b'{"name":"bob","role":"reader"}'
    route: Any = next(each for each in app.routes if getattr(each, "path", "") == "/it")
    assert hasattr(route.dependant.call, "fields_of_buckler")
    assert plain_serving(route, route) is not None


class OwnRoute(fastapi.routing.APIRoute):
    """A route with a handler of its own."""


def test_a_route_of_another_class_or_with_another_app_is_left_alone() -> None:
    router = APIRouter(route_class=OwnRoute)
    router.add_api_route("/it", a_model)
    assert plain_serving(router.routes[-1], router.routes[-1]) is None
    app = direct(a_model, "/it", {})
    route: Any = app.router.routes[-1]
    assert plain_serving(route, route) is not None
    inner = route.app

    class Around:
        async def __call__(self, *values: Any) -> None:
            await inner(*values)

    route.app = Around()
    assert plain_serving(route, route) is None


@pytest.mark.parametrize(
    "name", ["get_request_handler", "request_response", "run_endpoint_function", "serialize_response"]
)
def test_a_tool_that_replaces_what_fastapi_does_goes_on_seeing_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As tools that watch apps do."""
    original = getattr(fastapi.routing, name)

    def watched(*values: Any, **named: Any) -> Any:
        return original(*values, **named)

    monkeypatch.setattr(fastapi.routing, name, watched)
    app = direct(a_model, "/it", {})
    route = app.router.routes[-1]
    assert plain_serving(route, route) is None


async def test_a_traced_request_goes_fastapis_way() -> None:
    """FastAPI's own tracing, which newer versions have, records the call of the endpoint as ever."""
    if "telemetry" not in signature(FastAPI.__init__).parameters:
        pytest.skip("this FastAPI traces nothing")
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = FastAPI(telemetry={"tracer_provider": provider})
    app.add_api_route("/it", a_model)
    protect(app, default=Requires())
    route = next(each for each in app.router.routes if getattr(each, "path", "") == "/it")
    assert plain_serving(route, route) is not None
    assert (await ask(app, "GET", "/it", token="alice")).status == 200
    names = [span.name for span in exporter.get_finished_spans()]
    assert any("endpoint" in name for name in names), names


async def test_in_development_what_breaks_is_raised_as_ever() -> None:
    app = direct(broken, "/it", {})
    protect(app, default=Requires(), settings=development())
    answer = await ask(app, "GET", "/it", token="alice", scheme="http", host="localhost")
    assert (answer.status, type(answer.error)) == (500, LookupError)
    assert b"the text of an error" not in answer.body
