"""Where a trial ends: at our own doors, at apps inside, at its day, and at the ceiling of a body."""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, UploadFile, WebSocket
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from buckler import Buckler, Roles, Trial, behind
from buckler.access.doors.door import Door
from tests.clocks import FakeClock
from tests.edge.on_trial import DAY, LAST, OPEN, lines, on_trial
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.waiting import wait_until_async
from tests.wire import Lifespan, ask, knock

PASSWORD = "seven green lanterns at dusk"
TRIAL = Trial(until=LAST, reason="a test")


def with_accounts(folder: Path, trial: Trial | None = TRIAL, **given: Any) -> FastAPI:
    app = FastAPI()
    settings = production(
        data=folder, master_secret=secrets.token_urlsafe(48), registration="open", hosts="second.example.test", **given
    )
    roles = Roles({"r": {"a:b"}}, new="r")
    Buckler(app, accounts=True, roles=roles, settings=settings, clock=FakeClock(), trial=trial)
    return app


async def guesses(app: FastAPI) -> bool:
    """Wrong passwords behind a stolen token, as fast as they go."""
    async with Lifespan(app):
        me = {"name": "ada", "password": PASSWORD}
        await ask(app, "POST", "/auth/register", json_body=me)
        token = json.loads((await ask(app, "POST", "/auth/sign-in", json_body=me)).body)["access_token"]
        body = {"current": "wrong wrong wrong wrong", "new": "eight blue lanterns at dawn"}
        found = [await ask(app, "POST", "/auth/me/password", token=token, json_body=body) for _ in range(30)]
    return all(each.code != "route-limited" for each in found)


async def fills(app: FastAPI) -> bool:
    """A body that no app needed before Buckler came."""
    async with Lifespan(app):
        body = {"name": "ada", "password": "x" * 2_000_000}
        answer = await ask(app, "POST", "/auth/sign-in", json_body=body)
    return answer.code != "body-too-large"


async def comes_by_another_name(app: FastAPI) -> bool:
    async with Lifespan(app):
        body = {"name": "ada", "password": PASSWORD}
        answer = await ask(app, "POST", "/auth/sign-in", json_body=body, host="old.example.test")
    return answer.code != "host-unknown"


async def floods(app: FastAPI) -> bool:
    async with Lifespan(app):
        found = [await ask(app, "GET", "/auth/me") for _ in range(5)]
    return all(each.code != "client-limited" for each in found)


@pytest.mark.parametrize("attack", [guesses, fills, comes_by_another_name, floods])
async def test_nothing_is_lifted_at_a_door_of_ours(
    attack: Callable[[FastAPI], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """On trial as without one; where our doors are taken for the app's own, the attack succeeds."""
    given: dict[str, Any] = {"client_limit": "3/day"} if attack is floods else {}
    with monkeypatch.context() as unmarked:
        unmarked.setattr(Door, "is_ours", False)
        twin = with_accounts(tmp_path / "twin", **given)
        async with Lifespan(twin):
            pass
    caplog.set_level(logging.INFO, "buckler.events")
    caplog.clear()
    whole = with_accounts(tmp_path / "whole", **given)

    async def on_one(app: FastAPI) -> bool:
        with monkeypatch.context() as marked:
            if app is twin:
                marked.setattr(Door, "is_ours", False)
            return bool(await attack(app))

    await two_sided_async(on_one, twin=twin, whole=whole)
    assert not await attack(with_accounts(tmp_path / "enforced", None, **given))


def two_apps(inner_trial: Trial | None, clock: FakeClock, outer_trial: Trial | None = TRIAL) -> FastAPI:
    inner, outer = FastAPI(), FastAPI()
    inner.add_api_route("/secret", lambda: "SECRET")
    inner.add_api_route("/open", lambda: "open", dependencies=OPEN)
    protect(inner, clock=clock, trial=inner_trial)
    outer.mount("/in", inner)
    return protect(outer, clock=clock, trial=outer_trial)


async def test_an_app_inside_that_enforces_goes_on_enforcing() -> None:
    """The stricter of the two holds: its undeclared routes stop the start, or are shut once its own day is past."""

    async def told(app: FastAPI) -> bool:
        return b"SECRET" in (await ask(app, "GET", "/in/secret")).body

    assert not await Lifespan(two_apps(None, FakeClock())).start()
    past = Trial(until="2027-01-01", reason="over")
    await two_sided_async(told, twin=two_apps(TRIAL, FakeClock()), whole=two_apps(past, FakeClock()))
    answer = await ask(two_apps(past, FakeClock()), "GET", "/in/open", host="old.example.test")
    assert (answer.status, answer.code) == (400, "host-unknown")
    assert not await Lifespan(two_apps(TRIAL, FakeClock(), None)).start()


async def test_a_clock_that_is_put_back_starts_no_trial_again() -> None:
    clock = FakeClock()
    app = on_trial(clock=clock)
    seen: list[int] = []
    for days in (0, 6, -6):
        clock.advance(days * DAY)
        seen.append((await ask(app, "GET", "/old/7")).status)
    assert seen[:2] == [200, 403]
    assert seen[2] != 200


def lasting(clock: FakeClock, done: list[bytes]) -> FastAPI:
    app = FastAPI()

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text("SECRET " + await socket.receive_text())

    @app.websocket("/tick")
    async def tick(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text("SECRET")
            await asyncio.sleep(0)
            if done:
                clock.advance(6 * DAY)
                done.clear()

    @app.post("/transfer")
    async def transfer(request: Request) -> str:
        done.append(await request.body())
        return "moved"

    return protect(app, clock=clock, trial=TRIAL)


async def test_a_socket_of_the_trial_ends_with_its_day(caplog: pytest.LogCaptureFixture) -> None:
    """It hears and says nothing more, and was told of when it was opened."""
    caplog.set_level(logging.INFO, "buckler.events")
    clock = FakeClock()
    app, out = lasting(clock, []), list[dict[str, Any]]()
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(message: Any) -> None:
        out.append(dict(message))

    scope = {
        "type": "websocket", "path": "/live", "raw_path": b"/live", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"api.example.test")], "scheme": "wss", "client": ("203.0.113.9", 5), "server": None,
        "subprotocols": [], "http_version": "1.1", "asgi": {"version": "3.0"}, "extensions": {},
    }  # fmt: skip
    await inbox.put({"type": "websocket.connect"})
    await inbox.put({"type": "websocket.receive", "text": "today"})
    task = asyncio.create_task(app(scope, inbox.get, send))
    await wait_until_async(lambda: len(out) == 2)
    (told,) = lines(caplog, "would_refuse")
    assert (told["refusal"], told["route"]) == ("undeclared", "/live")
    clock.advance(6 * DAY)
    await inbox.put({"type": "websocket.receive", "text": "later"})
    await asyncio.wait_for(task, 10)
    assert [each["type"] for each in out] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert out[-1]["code"] == 1008
    assert len(lines(caplog, "would_refuse")) == 1


async def test_one_that_only_speaks_ends_too() -> None:
    """It listens to nobody, so it is ended where it speaks."""
    talked = await asyncio.wait_for(knock(lasting(FakeClock(), [b"now"]), "/tick"), 10)
    assert (talked.accepted, talked.code) == (True, 1008)


async def test_a_body_that_is_held_back_over_the_day_moves_nothing() -> None:
    clock, done = FakeClock(), list[bytes]()
    app = lasting(clock, done)

    async def held(days: float) -> AsyncIterator[bytes]:
        yield b"amount="
        clock.advance(days * DAY)
        yield b"100"

    assert (await ask(app, "POST", "/transfer", body=held(1))).status == 200
    answer = await ask(app, "POST", "/transfer", body=held(5))
    assert (answer.status, answer.code, done) == (403, "undeclared", [b"amount=100"])


class Model(BaseModel):
    a: int


def of_bodies() -> FastAPI:
    app = FastAPI()

    @app.post("/json")
    async def json_(model: Model) -> int:
        return model.a

    @app.post("/form", dependencies=OPEN)
    async def form(file: UploadFile) -> int:
        return file.size or 0

    return protect(app, trial=TRIAL, clock=FakeClock(), settings=production(max_body_bytes=1000))


async def in_parts(megabytes: int) -> AsyncIterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    for _ in range(megabytes):
        yield b"a" * 1_000_000
    yield b"\r\n--x--\r\n"


async def test_a_form_at_a_route_that_reads_none_has_the_lower_ceiling() -> None:
    """By pieces and by its length; where a file is read, the larger one holds."""
    app, kind = of_bodies(), ("content-type", "multipart/form-data; boundary=x")
    answer = await ask(app, "POST", "/json", headers=[kind], body=in_parts(20))
    assert (answer.status, answer.bytes_read < 18_000_000) == (413, True)
    length = ("content-length", "20000000")
    assert (await ask(app, "POST", "/json", headers=[kind, length])).code == "body-too-large"
    answer = await ask(app, "POST", "/form", headers=[kind], body=in_parts(20))
    assert (answer.status, answer.body) == (200, b"20000000")
    assert (await ask(app, "POST", "/form", headers=[kind, ("content-length", "100000001")])).code == "body-too-large"


ODD = ["old.example.test/x", "a@old.example.test", "old example", "old.example.test:99999", "%6fld.test", "a,b"]


@pytest.mark.parametrize("host", ODD)
async def test_what_is_no_name_of_a_host_is_never_lifted(host: str) -> None:
    answer = await ask(on_trial(), "GET", "/open", host=host)
    assert (answer.status, answer.code) == (400, "host-malformed")


async def test_two_names_that_differ_are_never_lifted() -> None:
    """One of ours, and what a proxy forwards beside it: who reads the one and who the other is not known."""
    app = on_trial(client_address=behind(hops=1))
    via = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")]
    answer = await ask(app, "GET", "/open", headers=[*via, ("x-forwarded-host", "evil.test")])
    assert (answer.status, answer.code) == (400, "hosts-differ")
    for host in ("old.example.test", "old_one.example.test"):
        same = [*via, ("x-forwarded-host", host)]
        assert (await ask(app, "GET", "/open", host=host, headers=same)).status == 200


async def test_a_host_that_is_lifted_is_no_place_to_lead_to() -> None:
    """The stranger named it: a link back to it is a redirect elsewhere."""
    app = FastAPI()

    @app.get("/go", dependencies=OPEN)
    async def go(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{request.base_url}welcome")

    given: dict[str, Any] = {"trial": Trial(until=LAST, reason="x", only={"host"}), "settings": production()}

    async def led(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/go", host="evil.test")
        return answer.header("location") == "https://evil.test/welcome"

    twin = FastAPI(routes=app.routes)
    Twin(twin, without="redirects", clock=FakeClock(), **given)
    await two_sided_async(led, twin=twin, whole=protect(app, clock=FakeClock(), **given))
    answer = await ask(app, "GET", "/go")
    assert answer.header("location") == "https://api.example.test/welcome"
