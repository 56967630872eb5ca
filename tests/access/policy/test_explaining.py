"""`Buckler.explain` says what a request would meet, and a request then meets just that."""

from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from hypothesis import given
from hypothesis import strategies as st

from buckler import Accepts, ConfigurationError, Limit, Principal, Public, Requires, Roles, StartRefused
from buckler.install import buckler_of
from buckler.policy import Explanation
from tests.access.every_door import DOORS, Build
from tests.clocks import FakeClock
from tests.stage import people, protect
from tests.twins.twin import Twin
from tests.wire import ask, knock

CALLERS = (None, "carol", "dora", "bob", "alice", "root")
PEOPLE = people().callers
ROLES = Roles({"reader": {"a:x"}, "editor": {"reader", "b:y"}})


def explain(app: FastAPI, method: str, path: str, name: str | None = None) -> Explanation:
    buckler = buckler_of(app)
    assert buckler is not None
    return buckler.explain(method, path, None if name is None else PEOPLE[name])


@pytest.mark.parametrize("build", DOORS, ids=lambda build: build.__name__)
async def test_what_is_explained_is_what_comes(build: Build, tmp_path: Path) -> None:
    """At every kind of door, for everybody, with every method and with paths beside it; and nothing runs meanwhile."""
    ran: list[str] = []
    app = FastAPI()
    path = build(app, ran, tmp_path)
    protect(app)
    for target in (path, f"{path}/", path.upper(), "/nowhere", "/"):
        for method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE"):
            for name in CALLERS:
                told = explain(app, method, target, name)
                assert ran == []
                came = await ask(app, method, target, token=name)
                ran.clear()
                if told.decision == "allowed":
                    assert came.status in (200, 405), (told, came)
                else:
                    assert (told.decision, told.status) == ("refused", came.status), (str(told), came)
                    assert method == "HEAD" or told.code == came.code
    assert explain(app, "GET", path, "bob").decision == "allowed"
    assert explain(app, "GET", path, "carol").code == "forbidden"


async def test_sockets_are_explained_too() -> None:
    app = FastAPI()

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    app.add_api_websocket_route("/ws", endpoint, dependencies=[Requires("a:x")])
    protect(app)
    for path in ("/ws", "/nowhere"):
        for name in CALLERS:
            told, came = explain(app, "WEBSOCKET", path, name), await knock(app, path, token=name)
            assert (told.decision == "allowed") is came.accepted
    assert (explain(app, "WEBSOCKET", "/ws").status, explain(app, "WEBSOCKET", "/nowhere").status) == (401, 403)


def rich_app(**given: Any) -> FastAPI:
    """Routes that ask for more than permissions."""

    async def in_office_hours(who: Principal) -> bool:
        raise AssertionError("asked")

    def effect() -> None:
        raise AssertionError("ran")

    app = FastAPI(dependencies=[Depends(effect)])
    router = APIRouter(dependencies=[Requires("a:x"), Limit("1/minute"), Accepts("1 kB")])

    @router.get("/both")
    async def both(who: Annotated[Principal, Requires("b:y", step_up="5m")]) -> str:
        raise AssertionError("ran")

    @router.get("/hours", dependencies=[Requires(condition=in_office_hours, reason="office hours alone")])
    async def hours() -> str:
        raise AssertionError("ran")

    app.include_router(router)
    app.add_api_route("/bare", effect)
    app.add_api_route("/open", effect, dependencies=[Public("a test")])
    return protect(app, roles=ROLES, default=Requires(kinds={"service"}), **given)


def test_every_declaration_says_for_itself_whether_it_holds() -> None:
    """With its file and line, and what role would do; asking twice spends nothing of a limit of one."""
    app = rich_app()
    explain(app, "GET", "/both", "bob")
    told = explain(app, "GET", "/both", "bob")
    assert [(step.what, step.holds, step.why) for step in told.steps[1:]] == [
        ("Requires('a:x')", True, "holds a:x"),
        ("Limit('1/minute')", None, "not counted here; over it the answer is 429"),
        ("Accepts(max_body=1000, encodings=[])", None, "the body is not looked at here"),
        ("Requires('b:y', kinds=['person'], step_up='5m')", False, "lacks b:y"),
    ]
    assert all(str(step.where).startswith("test_explaining.py:") for step in told.steps)
    assert (told.decision, told.status, told.code, told.sufficient_roles) == ("refused", 403, "forbidden", ("editor",))
    assert str(told).endswith("Refused: 403 forbidden. Would do: editor.")
    stale = explain(app, "GET", "/both", "alice")
    assert (stale.status, stale.code) == (401, "step-up-required")
    assert "nobody knows when" in stale.steps[-1].why


def test_a_condition_is_named_and_never_asked() -> None:
    told = explain(rich_app(), "GET", "/hours", "alice")
    assert (told.decision, told.status, told.code) == ("depends", None, None)
    assert told.verdict() == "Depends on condition in_office_hours."
    assert told.steps[-1].why == "office hours alone; it is not asked here"


def test_a_default_says_that_it_is_one() -> None:
    told = explain(rich_app(), "GET", "/bare", "root")
    assert (told.status, told.code, told.sufficient_roles) == (403, "forbidden", ())
    assert (
        told.steps[1].why
        == "is a person; service is asked for; the app's default, since the route says nothing of who may"
    )
    assert told.verdict().endswith("No role alone would do.")


def test_without_the_defence_everything_is_allowed_and_the_explanation_says_so() -> None:
    """It is asked of the guard's own step, not of a rule beside it."""
    app = FastAPI()
    app.add_api_route("/in", lambda: "inside", dependencies=[Requires("a:x")])
    protect(app, kind=Twin, without="requirements")
    assert explain(app, "GET", "/in").decision == "allowed"


def test_an_app_with_faults_explains_nothing_but_the_faults() -> None:
    """All of them, and nothing has started."""
    app = FastAPI()
    app.add_api_route("/one", lambda: "", dependencies=[])
    app.add_api_route("/two", lambda: "", dependencies=[])
    protect(app)
    buckler = buckler_of(app)
    assert buckler is not None
    for ask_it in (lambda: buckler.explain("GET", "/one"), buckler.policy):
        with pytest.raises(StartRefused, match=r"(?s)2 to mend.*/one.*/two"):
            ask_it()


@pytest.mark.parametrize(
    ("method", "path"), [("get", "/x"), ("", "/x"), ("G T", "/x"), ("GET", "x"), ("GET", "/\x1b"), ("GET", "/ä")]
)
def test_what_is_no_request_is_told(method: str, path: str) -> None:
    """A slip in a test must not look like a refusal."""
    with pytest.raises(ConfigurationError, match="explain: "):
        explain(rich_app(), method, path)


PATHS = st.lists(st.sampled_from(["a", "b", "7", "", "%2F", "%00", ".", "..", "in", "A"]), max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)


def path_app() -> FastAPI:
    app = FastAPI()
    for path, permission in (("/a/{b}", "a:x"), ("/a/b", "b:y"), ("/{x:path}", "b:y"), ("/a/b/7", "a:x")):
        app.add_api_route(path, lambda: "inside", methods=["GET"], dependencies=[Requires(permission)])
    inner = FastAPI()
    inner.add_api_route("/in", lambda: "inside", dependencies=[Requires("a:x")])
    app.mount("/b", inner)
    return protect(app, clock=FakeClock())


APP = path_app()


@given(path=PATHS, name=st.sampled_from(CALLERS))
async def test_the_route_is_the_one_that_the_router_chooses(path: str, name: str | None) -> None:
    """Whatever the path, unless the edge takes it for ambiguous before."""
    came = await ask(APP, "GET", path, token=name)
    told = explain(APP, "GET", path, name)
    if came.status not in (400, 429):
        assert (told.status or 200) == came.status, str(told)
