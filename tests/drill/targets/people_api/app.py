"""The app itself."""

from fastapi import FastAPI

from tests.drill.targets.careful.answers import Answers, answer_invalid
from tests.drill.targets.careful.bodies import Bodies
from tests.drill.targets.people_api.flaws import FLAWS
from tests.drill.targets.people_api.gate import ManagersGate, MethodInQuery, OriginalUrl
from tests.drill.targets.people_api.leave import Leaves
from tests.drill.targets.people_api.office import Office
from tests.drill.targets.people_api.people import People
from tests.drill.targets.people_api.store import Store


def create_app(flawed: frozenset[str] = FLAWS) -> FastAPI:
    """A directory of people with these flaws."""
    docs = "docs-open" in flawed
    app = FastAPI(title="People", openapi_url="/openapi.json" if docs else None, redirect_slashes=False)
    store = Store()
    app.state.store, app.state.flawed = store, flawed
    people = People(store, flawed)
    for router in (
        people.router(),
        people.bulk_router(),
        Leaves(store, flawed).router(),
        Office(store, flawed).router(),
    ):
        app.include_router(router)
    if "debug-routes" in flawed:
        show_inside(app, store)
    guard(app, store, flawed)
    answer_invalid(app)
    app.add_middleware(Bodies, shaped="odd-json-fails" not in flawed)
    app.add_middleware(Answers, telling="errors-tell-all" in flawed)
    return app


def guard(app: FastAPI, store: Store, flawed: frozenset[str]) -> None:
    """The gate, where routes leave to it what they should look at themselves."""
    if "method-in-the-query" in flawed:
        app.add_middleware(MethodInQuery)
    if "original-url" in flawed:
        app.add_middleware(OriginalUrl)
    if {"method-in-the-query", "original-url"} & flawed:
        app.add_middleware(ManagersGate, store=store, flawed=flawed)


def show_inside(app: FastAPI, store: Store) -> None:
    """What whoever wrote this wanted to see for a day."""

    @app.get("/debug/people", include_in_schema=False)
    async def everybody() -> list[dict[str, str | int]]:
        return [{"name": it.name, "email": it.email, "salary": it.salary} for it in store.people.values()]

    @app.get("/debug/routes", include_in_schema=False)
    async def routes() -> list[str]:
        return sorted(str(getattr(route, "path", "")) for route in app.routes)


def flawed_app() -> FastAPI:
    """With every flaw."""
    return create_app()


def mended_app() -> FastAPI:
    """With none."""
    return create_app(frozenset())
