"""A body of more than 8 kB is refused before anything of the accounts makes something of it."""

import json
import logging
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Accepts, Buckler, Public, Settings
from buckler.identity.routes import LARGEST_BODY
from buckler.identity.routes.sign_in import SigningIn
from buckler.input.byte_counts import bytes_in
from tests.identity.house import PASSWORD, House, accounts, settings
from tests.wire import Answer, Lifespan, ask

MOST_BYTES = bytes_in(LARGEST_BODY)
MEMBERS = 90_000
JSON = ("content-type", "application/json")


@cache
def flood() -> bytes:
    """As many members as a body may have, and more bytes than ours may."""
    return json.dumps({f"{at:x}": 0 for at in range(MEMBERS)}, separators=(",", ":")).encode()


def app_of(*declared: Any) -> FastAPI:
    """One route that takes a sign-in, and declares this."""
    app = FastAPI()

    @app.post("/sign-in", dependencies=[Public("a test"), *declared])
    async def sign_in(body: SigningIn) -> str:
        return body.name

    Buckler(app, settings=Settings.load(environment="development"))
    return app


async def chunks(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 1024):
        yield body[at : at + 1024]


async def sent(app: FastAPI, body: bytes, *, declared: bool) -> Answer:
    length = [("content-length", str(len(body)))] if declared else []
    async with Lifespan(app):
        return await ask(app, "POST", "/sign-in", headers=[JSON, *length], body=chunks(body), host="localhost")


def errors_made(caplog: pytest.LogCaptureFixture) -> int:
    """How many faults the parser found in what it was given."""
    lines = [json.loads(line) for line in caplog.messages if '"input_validation_fail"' in line]
    return sum(line["errors"] for line in lines)


async def test_the_attack_succeeds_on_a_plain_route(caplog: pytest.LogCaptureFixture) -> None:
    """The body is read whole, and the parser finds faults in it."""
    caplog.set_level(logging.INFO, "buckler.events")
    answer = await sent(app_of(), flood(), declared=True)
    assert (answer.status, answer.bytes_read) == (422, len(flood()))
    assert errors_made(caplog) > 0


@pytest.mark.parametrize(("declared", "most"), [(True, 0), (False, MOST_BYTES + 1024)])
async def test_with_the_limit_of_the_accounts_it_is_not_parsed(
    caplog: pytest.LogCaptureFixture, declared: bool, most: int
) -> None:
    """With its length declared not a byte is read; without one reading ends at 8 kB. No error is made."""
    caplog.set_level(logging.INFO, "buckler.events")
    answer = await sent(app_of(Accepts(max_body=LARGEST_BODY)), flood(), declared=declared)
    assert (answer.status, answer.code) == (413, "body-too-large")
    assert answer.bytes_read <= most
    assert errors_made(caplog) == 0
    assert '"refusal":"body-too-large"' in caplog.text


@pytest.mark.parametrize("declared", [True, False])
async def test_the_limit_is_exact(declared: bool) -> None:
    """8000 bytes are taken and one more is not."""
    body = json.dumps({"name": "alice", "password": "x"}).encode()
    app = app_of(Accepts(max_body=LARGEST_BODY))
    assert (await sent(app, body.ljust(MOST_BYTES), declared=declared)).status == 200
    assert (await sent(app, body.ljust(MOST_BYTES + 1), declared=declared)).status == 413


@pytest.mark.parametrize(
    "path", ["/auth/sign-in", "/auth/register", "/auth/first-administrator", "/auth/token", "/auth/logout"]
)
async def test_every_route_of_the_accounts_has_it(tmp_path: Path, path: str) -> None:
    """Also the form's, and one that takes no body."""
    async with House(accounts(settings(tmp_path))) as house:
        await house.register()
        token = await house.token()
        headers: dict[str, Any] = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        if path != "/auth/logout":
            del headers["authorization"]
        answer = await house.client.post(path, content=flood(), headers=headers)
    assert answer.status_code == 413


async def test_the_longest_honest_sign_in_fits(tmp_path: Path) -> None:
    """Every character escaped, at full length: refused for what it says and not for its size."""
    async with House(accounts(settings(tmp_path))) as house:
        await house.register(password=PASSWORD)
        answer = await house.sign_in("\U0001f993" * 64, "\U0001f993" * 256)
        assert answer.status_code == 401
        form = {"grant_type": "password", "username": "\U0001f993" * 64, "password": "\U0001f993" * 256}
        assert (await house.client.post("/auth/token", data=form | {"scope": "!" * 1024})).status_code == 400
