"""FastAPI's private names that the survey relies on: a change in one of them fails here first."""

import inspect

from fastapi import APIRouter, FastAPI
from fastapi import routing as fastapi_routing
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount, Route

from buckler import Public, Requires
from buckler.access.routes import fastapi_tree, watch
from buckler.access.routes.fastapi_tree import survey


def included() -> tuple[FastAPI, APIRouter]:
    app, router = FastAPI(), APIRouter(dependencies=[Requires("a:x")])
    router.add_api_route("/in", lambda: "inside")
    app.include_router(router, prefix="/inc", dependencies=[Requires("b:y")])
    return app, router


def test_the_walk_gives_each_included_route_with_its_context() -> None:
    """`iter_route_contexts` is public; the attribute that tells one inclusion from another is not."""
    app, router = included()
    found = [each for each in iter_route_contexts(app.routes) if each.original_route is router.routes[0]]
    assert len(found) == 1
    context = getattr(found[0], fastapi_tree.EFFECTIVE_CONTEXT)
    assert context.path == "/inc/in"
    assert context.original_route is router.routes[0]
    assert len(context.dependant.dependencies) == 2


def test_a_router_counts_the_changes_of_its_routes() -> None:
    """Included plain and WebSocket routes are built anew when this number moves."""
    router = APIRouter()
    before = getattr(router, watch.ROUTES_VERSION)
    router.add_api_route("/x", lambda: "x")
    assert getattr(router, watch.ROUTES_VERSION) > before


def test_front_ends_stand_where_the_survey_looks(tmp_path: object) -> None:
    """Only where FastAPI has them."""
    router = APIRouter()
    if not hasattr(router, "frontend"):
        assert not hasattr(router, fastapi_tree.LOW_PRIORITY_ROUTES)
        return
    router.frontend("/ui", directory=str(tmp_path))
    assert len(getattr(router, fastapi_tree.LOW_PRIORITY_ROUTES)) == 1


def test_an_included_router_names_the_original_and_its_dependencies() -> None:
    app, router = included()
    standing = app.router.routes[-1]
    assert getattr(standing, "original_router", None) is router
    dependencies = standing.include_context.dependencies  # type: ignore[attr-defined]
    assert len(dependencies) >= 1


def test_every_kind_of_route_is_entered_through_an_attribute_named_handle() -> None:
    """The guard stands in its place, so the routers must look it up on the route they have chosen."""
    for kind in (Route, Mount, APIRoute):
        assert inspect.iscoroutinefunction(kind.handle)
    source = inspect.getsource(fastapi_routing)
    assert "route.handle" in source


def test_the_survey_finds_doors_routers_and_apps() -> None:
    app, _ = included()
    inner = FastAPI()
    inner.add_api_route("/deep", lambda: "x", dependencies=[Public("a test")])
    app.mount("/sub", inner)
    tree = survey(app)
    assert {"/inc/in", "/sub/deep"} <= {door.path for door in tree.doors}
    assert list(tree.apps) == [app, inner]
    assert len(tree.watches) == 4
    assert not any(each.has_changed for each in tree.watches)


def test_a_declaration_is_found_once_for_each_place_it_was_written() -> None:
    app, router = included()
    door = next(each for each in survey(app).doors if each.route is router.routes[0])
    assert sorted(str(each) for each in door.declarations) == ["Requires('a:x')", "Requires('b:y')"]
