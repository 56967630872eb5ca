"""An app whose callers come from other issuers: over HTTP, without a database and without a file."""

import json
import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI

from buckler import Buckler, ConfigurationError, Issuer, Principal, Requires, Roles
from buckler.tokens.segments import decode
from tests.clocks import FakeClock
from tests.oauth.provider import NOW, provider
from tests.stage import development, people, production
from tests.wire import Answer, ask

ROLES = Roles({"reader": {"reports:read"}})
LOCAL: dict[str, Any] = {"scheme": "http", "host": "localhost"}
OWN_ACCOUNT = [
    ("GET", "/auth/me"),
    ("GET", "/auth/sessions"),
    ("GET", "/auth/me/export"),
    ("DELETE", "/auth/sessions/0"),
    ("POST", "/auth/logout"),
    ("POST", "/auth/logout-everywhere"),
    ("POST", "/auth/me/password"),
    ("POST", "/auth/me/address"),
    ("DELETE", "/auth/me"),
]
ALONE = """
import asyncio, os, sys
from fastapi import FastAPI
from buckler import Buckler, Issuer, Requires
buckler = Buckler(FastAPI(), default=Requires(), issuers=[Issuer("https://login.example.com", audience="a")])
asyncio.run(buckler.start())
heavy = [name for name in sys.modules if name.startswith(("sqlalchemy", "alembic", "argon2", "buckler.identity"))]
print(heavy, os.listdir())
"""


def site(*issuers: Issuer, **given: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(who: Annotated[Principal, Requires()]) -> dict[str, str]:
        return {"id": who.id, "subject": who.subject, "kind": who.kind}

    app.add_api_route("/reports", lambda: "Q3", dependencies=[Requires("reports:read")])
    given.setdefault("settings", development())
    given.setdefault("clock", FakeClock(float(NOW)))
    Buckler(app, issuers=issuers, **given)
    return app


async def get(app: FastAPI, path: str, token: bytes) -> Answer:
    return await ask(app, "GET", path, token=token.decode(), **LOCAL)


async def test_a_good_token_is_a_caller_and_a_bad_one_is_401() -> None:
    """Rights by roles of ours, and by scopes of theirs."""
    async with provider() as idp:
        app = site(idp.agreed(roles="groups"), roles=Roles({"reader": {"reports:read"}}))
        answer = await get(app, "/me", idp.token())
        assert (answer.status, json.loads(answer.body)["subject"]) == (200, "u-1")
        assert (await get(app, "/reports", idp.token())).status == 403
        assert (await get(app, "/reports", idp.token(groups=["reader"]))).status == 200
        bad = await get(app, "/me", idp.token(aud="other"))
        assert (bad.status, bad.code) == (401, "invalid-token")
        scoped = site(idp.agreed(permissions="scope"))
        assert (await get(scoped, "/reports", idp.token(scope="reports:read"))).status == 200


async def test_an_issuer_that_is_down_is_503_with_a_time_and_never_500(caplog: pytest.LogCaptureFixture) -> None:
    """It counts against no client, and a token of nobody's is 401 as ever."""
    caplog.set_level(logging.INFO, "buckler.events")
    async with provider() as idp:
        idp.down = True
        app = site(idp.agreed(), settings=development(failed_checks_limit="1/minute burst 1"))
        for _ in range(5):
            answer = await get(app, "/me", idp.token())
            assert (answer.status, answer.code, answer.header("retry-after")) == (503, "issuer-unreachable", "10")
        assert (await get(app, "/me", idp.token(iss="https://nobody.example"))).status == 401
        assert idp.asked == ["/.well-known/openid-configuration"]
    lines = [json.loads(record.message) for record in caplog.records if record.name == "buckler.events"]
    down = [line for line in lines if line["event"] == "sys_issuer_unreachable"]
    assert [(line["issuer"], line["error"]) for line in down] == [(idp.url, "broken-off")]
    refused = [line for line in lines if line.get("refusal") == "issuer-unreachable"]
    assert refused[0]["reason"] == "the keys of its issuer cannot be had: broken-off"


async def test_a_public_route_asks_no_issuer() -> None:
    """A token sent along is not looked at."""
    async with provider() as idp:
        app = site(idp.agreed())
        assert (await ask(app, "GET", "/nowhere", token=idp.token().decode(), **LOCAL)).status == 404
        assert idp.asked == []


def test_no_database_is_opened_and_no_file_is_written(tmp_path: Path) -> None:
    """In a process of its own: not even the modules for it are read."""
    surroundings = {"BUCKLER_ORIGIN": "https://api.example.com", "BUCKLER_PROCESSES": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[] []\n"), done.stderr
    assert [*tmp_path.iterdir()] == []


async def test_accounts_and_issuers_stand_beside_each_other(tmp_path: Path) -> None:
    """Each token goes to whoever its `iss` names: one of ours that another signed is 401, and asks nobody."""
    async with provider() as idp:
        app = site(idp.agreed(), accounts=True, roles=ROLES, settings=development(data=tmp_path))
        buckler: Buckler = app.buckler_of_app  # type: ignore[attr-defined]
        await buckler.start()
        assert (await get(app, "/me", idp.token())).status == 200
        asked = len(idp.asked)
        for iss in ("http://localhost", "https://nobody.example", None):
            assert (await get(app, "/me", idp.token(iss=iss))).status == 401
        assert (await get(app, "/me", b"garbage")).status == 401
        assert len(idp.asked) == asked
        for method, path in OWN_ACCOUNT:
            body = None if method == "GET" else {"password": "x", "current": "x", "new": "y", "address": "a@b.example"}
            answer = await ask(app, method, path, token=idp.token().decode(), json_body=body, **LOCAL)
            assert answer.status < 500, (path, answer.status, answer.body)
        await buckler.stop()


async def test_nobody_from_elsewhere_ends_anything_here(tmp_path: Path) -> None:
    """A logout says who ends such a token. What its issuer writes into it ends nothing of ours, and stays nowhere."""
    async with provider() as idp:
        app = site(idp.agreed(roles="roles"), accounts=True, roles=ROLES, settings=development(data=tmp_path))
        buckler: Any = app.buckler_of_app  # type: ignore[attr-defined]
        await buckler.start()
        ada = {"name": "ada@example.com", "password": "vivid otter plays the tuba"}
        assert (await ask(app, "POST", "/auth/register", json_body=ada, **LOCAL)).status == 201
        answer = await ask(app, "POST", "/auth/sign-in", json_body=ada, **LOCAL)
        own = json.loads(answer.body)["access_token"]
        claims = json.loads(decode(own.split(".")[1].encode()))
        for path in ("/auth/logout", "/auth/logout-everywhere"):
            for marks in ({"jti": claims["sid"]}, {"jti": claims["jti"], "sub": claims["sub"], "exp": 2**53 - 1}):
                answer = await ask(app, "POST", path, token=idp.token(**marks).decode(), **LOCAL)
                assert (answer.status, answer.code) == (403, "ended-elsewhere")
        assert (await ask(app, "GET", "/auth/me", token=own, **LOCAL)).status == 200
        with closing(sqlite3.connect(tmp_path / "buckler.db")) as connection:
            assert connection.execute("SELECT count(*) FROM revocation WHERE kind != 'keys'").fetchall() == [(0,)]
        strange = idp.token(name="a\nb", roles=["a\nb", "r" * 2000]).decode()
        answer = await ask(app, "GET", "/auth/me", token=strange, **LOCAL)
        assert (answer.status, json.loads(answer.body)["roles"]) == (200, [])
        await buckler.stop()


def agreed(url: str = "https://login.example.com") -> Issuer:
    return Issuer(url, audience="a")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"issuers": [agreed()], "authenticator": people()}, "issuers= and authenticator="),
        ({"issuers": "https://login.example.com"}, "write each as"),
        ({"issuers": agreed()}, "write each as"),
        ({"issuers": [Issuer]}, "write each as"),
        ({"issuers": [agreed(), agreed()]}, "twice"),
        (
            {
                "issuers": [agreed("https://api.example.test")],
                "accounts": True,
                "settings": production(master_secret="Vq8rT2mXz0LwKc5NfJ7yHb3PsD9gUaE4iRo6QtMnYvB"),
            },
            "issues tokens itself",
        ),
    ],
)
def test_what_can_never_work_cannot_be_installed(given: dict[str, Any], words: str) -> None:
    """The text says why."""
    with pytest.raises(ConfigurationError, match=words):
        Buckler(FastAPI(), **{"settings": production(), **given})


async def test_an_open_connection_of_a_foreign_caller_lives_until_its_token_is_over(tmp_path: Path) -> None:
    """Nothing else ends it; one of ours ends as the accounts say."""
    async with provider() as idp:
        app = site(idp.agreed(), accounts=True, roles=ROLES, settings=development(data=tmp_path))
        buckler: Any = app.buckler_of_app  # type: ignore[attr-defined]
        both = buckler._both
        assert both.is_current(Principal("a", "a", issuer=idp.url))
        assert not both.is_current(Principal("a", "a", session_id="gone"))
        assert both.changes() == buckler.accounts.changes()
        await both.withdraw(idp.token())
        await both.withdraw(b"garbage")
