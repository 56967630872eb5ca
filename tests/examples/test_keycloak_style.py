"""The example with a foreign issuer, against one of the test's own."""

import importlib.util
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.oauth.provider import Provider, provider
from tests.wire import Answer, ask

EXAMPLE = Path(__file__).parents[2] / "examples" / "keycloak_style.py"


def load(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> Any:
    """The example as a server would import it, in an empty folder."""
    monkeypatch.setenv("ISSUER", url)
    monkeypatch.setenv("BUCKLER_ENVIRONMENT", "development")
    monkeypatch.chdir(folder)
    spec = importlib.util.spec_from_file_location("keycloak_style", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


def token(idp: Provider, *roles: str, **changes: object) -> str:
    """As Keycloak writes it, good for a minute."""
    now = int(time.time())
    said = {"aud": "notes-api", "iat": now, "exp": now + 60, "typ": "Bearer", "preferred_username": "ada"}
    claims = {**said, "realm_access": {"roles": [*roles]}, **changes}
    return idp.token(header={"typ": "JWT"}, **claims).decode()


def kept_in(folder: Path) -> list[Path]:
    return [*folder.iterdir()]


async def test_it_does_what_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A reader reads, a writer writes, an ID token is nothing, and no file is written."""
    async with provider(path="/realms/notes") as idp:
        app = load(monkeypatch, idp.url, tmp_path)

        async def call(method: str, path: str, bearer: str | None) -> Answer:
            return await ask(app, method, path, token=bearer, scheme="http", host="localhost")

        me = await call("GET", "/me", token(idp))
        assert json.loads(me.body) == {"name": "ada", "kind": "person", "issuer": idp.url}
        assert (await call("POST", "/notes/oak", token(idp, "reader"))).status == 403
        assert (await call("POST", "/notes/oak", token(idp, "writer"))).status == 201
        assert [each["title"] for each in json.loads((await call("GET", "/notes", token(idp, "reader"))).body)] == [
            "oak"
        ]
        assert (await call("GET", "/notes", token(idp))).status == 403
        for bad in (None, token(idp, "writer", typ="ID"), token(idp, "writer", aud="account")):
            assert (await call("GET", "/notes", bad)).status == 401
    assert kept_in(tmp_path) == []


def test_a_keycloak_elsewhere_must_be_reached_over_https(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Plain HTTP is for this machine."""
    from buckler import ConfigurationError

    with pytest.raises(ConfigurationError, match="plain HTTP"):
        load(monkeypatch, "http://login.example.com/realms/notes", tmp_path)
    assert load(monkeypatch, "https://login.example.com/realms/notes", tmp_path).title
