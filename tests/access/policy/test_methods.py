"""Only the methods that the policy names are answered, whatever the route itself would take."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match

from buckler import Public
from buckler.install import buckler_of
from tests.access.policy.replay import METHODS
from tests.proof import two_sided_async
from tests.stage import protect
from tests.wire import ask


class Lenient(APIRoute):
    """A route of an app's own making that is chosen for any method, and serves it."""

    def matches(self, scope: Any) -> Any:
        match, child = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL else match), child

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def lenient_app(*declared: Any) -> FastAPI:
    app = FastAPI()
    app.router.route_class = Lenient
    app.add_api_route("/in", lambda: "inside", methods=["GET", "POST"], dependencies=[*declared])
    return app


@pytest.mark.asvs("4.1.4")
async def test_only_declared_methods_answer() -> None:
    """Also where a request names another one in a header that some frameworks follow."""

    async def answered(app: FastAPI) -> bool:
        came = [await ask(app, method, "/in") for method in ("DELETE", "PUT", "PATCH", "OPTIONS", "HEAD")]
        named = await ask(app, "DELETE", "/in", headers=[("x-http-method-override", "GET")])
        return any(each.status == 200 for each in (*came, named))

    whole = protect(lenient_app(Public("a test")))
    await two_sided_async(answered, whole=whole, twin=lenient_app())
    buckler = buckler_of(whole)
    assert buckler is not None
    (door,) = buckler.policy().routes
    for method in METHODS:
        came = await ask(whole, method, "/in")
        assert came.status == (200 if method in (door.methods or ()) else 405)
        assert came.status == 200 or came.header("allow") == "GET, POST"
