"""Only our own host names are answered."""

import pytest
from fastapi import FastAPI

from buckler import ConfigurationError, Public
from buckler.edge.host import Host
from tests.stage import development, production, protect
from tests.wire import HOST, ask, knock

OTHER_NAMES = ("evil.test", f"evil.{HOST}", f"{HOST}.evil.test", f"{HOST}.", f"x{HOST}", "[::ffff:127.0.0.1]",
               "localhost", "testserver")  # fmt: skip
"""Those that are names at least: a trial may let them pass."""


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> str:
        return "ok"

    return protect(app, settings=production(hosts="second.test,[2001:db8::1]"))


@pytest.mark.parametrize(
    "host",
    [
        HOST,
        f"{HOST}:443",
        f"{HOST}:8443",
        HOST.upper(),
        f"{HOST.upper()}:443",
        "second.test",
        "[2001:db8::1]",
        "[2001:DB8::1]:443",
    ],
)
async def test_our_own_names_are_answered(host: str) -> None:
    """In any case, with any port: the port of a request decides nothing."""
    assert (await ask(make_app(), "GET", "/", host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "evil.test",
        f"evil.{HOST}",
        f"{HOST}.evil.test",
        f"{HOST}.",
        f".{HOST}",
        f"x{HOST}",
        f"{HOST}:",
        f"{HOST}:port",
        f"{HOST}:443:443",
        f"{HOST}:999999",
        f"{HOST}:-1",
        f"{HOST}/",
        f"{HOST}/health?x=",
        f"{HOST}?x",
        f"{HOST}#x",
        f"{HOST},evil.test",
        f"{HOST} evil.test",
        f"user@{HOST}",
        f"{HOST}@evil.test",
        f"evil.test@{HOST}",
        f"{HOST}\\@evil.test",
        f"{HOST}\x00",
        f"{HOST}\xad",
        "2001:db8::1",
        "[2001:db8::1",
        "[2001:db8::1%eth0]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "testserver",
        "*",
        "%61pi.example.test",
    ],
)
async def test_any_other_spelling_is_400(host: str) -> None:
    """Also the names that development and test clients use."""
    answer = await ask(make_app(), "GET", "/", host=host)
    assert (answer.status, answer.received) == (400, 0)
    assert answer.code == ("host-unknown" if host in OTHER_NAMES else "host-malformed")
    assert b"evil" not in answer.body


@pytest.mark.parametrize("second", [HOST, "evil.test"])
async def test_two_host_lines_are_400(second: str) -> None:
    """Even when both say the same (RFC 9112 section 3.2)."""
    answer = await ask(make_app(), "GET", "/", headers=[("host", second)])
    assert (answer.status, answer.code) == (400, "host-missing")


async def test_no_host_line_is_400() -> None:
    assert (await ask(make_app(), "GET", "/", host=None)).code == "host-missing"


@pytest.mark.parametrize("field", ["x-forwarded-host", "forwarded", "x-host", "x-original-host"])
async def test_no_other_field_names_the_host(field: str) -> None:
    """Neither opens a foreign host nor shuts ours."""
    app = make_app()
    assert (await ask(app, "GET", "/", host="evil.test", headers=[(field, HOST)])).status == 400
    assert (await ask(app, "GET", "/", headers=[(field, "evil.test")])).status == 200


async def test_a_websocket_for_a_foreign_host_is_not_accepted() -> None:
    assert not (await knock(make_app(), "/", host="evil.test")).accepted


async def test_development_answers_to_this_machine_and_the_test_client() -> None:
    app = FastAPI()
    app.add_api_route("/", lambda: "ok", dependencies=[Public("a test")])
    protect(app, settings=development())
    for host in ("localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "testserver"):
        assert (await ask(app, "GET", "/", scheme="http", host=host)).status == 200
    assert (await ask(app, "GET", "/", scheme="http", host="evil.test")).status == 400


@pytest.mark.parametrize(
    "name", ["*", "*.example.test", "", "a b", "a/b", "a:1", "a@b", "-a", "a-", "b\u00fccher.test"]
)
def test_a_name_that_could_match_a_strangers_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be a host"):
        Host([name])


def test_no_name_at_all_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="No host"):
        Host([])
