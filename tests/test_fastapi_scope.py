"""FastAPI's private names in a scope: a change in one of them fails here first."""

from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute

from buckler.access.routes.fastapi_tree import survey
from buckler.fastapi_scope import INCLUSION, INNER, TELEMETRY, inclusion_in, inclusion_of
from buckler.input.query.declared import DeclaredNames
from tests.wire import ask


async def test_the_router_puts_the_same_inclusion_into_the_scope_that_the_walk_gave() -> None:
    """The guard knows the inclusion of a request by the identity of this object."""
    app, router = FastAPI(), APIRouter()
    router.add_api_route("/in", lambda: "inside")
    app.include_router(router, prefix="/inc")
    route = router.routes[0]
    assert isinstance(route, APIRoute)
    walked = [each.context for each in survey(app).doors if each.route is route]
    seen: list[object] = []
    handle = route.handle

    async def watching(scope: Any, receive: Any, send: Any) -> None:
        seen.extend((scope[INNER][INCLUSION], inclusion_in(scope), inclusion_of(scope, route)))
        seen.append(inclusion_of(scope, APIRoute("/other", lambda: "other")))
        await handle(scope, receive, send)

    route.handle = watching  # type: ignore[method-assign]
    await ask(app, "GET", "/inc/in")
    *found, other = seen
    assert len(found) == 3
    assert all(each is walked[0] for each in found)
    assert other is None


async def test_a_direct_route_stands_under_none() -> None:
    app = FastAPI()
    seen: list[object] = []

    @app.get("/it")
    async def it(request: Request) -> str:
        seen.append(inclusion_in(request.scope))
        return "it"

    await ask(app, "GET", "/it")
    assert seen == [None]


async def test_a_parameter_of_an_inclusion_is_known() -> None:
    """What a router around the route takes from the query is declared too, and no mistake of whoever sends it."""
    app, router, known = FastAPI(), APIRouter(), DeclaredNames()
    seen: list[bool] = []

    def around(tenant: str = "") -> str:
        return tenant

    @router.get("/in")
    async def inside(request: Request, page: Annotated[int, Depends(lambda: 1)]) -> str:
        seen.extend(known.has(request.scope, name) for name in ("tenant", "other"))
        return "in"

    app.include_router(router, dependencies=[Depends(around)])
    await ask(app, "GET", "/in?tenant=x")
    assert seen == [True, False]


def test_fastapi_keeps_its_tracing_where_we_look() -> None:
    telemetry = pytest.importorskip("fastapi.telemetry._asgi", reason="this FastAPI traces nothing")
    found = Path(telemetry.__file__).read_text(encoding="utf-8")
    assert f'"{TELEMETRY}"' in found
