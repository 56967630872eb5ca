"""Development answers this machine alone."""

import pytest
from fastapi import FastAPI

from buckler import Public
from tests.stage import development, protect
from tests.wire import ask


def make_app() -> FastAPI:
    app = FastAPI()
    app.add_api_route("/", lambda: "ok", dependencies=[Public("a test")])
    return protect(app, settings=development())


@pytest.mark.parametrize(
    "client", [None, ("127.0.0.1", 1), ("127.8.8.8", 1), ("::1", 1), ("::ffff:127.0.0.1", 1), ("testclient", 50000)]
)
async def test_this_machine_is_answered(client: tuple[str, int] | None) -> None:
    """Over any loopback address, a Unix socket, or in process."""
    answer = await ask(make_app(), "GET", "/", client=client, scheme="http", host="localhost")
    assert answer.status == 200


@pytest.mark.parametrize(
    "client", ["192.168.1.2", "10.0.0.1", "203.0.113.9", "0.0.0.0", "::", "fe80::1%eth0", "::ffff:10.0.0.1", "garbage"]
)
async def test_another_machine_is_not(client: str) -> None:
    """Whatever host it names and whatever it says about where it comes from."""
    answer = await ask(
        make_app(),
        "GET",
        "/",
        client=(client, 1),
        scheme="http",
        host="localhost",
        headers=[("x-forwarded-for", "127.0.0.1"), ("forwarded", "for=127.0.0.1"), ("x-real-ip", "127.0.0.1")],
    )
    assert (answer.status, answer.code, answer.received) == (403, "development-only", 0)
    assert "BUCKLER_ENVIRONMENT=production" in answer.problem["detail"]


async def test_a_server_that_rewrites_addresses_is_named_as_the_fault() -> None:
    """To serve in production would mend nothing: the caller is on this machine, and its server hides it."""
    forwarded = [("x-forwarded-for", "192.0.2.7")]
    answer = await ask(
        make_app(), "GET", "/", client=("192.0.2.7", 0), scheme="http", host="localhost", headers=forwarded
    )
    assert (answer.status, answer.code) == (403, "development-only")
    assert "--no-proxy-headers" in answer.problem["detail"]
    assert "production" not in answer.problem["detail"]
