"""A refusal's line in the log says which defence refused, and which line of the app had it refuse."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI, Request

from buckler import Accepts, Limit, Principal, Public, Requires
from tests.stage import protect
from tests.wire import ask


async def late(who: Principal) -> bool:
    return False


def failing(who: Principal) -> bool:
    raise RuntimeError("canary")


def make_app() -> FastAPI:
    app = FastAPI()
    router = APIRouter(dependencies=[Requires("a:x")])  # blames router
    router.add_api_route("/both", lambda: "", dependencies=[Requires("b:y")])  # blames both
    router.add_api_route("/person", lambda: "", dependencies=[Requires(kinds={"service"})])  # blames person
    router.add_api_route("/late", lambda: "", dependencies=[Requires(condition=late, reason="late")])  # blames late
    router.add_api_route("/once", lambda: "", dependencies=[Limit("1/hour")])  # blames once
    router.add_api_route("/small", lambda: "", methods=["POST"], dependencies=[Accepts("10 B")])  # blames small
    router.add_api_route("/broken", lambda: "", dependencies=[Requires(condition=failing, reason="a test")])
    app.include_router(router)
    app.add_api_route("/open", lambda: "", dependencies=[Public("a test")])
    return protect(app)


def line_of(name: str) -> str:
    """File and line of the declaration that is marked so above."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (found,) = [number for number, line in enumerate(lines, start=1) if line.endswith(f"# blames {name}")]
    return f"{Path(__file__).name}:{found}"


def last_line(caplog: pytest.LogCaptureFixture) -> dict[str, object]:
    line: dict[str, object] = json.loads([each for each in caplog.records if each.name == "buckler.events"][-1].message)
    return line


@pytest.mark.parametrize(
    ("path", "name", "by", "line"),
    [
        ("/both", None, "requirements", "router"),
        ("/both", "dora", "requirements", "router"),
        ("/both", "bob", "requirements", "both"),
        ("/person", "bob", "requirements", "person"),
        ("/late", "bob", "requirements", "late"),
        ("/once", "bob", "limits", "once"),
        ("/both", "unknown", "requirements", "router"),
    ],
)
async def test_the_guard_names_the_step_and_the_declaration(
    path: str, name: str | None, by: str, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app()
    await ask(app, "GET", path, token=name)
    answer = await ask(app, "GET", path, token=name, client=("203.0.113.7", 1))
    assert answer.status in (401, 403, 429)
    told = last_line(caplog)
    assert (told["request_id"], told["by"]) == (answer.header("x-request-id"), by)
    assert told["declared"] == line_of(line)


async def test_a_body_that_is_too_large_is_blamed_on_its_declaration(caplog: pytest.LogCaptureFixture) -> None:
    answer = await ask(make_app(), "POST", "/small", token="bob", headers=[("content-length", "11")], body=b"x" * 11)
    assert answer.status == 413
    told = last_line(caplog)
    assert (told["by"], told["declared"]) == ("bodies", line_of("small"))


async def test_the_edge_names_its_defence(caplog: pytest.LogCaptureFixture) -> None:
    """No declaration is to blame there."""
    await ask(make_app(), "GET", "/open", host="evil.test")
    told = last_line(caplog)
    assert (told["by"], "declared" in told) == ("host", False)


async def test_a_step_that_fails_blames_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """It said neither yes nor no."""
    assert (await ask(make_app(), "GET", "/broken", token="bob")).status == 503
    told = last_line(caplog)
    assert (told["refusal"], "by" in told) == ("guard-failed", False)


@pytest.mark.parametrize(
    ("body", "kind", "by"),
    [
        (b'{"a":1,"a":2}', "application/json", "json-bodies"),
        (b"a=%zz&=" * 2000, "application/x-www-form-urlencoded; charset=x", "form-bodies"),
        (b"x" * 2000, "text/plain", "sizes"),
    ],
)
async def test_what_is_found_in_a_body_names_its_defence(
    body: bytes, kind: str, by: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = FastAPI()

    @app.post("/body", dependencies=[Public("a test"), Accepts("1 kB" if by == "sizes" else "1 MB")])
    async def read(request: Request) -> str:
        return str(len(await request.body()))

    async def pieces() -> AsyncIterator[bytes]:
        yield body

    answer = await ask(protect(app), "POST", "/body", headers=[("content-type", kind)], body=pieces())
    assert answer.status in (400, 413), answer
    assert last_line(caplog)["by"] == by
