"""The accounts open once, in whatever loop, and know callers by their tokens."""

import asyncio
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from buckler.access.callers.authenticator import NotAccepted
from buckler.access.declarations.roles import Roles
from tests.clocks import FakeClock
from tests.identity.house import HERE, PASSWORD, House, HousedBuckler, accounts, settings


async def test_nothing_is_known_before_opening(tmp_path: Path) -> None:
    """Closed accounts know no token and have no code: fail closed."""
    made = accounts(settings(tmp_path))
    assert made.recall(b"x") is None
    assert await made.authenticate(b"x") is None
    await made.withdraw(b"x")
    assert made.first_administrator_code is None


async def test_opening_at_once_opens_once(tmp_path: Path) -> None:
    """Ten calls at once make one database; closing twice is fine; it opens again."""
    made = accounts(settings(tmp_path))
    await asyncio.gather(*(made.open() for _ in range(10)))
    first = made.opened()
    await made.open()
    assert made.opened() is first
    await made.close()
    await made.close()
    await made.open()
    await made.close()


def test_a_test_client_without_lifespan_works(tmp_path: Path) -> None:
    """Starlette's client gives each request an event loop of its own: register, sign in, ask, log out."""
    made, app = accounts(settings(tmp_path)), FastAPI()
    HousedBuckler(app, made)
    client = TestClient(app, client=HERE)
    body = {"name": "alice", "password": PASSWORD}
    assert client.post("/auth/register", json=body).status_code == 201
    token = client.post("/auth/sign-in", json=body).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/auth/me", headers=headers).json()["name"] == "alice"
    assert client.post("/auth/logout", headers=headers).status_code == 204
    assert client.get("/auth/me", headers=headers).status_code == 401
    asyncio.run(made.close())


def test_a_test_client_with_lifespan_works_again_and_again(tmp_path: Path) -> None:
    """The same app is started and stopped twice and keeps its accounts."""
    made, app = accounts(settings(tmp_path)), FastAPI()
    HousedBuckler(app, made)
    body = {"name": "alice", "password": PASSWORD}
    for path, status in (("/auth/register", 201), ("/auth/sign-in", 200)):
        with TestClient(app, client=HERE) as client:
            assert client.post(path, json=body).status_code == status


async def test_a_caller_is_built_once_a_token(tmp_path: Path) -> None:
    """When it is issued: asked twice it gives the same caller; a second token its own; an expired one none."""
    clock = FakeClock()
    async with House(accounts(settings(tmp_path), clock)) as house:
        await house.register()
        one, other = (await house.token()).encode(), (await house.token()).encode()
        caller = await house.accounts.authenticate(one)
        assert caller is not None
        assert house.accounts.recall(one) is caller
        assert await house.accounts.authenticate(other) is not caller
        assert (caller.name, caller.roles, caller.permissions) == ("alice", {"reader"}, {"reports:read"})
        clock.advance(600)
        assert house.accounts.recall(one) is None
        with pytest.raises(NotAccepted, match="it is over"):
            await house.accounts.authenticate(one)


async def test_without_the_role_nobody_can_become_administrator(tmp_path: Path) -> None:
    """Where the administrator's role does not exist there is neither a code nor the route."""
    made = accounts(settings(tmp_path), roles=Roles({"reader": {"reports:read"}}))
    async with House(made) as house:
        assert made.first_administrator_code is None
        answer = await house.post("/auth/first-administrator", code="x", name="alice", password=PASSWORD)
        assert answer.status_code == 404
