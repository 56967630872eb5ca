"""A request whose body is held back until the access behind it has ended does nothing; every other goes on."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request

from buckler import Requires
from buckler.refused import Refused
from tests.access.guard.test_open_connections import Door
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import protect
from tests.twins.twin import Twin
from tests.wire import ask

NOTE = b'{"what": "written after the logout"}'
JSON = [("content-type", "application/json")]


def make_app(door: Door, noted: list[str], **given: Any) -> FastAPI:
    app = FastAPI()

    @app.post("/notes", dependencies=[Requires()])
    async def note(body: dict[str, str]) -> str:
        noted.append(body["what"])
        return "kept"

    @app.post("/pieces", dependencies=[Requires()])
    async def pieces(request: Request) -> str:
        noted.extend([piece.decode() async for piece in request.stream()])
        return "kept"

    @app.post("/stubborn", dependencies=[Requires()])
    async def stubborn(request: Request) -> str:
        for _ in range(3):
            try:
                noted.append((await request.body()).decode())
            except Refused:
                noted.append("no")
        return "kept"

    return protect(app, authenticator=door, **given)


def held_back(act: Callable[[], object], body: bytes = NOTE, first: int = 1) -> AsyncIterator[bytes]:
    """A body whose rest comes after `act`."""

    async def pieces() -> AsyncIterator[bytes]:
        yield body[:first]
        act()
        yield body[first:]

    return pieces()


@pytest.mark.asvs("7.4.1")
@pytest.mark.parametrize("path", ["/notes", "/pieces", "/stubborn"])
async def test_a_body_that_was_held_back_does_nothing_after_the_end(path: str) -> None:
    """The token was good when the request began: what comes after it ended never reaches the endpoint."""

    async def attack(kind: dict[str, Any]) -> bool:
        noted: list[str] = []
        door = Door()
        app = make_app(door, noted, **kind)
        body = held_back(lambda: door.end("alice"))
        answer = await ask(app, "POST", path, token="alice", body=body, headers=JSON)
        assert answer.status == 200 or answer.code == "connection-ended"
        return "written after the logout" in "".join(noted)

    await two_sided_async(attack, whole={}, twin={"kind": Twin, "without": "open-connections"})


async def test_a_body_of_somebody_else_goes_on() -> None:
    """Callers are judged again only where somebody's access ended, and then once."""
    noted: list[str] = []
    door = Door()
    app = make_app(door, noted)
    for act, asked in ((lambda: None, 0), (lambda: door.end("bob"), 1)):
        before = door.asked
        answer = await ask(app, "POST", "/notes", token="alice", body=held_back(act), headers=JSON)
        assert (answer.status, json.loads(answer.body)) == (200, "kept")
        assert door.asked == before + asked
    assert noted == ["written after the logout"] * 2


async def test_a_credential_that_runs_out_under_way_came_in_time() -> None:
    """How long a body may take is bounded elsewhere; an upload does not fail for a minute."""
    door, clock = Door(), FakeClock()
    door.expires_at = clock.now() + 5
    app = make_app(door, [], clock=clock)
    body = held_back(lambda: clock.advance(6))
    answer = await ask(app, "POST", "/notes", token="alice", body=body, headers=JSON)
    assert answer.status == 200
