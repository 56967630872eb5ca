"""What endpoints ask a request for beside what their signatures say."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request

from buckler.drill.drafting.draft import slots_of
from buckler.drill.plan.fastapi_app import read_app
from buckler.drill.plan.unsaid import Unsaid, read_source


def _asks(request: Request, data: dict[str, Any], more: Mapping[str, Any]) -> tuple[object, ...]:
    other = {"not": "asked of the request"}
    return (
        request.query_params.get("q"),
        request.query_params["page"],
        request.query_params.getlist("tag"),
        request.query_params.get("q", ""),
        data.get("username"),
        more["code"],
        other["not"],
        request.headers.get("x-not"),
    )


def test_names_are_read_from_the_source() -> None:
    """Those of the query and of objects of any kind, each once, and no others."""
    assert read_source(_asks) == Unsaid(("q", "page", "tag"), ("username", "code"))


def test_an_endpoint_without_source_asks_for_nothing_that_is_known() -> None:
    """As one that is built in, or made of text."""
    made: dict[str, Any] = {}
    exec("def made(request): return request.query_params['q']", made)  # noqa: S102 - a function without a file
    assert read_source(made["made"]) == read_source(print) == Unsaid()


def test_routes_have_places_for_them() -> None:
    """Optional ones in the query beside those that are documented, and fields of a body that names none."""
    app = FastAPI()

    @app.get("/search")
    async def search(request: Request, page: int = 1) -> str:
        return request.query_params.get("q", "") + request.query_params.get("page", "")

    @app.post("/forgotten")
    async def forgotten(data: dict[str, str]) -> str:
        return data["username"]

    document = read_app(app)
    routes = {each.path: each for each in document.routes}
    query = [(slot.name, slot.required) for slot in routes["/search"].parameters]
    assert query == [("page", False), ("q", False)]
    assert [str(slot) for slot in slots_of(routes["/forgotten"], document.schemas)] == ["body username"]
