"""Every refusal, every try to get past a control and every failure stands in the log (ASVS 16.3.2 to 16.3.4)."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from buckler import Public, Requires, install
from buckler.asgi import Exchange
from buckler.errors import Refusal
from buckler.events import CATALOGUE, EventLog
from tests.proof import two_sided
from tests.stage import ORIGIN, Directory, people, production, protect

FAILING = b"failing"


class Failing(Directory):
    """Falls over one token."""

    async def authenticate(self, token: bytes) -> Any:
        if token == FAILING:
            raise RuntimeError("the directory is down")
        return await super().authenticate(token)


class DeafToRefusals(EventLog):
    """Writes nothing of refusals."""

    def emit_refusal(self, refusal: Refusal, exchange: Exchange) -> None:
        return


class DeafToFailures(EventLog):
    """Writes nothing of what went wrong inside, as where a handler swallows it."""

    def emit(self, name: str, exchange: Exchange | None = None, **fields: object) -> None:
        if name not in ("sys_crash", "sys_guard_failed"):
            super().emit(name, exchange, **fields)

    def emit_refusal(self, refusal: Refusal, exchange: Exchange) -> None:
        if refusal.event != "sys_guard_failed":
            super().emit_refusal(refusal, exchange)


def served(monkeypatch: pytest.MonkeyPatch, log: type[EventLog]) -> TestClient:
    app = FastAPI()

    @app.get("/reports", dependencies=[Requires("a:x")])
    async def reports() -> str:
        return "Q3"

    @app.get("/broken", dependencies=[Public("it breaks")])
    async def broken() -> str:
        raise RuntimeError("inside")

    monkeypatch.setattr(install, "EventLog", log)
    callers = Failing(**{name: who.permissions for name, who in people().callers.items()})
    protect(app, settings=production(), authenticator=callers)
    return TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(each.getMessage()) for each in caplog.records if each.name == "buckler.events"]


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "nobody": ({}, "authn_token_missing"),
    "a token that is none": ({"authorization": "Bearer nobody"}, "authn_token_invalid"),
    "a right that is not held": ({"authorization": "Bearer carol"}, "authz_fail"),
}
BYPASSES: dict[str, tuple[str, dict[str, str]]] = {
    "another host": ("/reports", {"host": "evil.example"}),
    "a path of two readings": ("/%2e%2e/reports", {}),
    "a method that overrides": ("/reports", {"x-http-method-override": "PUT", "authorization": "Bearer carol"}),
    "a length with chunks": ("/reports", {"content-length": "5", "transfer-encoding": "chunked"}),
}


def _refusals(client: TestClient, caplog: pytest.LogCaptureFixture) -> bool:
    """Whether a refusal leaves no line with its event, whose it was, what was asked for and why."""
    missing = False
    with client:
        for headers, event in REFUSED.values():
            caplog.clear()
            answer = client.get("/reports", headers=headers)
            lines = [line for line in told(caplog) if line.get("refusal")]
            expected = {"event": event, "request_id": answer.headers["x-request-id"], "path": "/reports"}
            missing = missing or not any(line.items() >= expected.items() for line in lines)
    return missing


def _bypasses(client: TestClient, caplog: pytest.LogCaptureFixture) -> bool:
    missing = False
    with client:
        for path, headers in BYPASSES.values():
            caplog.clear()
            assert client.get(path, headers=headers).status_code >= 400
            missing = missing or not any(line.get("refusal") for line in told(caplog))
    return missing


def _failures(client: TestClient, caplog: pytest.LogCaptureFixture) -> bool:
    """Whether an error that nobody expected, or a control that fails, leaves no line."""
    found: set[str] = set()
    with client:
        caplog.clear()
        assert client.get("/broken").status_code == 500
        answer = client.get("/reports", headers={"authorization": f"Bearer {FAILING.decode()}"})
        assert answer.status_code == 503
        found = {line["event"] for line in told(caplog)}
    return not {"sys_crash", "sys_guard_failed"} <= found


@pytest.mark.parametrize(
    ("attack", "deaf"),
    [
        pytest.param(_refusals, DeafToRefusals, marks=pytest.mark.asvs("16.3.2")),
        pytest.param(_bypasses, DeafToRefusals, marks=pytest.mark.asvs("16.3.3")),
        pytest.param(_failures, DeafToFailures, marks=pytest.mark.asvs("16.3.4")),
    ],
)
def test_nothing_of_it_goes_unseen(
    attack: Callable[[TestClient, pytest.LogCaptureFixture], bool],
    deaf: type[EventLog],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each has a line of its own; a log that is deaf to it has none."""
    caplog.set_level(logging.INFO, "buckler.events")
    clients = {log: served(monkeypatch, log) for log in (EventLog, deaf)}
    two_sided(lambda client: attack(client, caplog), whole=clients[EventLog], twin=clients[deaf])


def test_a_line_says_when_where_who_and_what(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Each is JSON with a moment in UTC, a name of the catalogue and its level; of a request also which, and whose."""
    caplog.set_level(logging.INFO, "buckler.events")
    with served(monkeypatch, EventLog) as client:
        for headers, _ in REFUSED.values():
            client.get("/reports", headers=headers)
        client.get("/broken")
    lines = told(caplog)
    assert len(lines) >= len(REFUSED) + 1
    for line in lines:
        assert datetime.fromisoformat(line["at"]).utcoffset() == timedelta(0)
        assert logging.getLevelName(CATALOGUE[line["event"]].level) == line["level"]
    assert [line["who"] for line in lines if line["event"] == "authz_fail"] == ["carol"]
    for line in lines:
        if "refusal" in line:
            assert {"request_id", "client", "method", "path", "by"} <= line.keys()
