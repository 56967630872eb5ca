"""A client of a test is a client like any other, of this machine and of the app's own origin."""

import sys
from typing import Any

import pytest
from fastapi import FastAPI, Request

from buckler import ConfigurationError, Limit, Public, Requires, StartRefused
from buckler.testing import a_client, acting_as
from tests.stage import ORIGIN, development, production, protect
from tests.testing.desk import desk


def looking(**given: Any) -> FastAPI:
    """An app that tells how it was asked, and breaks on demand."""
    app = FastAPI()

    @app.get("/asked", dependencies=[Public("for this test"), Limit("1/minute")])
    async def asked(request: Request) -> list[str | None]:
        return [str(request.base_url), request.client.host if request.client is not None else None]

    @app.get("/breaks", dependencies=[Public("for this test")])
    async def breaks() -> None:
        raise ZeroDivisionError

    return protect(app, **given)


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        (development(), "https://localhost/"),
        (development(origin="https://localhost:8443"), "https://localhost:8443/"),
        (development(origin="http://localhost:8080"), "http://localhost:8080/"),
        (production(), f"{ORIGIN}/"),
    ],
)
def test_it_asks_for_the_origin_of_the_settings(settings: Any, origin: str) -> None:
    """Host and scheme pass, in production too: a client opens no door."""
    with a_client(looking(settings=settings)) as client:
        assert client.get("/asked").json()[0] == origin
        assert client.get("/me").status_code == 404


def test_each_comes_from_a_network_of_its_own() -> None:
    """What is counted by network is counted for each anew; one may be named."""
    app = looking(settings=development())
    with a_client(app) as one, a_client(app) as other, a_client(app, address="127.0.0.7") as named:
        answers = [each.get("/asked").json()[1] for each in (one, other, named)]
        assert one.get("/asked").status_code == 429
    assert len(set(answers)) == 3
    assert all(each.startswith("127.") for each in answers)
    assert answers[2] == "127.0.0.7"


def test_a_crash_is_the_answer_that_a_client_gets() -> None:
    """Or the error itself, on demand."""
    app = looking(settings=development())
    with a_client(app) as client:
        assert client.get("/breaks").json()["status"] == 500
    with a_client(app, raise_server_exceptions=True) as client, pytest.raises(ZeroDivisionError):
        client.get("/breaks")


def test_it_starts_the_app_and_stops_it() -> None:
    """A start that is refused says why, at once and not in an answer."""
    app = FastAPI()
    app.add_api_route("/it", lambda: "it")
    protect(app, settings=development())
    with pytest.raises(StartRefused, match="says nothing about who may call it"), a_client(app):
        pass


def test_it_is_nobody_until_somebody_is_played() -> None:
    """And shows its own credential where it has one."""
    app = desk()
    with a_client(app) as client:
        assert client.get("/me").status_code == 401
        with acting_as(app, "bob"):
            assert client.get("/me").json() == "bob"
            assert client.get("/me", headers={"Authorization": "Bearer alice"}).json() == "alice"


def test_an_app_without_buckler_has_no_origin() -> None:
    """A client of its own would do."""
    with pytest.raises(ConfigurationError, match="a_client: this FastAPI has no Buckler"), a_client(FastAPI()):
        pass


@pytest.mark.parametrize("missing", [("fastapi.testclient",), ("httpx2", "httpx")])
def test_what_is_missing_is_named(missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """The import of the doors asks for nothing; a client does."""
    for name in ("fastapi.testclient", "starlette.testclient"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    app = protect(FastAPI(), settings=development())
    with pytest.raises(ConfigurationError, match="pip install httpx2"), a_client(app):
        pass


async def test_requirements_stay_what_they_are() -> None:
    """Of an app whose default asks for a right that nobody said."""
    app = FastAPI()
    app.add_api_route("/it", lambda: "it")
    protect(app, settings=development(), default=Requires("a:x"))
    with a_client(app) as client, acting_as(app, "bob"):
        assert client.get("/it").status_code == 403
