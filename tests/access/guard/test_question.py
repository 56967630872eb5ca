"""A question goes to the router as a request does, and nothing of a route ever runs for it."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware

from buckler import Requires
from buckler.access.guard.question import Question, table_of
from buckler.install import buckler_of
from tests.stage import people, protect
from tests.wire import ask


def test_the_table_of_a_question_is_that_of_the_app() -> None:
    """Of anything else it is the thing itself."""
    table = object()
    assert table_of(Question(table)) is table
    assert table_of(table) is table
    assert table_of(None) is None


def explain(app: FastAPI, path: str, name: str | None = None) -> Any:
    buckler = buckler_of(app)
    assert buckler is not None
    return buckler.explain("GET", path, None if name is None else people().callers[name])


async def test_two_tables_at_one_route_answer_each_for_its_own_app() -> None:
    """In whatever order their guards were placed; the inner app does not start for a question."""
    for inner_first in (True, False):
        inner = FastAPI()
        inner.add_api_route("/in", lambda: "inside", dependencies=[Requires("a:x")])
        outer = FastAPI(dependencies=[Requires("b:y")])
        outer.mount("/sub", inner)
        protect(inner, default=Requires())
        protect(outer)
        for app, path in ((inner, "/in"), (outer, "/sub/in"))[:: 1 if inner_first else -1]:
            assert explain(app, path).status == 401
        assert explain(outer, "/sub/in", "bob").status == 403
        assert explain(outer, "/sub/in", "alice").decision == "allowed"
        assert explain(inner, "/in", "bob").decision == "allowed"
        assert (await ask(outer, "GET", "/sub/in", token="bob")).status == 403
        assert (await ask(outer, "GET", "/sub/in", token="alice")).status == 200


async def test_middleware_that_breaks_or_answers_is_told_as_what_leaves() -> None:
    """It stands in front of every route of its app, so no route is chosen."""

    class Breaking:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["path"].endswith("/broken"):
                raise RuntimeError("canary")
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"early"})

    inner = FastAPI()
    inner.add_middleware(Breaking)
    app = FastAPI()
    app.mount("/sub", inner)
    protect(app)
    for path in ("/sub/broken", "/sub/early"):
        told, came = explain(app, path, "root"), await ask(app, "GET", path, token="root")
        assert (told.decision, told.route, told.status) == ("refused", None, came.status), came
        assert told.steps[0].why == "it never comes to one"


async def test_middleware_of_a_mounted_app_is_passed() -> None:
    """Also such as wants an event loop, and one that answers in front of every route."""

    class Waiting(BaseHTTPMiddleware):
        async def dispatch(self, request: Any, call_next: Any) -> Any:
            return await call_next(request)

    inner = FastAPI()
    inner.add_middleware(Waiting)
    inner.add_api_route("/in", lambda: "inside", dependencies=[Requires("a:x")])
    app = FastAPI()
    app.mount("/sub", inner)
    protect(app)
    assert explain(app, "/sub/in", "bob").decision == "allowed"
    assert explain(app, "/sub/in", "carol").status == 403
    assert (await ask(app, "GET", "/sub/in", token="bob")).status == 200
