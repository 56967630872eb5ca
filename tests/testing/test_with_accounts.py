"""Whoever is played has no account: the routes of accounts refuse it in order, and break for nobody."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from buckler import Buckler, Principal, Requires, Roles
from buckler.testing import a_client, acting_as
from tests.stage import development

WHO = {"name": "ada", "password": "seven green lanterns at dusk"}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """With accounts, and an administrator among the roles."""
    app = FastAPI()
    Buckler(
        app,
        accounts=True,
        roles=Roles({"reader": {"a:x"}, "admin": {"*"}}, new="reader"),
        settings=development(data=tmp_path),
    )

    @app.get("/me")
    async def me(who: Annotated[Principal, Requires()]) -> str:
        return who.name

    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Of this app."""
    with a_client(app) as client:
        yield client


def test_no_route_of_accounts_breaks_for_who_has_none(app: FastAPI, client: TestClient) -> None:
    """Each of them, as everybody and as an administrator, with an empty body and a plausible one."""
    operations = [
        (method.upper(), re.sub(r"{\w+}", "0123456789abcdef", path))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]
    body = WHO | {"new_password": "eight red lanterns at dawn", "code": "12345678", "address": "a@example.com"}
    for kind, roles in (("person", {"admin"}), ("person", {"reader"}), ("key", {"admin"}), ("service", {"admin"})):
        with acting_as(app, "bob", roles=roles, kind=kind):  # type: ignore[arg-type]
            for method, path in operations:
                for given in (None, {}, body):
                    answer = client.request(method, path, json=given)
                    assert answer.status_code < 500, (kind, roles, method, path, given, answer.text)
            assert client.get("/auth/me/export").status_code in (403, 404)
    assert len(operations) > 10


def test_real_accounts_and_played_callers_stand_beside_each_other(app: FastAPI, client: TestClient) -> None:
    """A token of a real one is its own within a block, and dead within it once its session is over."""
    assert client.post("/auth/register", json=WHO).status_code == 201
    token = client.post("/auth/sign-in", json=WHO).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with acting_as(app, "bob", roles={"admin"}):
        assert client.get("/me", headers=headers).json() == "ada"
        assert client.get("/me").json() == "bob"
        assert client.post("/auth/logout", headers=headers).status_code == 204
        assert client.get("/me", headers=headers).status_code == 401
        assert client.get("/me").json() == "bob"
