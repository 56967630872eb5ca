"""The matrix route x identity x method, generated from the policy file and replayed against the app.

The file is read back as plain data by `replay.py`, which knows nothing of Buckler: what it says is what must come.
"""

import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket

from buckler import Buckler, Principal, Public, Requires, Roles
from buckler.access.declarations.declaration import Duty
from buckler.access.doors.passage import Passage, Step
from buckler.asgi import Exchange
from buckler.defence import Defence
from buckler.errors import Refusal
from buckler.install import buckler_of
from tests.access.every_door import DOORS, Build, front_end_of_app, host_route
from tests.access.policy.replay import METHODS, Caller, by_path, matrix_says, says
from tests.proof import two_sided_async
from tests.stage import Directory, protect
from tests.wire import ask, knock

ROLES = Roles(
    {"reader": {"a:x"}, "writer": {"b:y"}, "editor": {"reader", "writer"}, "wild": {"a:*"}, "guest": (), "root": {"*"}},
    new="guest",
)
SOCKET = "WEBSOCKET"


def crowd() -> tuple[Directory, dict[str, Caller | None]]:
    """Everybody who asks, as the app knows them and as the file does. Unknown tokens speak for nobody."""
    directory = Directory(**{name: ROLES.permissions((name,)) for name in ROLES.names})
    known = {name: Caller(name, ROLES.permissions((name,))) for name in ROLES.names}
    for kind in ("service", "key"):
        held = frozenset({"a:x", "b:y"})
        directory.callers[kind] = Principal(kind, kind, kind, permissions=held)
        known[kind] = Caller(None, held, kind)
    directory.callers["over"] = Principal("over", "over", permissions=frozenset({"*"}))
    directory.withdrawn.append(b"over")
    return directory, {"": None, "over": None, "made up": None, **known}


def app_with(
    build: Build, ran: list[str], folder: Path, kind: type[Buckler] = Buckler
) -> tuple[FastAPI, dict[str, str]]:
    """One kind of door beside others; which path leads to which door of the file.

    Where the door's requirement holds for the whole app, or its route takes whatever comes, nothing stands beside it.
    """
    app = FastAPI()
    extra = () if build in (front_end_of_app, host_route) else add_beside(app, ran)
    path = build(app, ran, folder)
    protect(app, kind=kind, authenticator=crowd()[0], roles=ROLES)
    (named,) = {door.path for door in policy_of(app).routes} - {*extra}
    return app, {path: named, **{each: each for each in extra}}


def add_beside(app: FastAPI, ran: list[str]) -> tuple[str, ...]:
    """Public, doubled and machine-only routes, and sockets; their paths."""

    async def inside() -> str:
        ran.append("ran")
        return "inside"

    async def socket(websocket: WebSocket) -> None:
        ran.append("ran")
        await websocket.accept()
        await websocket.close()

    inner = APIRouter(dependencies=[Requires("b:y")])
    inner.add_api_route("/doubled", inside, methods=["GET", "PUT"], dependencies=[Requires("a:x")])
    inner.add_api_websocket_route("/socket", socket, dependencies=[Requires("a:x")])
    app.include_router(inner, prefix="/more")
    app.add_api_route("/open", inside, methods=["POST"], dependencies=[Public("a test")])
    app.add_api_route("/open", inside, methods=["GET"], dependencies=[Requires()])
    app.add_api_route("/machines", inside, methods=["PATCH"], dependencies=[Requires("a:x", kinds={"service", "key"})])
    app.add_api_websocket_route("/open/socket", socket, dependencies=[Public("a test")])
    return "/more/doubled", "/more/socket", "/open", "/machines", "/open/socket"


def policy_of(app: FastAPI) -> Any:
    buckler = buckler_of(app)
    assert buckler is not None
    return buckler.policy()


async def answers(app: FastAPI, path: str, method: str, token: str) -> int:
    """What comes back, in the words of the file: 200 for in, whatever the endpoint then says."""
    if method == SOCKET:
        said = await knock(app, path, token=token or None)
        return 200 if said.accepted else 403
    return (await ask(app, method, path, token=token or None)).status


async def gaps(app: FastAPI, ran: list[str], paths: dict[str, str], policy: dict[str, Any]) -> list[str]:
    """Where the file says something else than the app does."""
    doors, found = by_path(policy), list[str]()
    for path, named in paths.items():
        several = doors.get(named, [])
        methods = (SOCKET,) if any(each["kind"] == "websocket" for each in several) else METHODS
        for method in methods:
            for token, caller in crowd()[1].items():
                ran.clear()
                said, came = says(several, method, caller), await answers(app, path, method, token)
                if method == SOCKET:
                    said = 200 if said == 200 else 403
                takes_any = any(each["methods"] is None for each in several)
                if said != came and not (takes_any and said == 200 and came == 405):
                    found.append(f"{method} {path} as {token!r}: the file says {said}, the app {came}")
                if said != 200 and ran:
                    found.append(f"{method} {path} as {token!r}: the file says {said}, and something of it ran")
    return found


@pytest.mark.parametrize("build", DOORS, ids=lambda build: build.__name__)
async def test_the_app_does_what_its_file_says(build: Build, tmp_path: Path) -> None:
    """For every path, every method and everybody; nothing of a route runs where the file says no."""
    ran: list[str] = []
    app, paths = app_with(build, ran, tmp_path)
    (tmp_path / "policy.json").write_text(policy_of(app).as_json())
    policy = json.loads((tmp_path / "policy.json").read_text())
    assert await gaps(app, ran, paths, policy) == []
    for doors in by_path(policy).values():
        for door in doors:
            method = (door["methods"] or [SOCKET])[0]
            for role in (None, *sorted(ROLES.names)):
                caller = None if role is None else Caller(role, ROLES.permissions((role,)))
                assert (matrix_says(door, role) == "yes") is (says([door], method, caller) == 200), (door, role)


@pytest.mark.asvs("8.1.1")
async def test_a_file_that_says_something_else_than_the_app_is_found(tmp_path: Path) -> None:
    """Somebody opens a route and the file stays as it was: the replay of the old one tells, that of the new one not."""
    ran: list[str] = []
    app, paths = app_with(DOORS[0], ran, tmp_path)
    now = json.loads(policy_of(app).as_json())
    before = json.loads(json.dumps(now))
    (opened,) = by_path(before)["/machines"]
    opened["requires"] = [{**opened["requires"][0], "permissions": ["c:z"]}]

    async def believed_wrongly(policy: dict[str, Any]) -> bool:
        return await gaps(app, ran, paths, policy) != []

    await two_sided_async(believed_wrongly, whole=now, twin=before)


class Broken(Passage):
    """Raises at every door, at once or after waiting."""

    name = "broken"
    waits = False

    def step_for(self, duty: Duty) -> Step | None:
        async def later() -> Refusal | None:
            raise RuntimeError("canary")

        def step(_: Exchange) -> Awaitable[Refusal | None]:
            if self.waits:
                return later()
            raise RuntimeError("canary")

        return step


class BrokenLater(Broken):
    waits = True


def breaking(place: int, broken: type[Broken]) -> type[Buckler]:
    """A Buckler of which the passage at that place raises."""

    class Breaking(Buckler):
        def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
            passages = [each for each in defences if isinstance(each, Passage)]
            if not passages:
                return defences
            return tuple(broken() if each is passages[place] else each for each in defences)

    return Breaking


def passages() -> list[str]:
    """Every step that the guard of an app with callers has."""
    names: list[str] = []

    class Listing(Buckler):
        def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
            names.extend(each.name for each in defences if isinstance(each, Passage))
            return defences

    protect(FastAPI(), kind=Listing, roles=ROLES)
    return names


PASSAGES = passages()


@pytest.mark.parametrize("broken", [Broken, BrokenLater])
@pytest.mark.parametrize("place", range(len(PASSAGES)), ids=PASSAGES)
async def test_whichever_step_of_the_guard_raises_nobody_is_let_in(
    place: int, broken: type[Broken], tmp_path: Path
) -> None:
    """503 for whoever comes so far, and what the steps before say for everybody else."""
    ran: list[str] = []
    app, paths = app_with(DOORS[0], ran, tmp_path, breaking(place, broken))
    for path in paths:
        for method in METHODS:
            for token in crowd()[1]:
                assert (await answers(app, path, method, token)) in (401, 403, 404, 405, 503)
        assert not (await knock(app, path, token="root")).accepted
    assert ran == []
    assert (await ask(app, "GET", "/in", token="root")).code == "guard-failed"


@pytest.mark.parametrize("place", range(len(PASSAGES)), ids=PASSAGES)
async def test_a_step_that_raises_shuts_every_kind_of_door(place: int, tmp_path: Path) -> None:
    """Also for those who hold everything."""
    for build in DOORS:
        ran: list[str] = []
        app = FastAPI()
        path = build(app, ran, tmp_path)
        protect(app, kind=breaking(place, Broken), authenticator=crowd()[0], roles=ROLES)
        came = [(await ask(app, "GET", path, token=token or None)).status for token in ("", "over", "guest", "root")]
        assert {*came} <= {401, 403, 503}, build
        assert (came[-1], ran) == (503, []), build
