"""What widens access shows in the file, wherever in the app it is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.routing import Host, Mount
from starlette.staticfiles import StaticFiles

from buckler import Buckler, Issuer, Principal, Public, Requires, Trial, guarded
from buckler.access.policy.markdown import as_markdown
from buckler.policy import Policy
from tests.clocks import FakeClock
from tests.stage import development, people, production
from tests.wire import ask

Build = Callable[[FastAPI], object]


async def one() -> str:
    return "one"


async def two() -> str:
    return "two"


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()


def sub(path: str = "/x") -> FastAPI:
    made = FastAPI()
    made.add_api_route(path, two, dependencies=[Public("inside")])
    return made


def added(*routes: tuple[str, Any]) -> Build:
    def build(app: FastAPI) -> None:
        for path, what in routes:
            if isinstance(what, Starlette):
                app.mount(path, what)
            else:
                endpoint = one if isinstance(what, type(Requires())) and "Public" not in repr(what.dependency) else two
                app.add_api_route(path, endpoint, dependencies=[what])

    return build


def at_host(pattern: str) -> Build:
    return lambda app: app.router.routes.append(Host(pattern, sub()))


def files(folder: Path, **given: Any) -> Build:
    return lambda app: app.mount("/static", guarded(StaticFiles(directory=folder, **given), Public("css")))


def made(build: Build, **given: Any) -> tuple[FastAPI, Policy]:
    app = FastAPI()
    build(app)
    given.setdefault("settings", production())
    if "accounts" not in given and "issuers" not in given:
        given.setdefault("authenticator", people())
    return app, Buckler(app, clock=FakeClock(), **given).policy()


def nothing(_: FastAPI) -> None:
    """An app as it comes."""


CLOSED, OPEN = Requires("a:x"), Public("open")
SWAPPED: dict[str, tuple[tuple[str, Any], tuple[str, Any], str]] = {
    "one path": (("/d", CLOSED), ("/d", OPEN), "/d"),
    "a wider path": (("/d/own", CLOSED), ("/d/{name}", OPEN), "/d/own"),
    "paths that meet": (("/{a}/b", CLOSED), ("/d/{b}", OPEN), "/d/b"),
    "a path of any depth": (("/d/own", CLOSED), ("/{rest:path}", OPEN), "/d/own"),
    "a mount": (("/sub/x", CLOSED), ("/sub", sub()), "/sub/x"),
    "a mount at the root": (("/x", CLOSED), ("", sub()), "/x"),
}


@pytest.mark.parametrize("shape", SWAPPED)
async def test_of_two_routes_that_meet_the_file_says_which_is_first(shape: str) -> None:
    """The first one wins: swapped, a path that asked for a permission is anybody's."""
    closed, opened, target = SWAPPED[shape]
    app, before = made(added(closed, opened))
    assert (await ask(app, "GET", target)).status == 401
    app, after = made(added(opened, closed))
    assert (await ask(app, "GET", target)).status == 200
    assert before.as_json() != after.as_json()
    (shadowed,) = [each for each in after.routes if each.path == closed[0] and each.requires]
    assert len(shadowed.behind) == 1
    assert "behind" in as_markdown(after)


def test_routes_that_do_not_meet_are_behind_nothing() -> None:
    """So that a route more changes no other one in the file."""

    def build(app: FastAPI) -> None:
        added(("/a/me", CLOSED), ("/a/{name}", CLOSED), ("/b", CLOSED), ("/a", CLOSED), ("/b/{c}/d", CLOSED))(app)
        app.add_api_route("/b", two, methods=["POST"], dependencies=[CLOSED])
        app.add_api_websocket_route("/b", socket, dependencies=[CLOSED])
        app.mount("/sub", sub())
        app.mount("/sub/deeper", guarded(StaticFiles(directory="."), CLOSED))
        router = APIRouter(prefix="/r")
        router.add_api_route("/b", two, dependencies=[CLOSED])
        app.include_router(router)
        app.mount("", sub("/last"))

    _, policy = made(build)
    assert {each.path: each.behind for each in policy.routes if each.behind} == {
        "/sub/deeper/{path}": ("ANY /sub/...",),
    }


async def test_a_wider_host_shows() -> None:
    app, before = made(at_host("internal.example.test"))
    assert (await ask(app, "GET", "/x")).status == 404
    app, after = made(at_host("{any}.example.test"))
    assert (await ask(app, "GET", "/x")).status == 200
    assert before.as_json() != after.as_json()
    assert [each.hosts for each in after.routes] == [("{any}.example.test",)]
    assert r"for the host \{any\}.example.test" in as_markdown(after)

    def both(first: str, second: str) -> tuple[str, ...]:
        def build(app: FastAPI) -> None:
            app.router.routes.extend([Host(first, sub()), Host(second, sub())])

        return made(build)[1].routes[1].behind + made(build)[1].routes[0].behind

    assert both("a.example.test", "b.example.test") == ()
    assert both("{any}.example.test", "b.example.test") == ("ANY /... of {any}.example.test",)


async def test_another_folder_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the working folder by its name from there, so that it is the same on every machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("css", "all"):
        (tmp_path / name).mkdir()
    told = [made(files(folder))[1] for folder in (tmp_path / "css", Path("css"), tmp_path / "all", Path("/"))]
    directories = [each.directory for policy in told for route in policy.routes for each in route.files]
    assert directories == ["css", "css", "all", "/"]
    assert len({policy.as_json() for policy in told}) == 3
    assert made(files(Path("css"), follow_symlink=True))[1].as_json() != told[0].as_json()
    assert "files of css" in as_markdown(told[0])


def test_a_front_ends_folder_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(FastAPI, "frontend"):
        return
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("page")

    def build(app: FastAPI) -> None:
        app.frontend("/", directory="dist")

    (route,) = made(build, default=Public("page"))[1].routes
    assert [each.directory for each in route.files] == ["dist"]


async def test_a_route_at_the_path_of_our_own_files_shows() -> None:
    """In production there is none of ours; what is left out is ours alone."""

    def build(app: FastAPI) -> None:
        app.add_api_route("/_buckler/docs/{name}", two, dependencies=[OPEN])

    app, policy = made(build)
    assert (await ask(app, "GET", "/_buckler/docs/any")).status == 200
    assert [each.path for each in policy.routes] == ["/_buckler/docs/{name}"]
    assert made(nothing, settings=development())[1].as_json() == made(nothing)[1].as_json()


def caller_of(token: str) -> Principal:
    return Principal("root", "root", permissions=frozenset({"*"}))


def test_who_says_who_is_calling_shows() -> None:
    """And for whom the tokens of an issuer were made."""

    def issuer(*audiences: str) -> list[Issuer]:
        return [Issuer("https://login.example.com", audience=audiences)]

    told = {
        "own": made(nothing, authenticator=caller_of),
        "directory": made(nothing),
        "accounts": made(nothing, accounts=True, settings=development()),
        "issuer": made(nothing, issuers=issuer("a")),
        "issuer of two": made(nothing, issuers=issuer("b", "a")),
    }
    assert len({policy.as_json() for _, policy in told.values()}) == len(told)
    callers = {name: [(each.kind, each.name, each.audiences) for each in told[name][1].callers] for name in told}
    assert callers == {
        "own": [("own", f"{__name__}:caller_of", ())],
        "directory": [("own", "tests.stage:Directory", ())],
        "accounts": [("accounts", None, ())],
        "issuer": [("issuer", "https://login.example.com", ("a",))],
        "issuer of two": [("issuer", "https://login.example.com", ("a", "b"))],
    }
    page = as_markdown(told["issuer"][1])
    assert "Who is calling is said by the issuer `https://login.example.com` for `a`." in page
    nobody = made(nothing, authenticator=None)[1]
    assert "Nobody says who is calling." in as_markdown(nobody)


def test_a_trial_shows() -> None:
    """Until when, and what it lifts."""
    trials = [None, Trial(until="2027-03-01", reason="moving"), Trial(until="2027-03-02", reason="moving")]
    trials += [Trial(until="2027-03-01", reason="moving", only={"host"})]
    told = [made(nothing, trial=trial)[1] for trial in trials]
    assert len({policy.as_json() for policy in told}) == 4
    trial = told[3].trial
    assert trial is not None
    assert (trial.until, trial.only, trial.reason) == ("2027-03-01", ("host",), "moving")
    assert "On trial until 2027-03-01 (moving), which lifts `host`." in as_markdown(told[3])


async def test_an_app_that_is_mounted_as_one_door_is_before_what_lies_below() -> None:
    async def opaque(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("asked")

    def build(app: FastAPI) -> None:
        app.router.routes.append(Mount("/m", guarded(opaque, OPEN)))
        app.add_api_route("/m/x", one, dependencies=[CLOSED])
        app.add_api_websocket_route("/m/s", socket, dependencies=[CLOSED])

    found = {each.path: each.behind for each in made(build)[1].routes}
    assert found == {"/m/{path}": (), "/m/x": ("ANY /m/...",), "/m/s": ("ANY /m/...",)}
