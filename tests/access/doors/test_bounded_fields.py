"""Every parameter that a route reads is bounded; the private name of FastAPI that this needs is still there."""

import json
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Form, Query
from fastapi.dependencies.models import Dependant
from pydantic import Json, TypeAdapter, create_model

from buckler import Public
from buckler.access.doors.bounded_fields import ADAPTER, bound_fields
from buckler.input.bounded_validator import BoundedValidator
from tests.proof import two_sided_async
from tests.stage import protect
from tests.wire import ask

FIELDS: dict[str, Any] = {f"f{number}": (int, ...) for number in range(24)}
Item: Any = create_model("Item", **FIELDS)


async def read_items(items: list[Item]) -> int:
    return len(items)


def routed(**given: Any) -> FastAPI:
    app, router = FastAPI(), APIRouter()

    @app.post("/direct", **given)
    async def direct(items: list[Item]) -> None: ...

    @app.post("/beside", **given)
    async def beside(items: list[Item], name: str) -> None: ...

    @app.post("/behind", **given)
    async def behind(count: Annotated[int, Depends(read_items)]) -> None: ...

    @app.post("/form", **given)
    async def form(items: Annotated[Json[list[Item]], Form()]) -> None: ...

    @router.post("/included", **given)
    async def included(items: list[Item]) -> None: ...

    app.include_router(router, prefix="/in")
    inner = FastAPI()
    inner.include_router(router)
    app.mount("/mounted", inner)
    return app


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("path", ["/direct", "/beside?name=x", "/behind", "/in/included", "/mounted/included", "/form"])
async def test_a_list_of_objects_without_their_fields_makes_no_more_errors_than_one_of_them(path: str) -> None:
    """Counted in the answer of bare FastAPI, and in that of the whole app."""
    empty = "[" + "{}," * 2000 + "{}]"
    kind = "application/x-www-form-urlencoded" if path == "/form" else "application/json"
    body = f"items={empty}" if path == "/form" else empty

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "POST", path, headers=[("content-type", kind)], body=body.encode())
        assert answer.status == 422
        told = json.loads(answer.body)
        return len(told.get("errors", told["detail"])) > 10_000

    whole = protect(routed(dependencies=[Public("a test")]))
    await two_sided_async(attack, whole=whole, twin=routed())


def test_each_field_of_fastapi_has_the_adapter_that_is_bounded() -> None:
    """A change of that name fails here first."""
    app = FastAPI()

    @app.get("/")
    async def endpoint(items: Annotated[list[int], Query()], number: int) -> None: ...

    dependant: Dependant = app.routes[-1].dependant  # type: ignore[attr-defined]  # every route of FastAPI has one
    for field in dependant.query_params:
        assert isinstance(getattr(field, ADAPTER), TypeAdapter)
    bound_fields(dependant)
    found = [isinstance(getattr(field, ADAPTER).validator, BoundedValidator) for field in dependant.query_params]
    assert found == [True, False]
