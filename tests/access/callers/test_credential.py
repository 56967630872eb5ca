"""One credential a request, read one way."""

from typing import Annotated

import pytest
from fastapi import FastAPI

from buckler import Principal, Public, Requires
from tests.stage import protect
from tests.wire import ask


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/open", dependencies=[Public("a test")])
    async def open_() -> str:
        return "open"

    @app.get("/mine")
    async def mine(who: Annotated[Principal, Requires("a:x")]) -> str:
        return who.name

    return app


@pytest.mark.parametrize(
    "value",
    [
        "alice",
        "Bearer",
        "Bearer ",
        "Beareralice",
        "Bearer: alice",
        "Bearer alice bob",
        "Bearer alice,Bearer bob",
        "Basic YWxpY2U6eA==",
        "Basic alice",
        "bearer\talice",
        " Bearer alice",
        "Token alice",
        "Bearer ALICE",
        "Bearer alice\x00",
    ],
)
async def test_only_a_whole_bearer_token_speaks_for_somebody(value: str) -> None:
    app = protect(make_app())
    assert (await ask(app, "GET", "/mine", headers=[("authorization", value)])).status == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_name_of_the_scheme_has_no_case(scheme: str) -> None:
    """RFC 9110 section 11.1."""
    app = protect(make_app())
    assert (await ask(app, "GET", "/mine", headers=[("authorization", f"{scheme} alice")])).status == 200


@pytest.mark.parametrize("pair", [("alice", "bob"), ("alice", "unknown"), ("unknown", "alice"), ("alice", "alice")])
async def test_two_credentials_are_400_on_every_route(pair: tuple[str, str]) -> None:
    app = protect(make_app())
    for path in ("/mine", "/open", "/none"):
        answer = await ask(app, "GET", path, headers=[("authorization", f"Bearer {name}") for name in pair])
        assert (answer.status, answer.code) == (400, "two-credentials")


async def test_a_bad_token_says_so_and_a_missing_one_asks_for_one() -> None:
    """RFC 6750 section 3: the challenge names an error only where a token was shown."""
    app = protect(make_app())
    shown = await ask(app, "GET", "/mine", token="unknown")
    missing = await ask(app, "GET", "/mine")
    assert (shown.code, shown.header("www-authenticate")) == ("invalid-token", 'Bearer error="invalid_token"')
    assert (missing.code, missing.header("www-authenticate")) == ("sign-in-required", "Bearer")


async def test_a_public_route_does_not_look_at_a_token() -> None:
    """A bad one makes it no less public."""
    app = protect(make_app())
    assert (await ask(app, "GET", "/open", token="unknown")).status == 200
