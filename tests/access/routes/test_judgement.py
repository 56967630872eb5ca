"""An app whose declarations do not add up does not start, and is told every line to mend."""

import inspect
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles

from buckler import Buckler, ConfigurationError, Csp, Limit, Principal, Public, Requires, Roles, StartRefused, guarded
from tests.events.test_log import events_of
from tests.stage import people, production
from tests.wire import Lifespan, ask, knock

FILE = Path(__file__).name


def here() -> int:
    """The line of the caller."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


async def refusal(app: FastAPI, **given: Any) -> str:
    """The text with which the app refuses to start."""
    given.setdefault("authenticator", people())
    buckler = Buckler(app, settings=production(), **given)
    with pytest.raises(StartRefused) as refused:
        await buckler.start()
    return str(refused.value)


async def test_an_undeclared_route_is_named_by_file_and_line_with_three_ways_out() -> None:
    app = FastAPI()

    @app.get("/forgotten")
    async def forgotten() -> str:
        return "x"

    text = await refusal(app)
    assert f"GET /forgotten ({FILE}:{inspect.getsourcelines(forgotten)[1]})" in text
    for line in ('Public("why anybody may")', "Requires()", 'Requires("things:read")'):
        assert f"dependencies=[{line}]" in text


async def test_every_undeclared_door_is_in_the_list(tmp_path: Path) -> None:
    """Of every kind, in one refusal."""
    app, inner, router = FastAPI(), FastAPI(), APIRouter()

    async def plainly(_: Any) -> PlainTextResponse:
        return PlainTextResponse("x")

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()

    app.add_api_route("/direct", lambda: "x")
    router.add_api_route("/included", lambda: "x")
    router.websocket("/socket")(socket)
    router.routes.append(Route("/plain", plainly))
    inner.add_api_route("/inner", lambda: "x")
    app.include_router(router, prefix="/r")
    app.mount("/sub", inner)
    app.mount("/files", StaticFiles(directory=tmp_path))
    app.mount("/starlette", Router([Mount("/deep", routes=[Route("/end", plainly)])]))
    paths = ["/direct", "/r/included", "/r/socket", "/r/plain", "/sub/inner", "/files/{path}", "/starlette/deep/end"]
    if hasattr(app, "frontend"):
        app.frontend("/ui", directory=tmp_path)
        paths.append("(front end)")
    text = await refusal(app)
    assert f"{len(paths)} to mend" in text
    assert [path for path in paths if path not in text] == []


async def test_a_limit_alone_says_nothing_about_who_may_call() -> None:
    app = FastAPI()
    app.add_api_route("/limited", lambda: "x", dependencies=[Limit("5/minute")])
    assert "/limited" in await refusal(app)


@pytest.mark.parametrize("deep", [False, True])
async def test_public_beside_a_requirement_names_both_lines(deep: bool) -> None:
    """Nobody can tell which of the two was meant."""
    public, first = Public("liveness"), here()
    needs, second = Requires("a:x"), here()
    app = FastAPI(dependencies=[public])
    if deep:

        @app.get("/x")
        async def endpoint(who: Annotated[Principal, needs]) -> str:
            return who.name
    else:
        app.add_api_route("/x", lambda: "x", dependencies=[needs])
    text = await refusal(app)
    assert f"{FILE}:{first}: Public('liveness')" in text
    assert f"{FILE}:{second}: Requires('a:x')" in text


async def test_a_permission_that_no_role_grants_is_refused_with_a_suggestion() -> None:
    roles = Roles({"reader": {"reports:read"}})
    app = FastAPI()
    app.add_api_route("/x", lambda: "x", dependencies=[Requires("reports:raed")])
    text = await refusal(app, roles=roles)
    assert "'reports:raed' is in no role. Did you mean 'reports:read'?" in text
    assert FILE in text


async def test_a_requirement_without_anybody_who_could_meet_it_is_refused() -> None:
    app = FastAPI()
    app.add_api_route("/x", lambda: "x", dependencies=[Requires()])
    assert "nobody can prove who they are" in await refusal(app, authenticator=None)


@pytest.mark.parametrize("declaration", [Public("a test"), Requires("a:x"), Limit("5/minute")])
async def test_an_override_of_a_declaration_is_refused(declaration: Any) -> None:
    """It would change nothing, and somebody believes that it does."""
    app = FastAPI()
    app.add_api_route("/x", lambda: "x", dependencies=[declaration])
    app.dependency_overrides[declaration.dependency] = lambda: None
    assert "dependency_overrides replaces" in await refusal(app)


async def test_an_override_in_a_mounted_app_is_refused_too() -> None:
    needs = Requires("a:x")
    inner, app = FastAPI(), FastAPI()
    inner.add_api_route("/x", lambda: "x", dependencies=[needs])
    inner.dependency_overrides[needs.dependency] = lambda: None
    app.mount("/sub", inner)
    assert "dependency_overrides replaces" in await refusal(app)


async def test_an_override_set_after_the_start_forges_nobody() -> None:
    """The endpoint is handed the caller that the guard admitted."""
    needs = Requires("a:x")
    app = FastAPI()

    @app.get("/x")
    async def endpoint(who: Annotated[Principal, needs]) -> str:
        return who.name

    def other() -> str:
        return "other"

    buckler = Buckler(app, settings=production(), authenticator=people())
    await buckler.start()
    app.dependency_overrides[other] = other
    for _ in range(2):
        app.dependency_overrides[needs.dependency] = lambda: Principal("root", "root")
        assert (await ask(app, "GET", "/x")).status == 401
        app.dependency_overrides[needs.dependency] = lambda: Principal("root", "root")
        assert (await ask(app, "GET", "/x", token="bob")).body == b'"bob"'
    assert list(app.dependency_overrides) == [other]


async def test_a_refused_app_answers_503_everywhere_and_runs_nothing() -> None:
    """Where a server runs no lifespan."""
    ran: list[str] = []
    app = FastAPI()
    app.add_api_route("/forgotten", lambda: ran.append("x"))
    app.add_api_route("/open", lambda: ran.append("x"), dependencies=[Public("a test")])
    Buckler(app, settings=production(), authenticator=people())
    for path in ("/forgotten", "/open", "/none", "/docs"):
        answer = await ask(app, "GET", path)
        assert (answer.status, answer.code, answer.received) == (503, "not-started", 0)
        assert answer.header("x-content-type-options") == "nosniff"
        assert b"forgotten" not in answer.body
    assert not (await knock(app, "/open")).accepted
    assert ran == []


async def test_a_route_added_by_the_apps_own_start_is_judged() -> None:
    """The table is judged when the app has started up."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        app.add_api_route("/late", lambda: "x")
        yield

    app = FastAPI(lifespan=lifespan)
    Buckler(app, settings=production(), authenticator=people())
    server = Lifespan(app)
    assert not await server.start()
    assert "/late" in str(server.failure)


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_public_without_a_reason_cannot_be_written(reason: str) -> None:
    with pytest.raises(ConfigurationError, match="needs its reason"):
        Public(reason)


@pytest.mark.parametrize("permission", ["*", "admin", "", "reports"])
def test_a_role_or_star_is_no_permission(permission: str) -> None:
    with pytest.raises(ConfigurationError, match="a permission has a colon"):
        Requires(permission)


async def test_an_exemption_that_opens_nothing_is_taken_out() -> None:
    """What changes nothing is open to pages of other sites already; who writes it there means another route."""
    app = FastAPI()
    app.add_api_route("/read", lambda: "", dependencies=[Public("a test", cross_site=True)])
    line = here() - 1
    text = await refusal(app)
    assert f"{FILE}:{line}" in text
    assert "GET /read" in text
    assert "Leave cross_site= away." in text


async def test_an_exemption_of_several_routes_opens_one_of_them() -> None:
    """A router that says it once for all that it has."""
    app, router = FastAPI(), APIRouter(dependencies=[Public("the bank's page posts here", cross_site=True)])
    router.add_api_route("/paid", lambda: "", methods=["POST"])
    router.add_api_route("/state", lambda: "")
    app.include_router(router)

    @app.websocket("/live", dependencies=[Public("a ticker", cross_site=True)])
    async def live(websocket: WebSocket) -> None: ...

    await Buckler(app, settings=production()).start()


async def test_each_route_that_pages_of_other_sites_may_send_to_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """At the start and when it is added, once, with its reason; those of Buckler's own are no exemption of the app."""
    app = FastAPI()
    app.add_api_route("/paid", lambda: "", methods=["POST"], dependencies=[Public("the bank posts", cross_site=True)])
    Buckler(app, settings=production(), csp=Csp())
    async with Lifespan(app):
        app.add_api_route("/later", lambda: "", methods=["POST"], dependencies=[Public("so too", cross_site=True)])
        await ask(app, "POST", "/later")
    told = [each for each in events_of(caplog) if each["event"] == "sys_exemption"]
    assert [(each["cross_site"].split(" (")[0], each["reason"]) for each in told] == [
        ("POST /paid", "the bank posts"),
        ("POST /later", "so too"),
    ]


def test_guarded_needs_a_declaration() -> None:
    with pytest.raises(ConfigurationError, match="needs a declaration"):
        guarded(lambda: None)
    with pytest.raises(ConfigurationError, match="is not a declaration"):
        guarded(lambda: None, "Public")
    with pytest.raises(ConfigurationError, match="is not a declaration"):
        Buckler(FastAPI(), default="Requires()", settings=production())
