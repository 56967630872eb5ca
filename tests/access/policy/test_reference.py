"""The reference service and its committed policy: the file is current, and the service does what it says."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from buckler.access.policy.markdown import as_markdown
from buckler.identity.sessions.browser_sessions import COOKIE
from buckler.install import Buckler, buckler_of
from buckler.service.app import ROLES, create_app
from tests.access.policy.replay import METHODS, Caller, by_path, says
from tests.house.tree import ROOT
from tests.wire import Lifespan, ask

FILE = ROOT / "docs/policy/reference-service.json"
PASSWORD = "vivid-heron-counts-slowly"
HOST = "localhost"
GUARDS = {"sign-in-required", "invalid-token", "forbidden"}
"""The codes of refusals at the door; what else answers 401 or 403 is the route itself."""
BUILD_ANEW = "run: buckler policy --write docs/policy/reference-service{.json,.md}, once for each"


@dataclass
class Service:
    """The service with an account for each role: their tokens, the cookies that the console asks for, their names."""

    app: Any
    tokens: dict[str, str]
    names: dict[str, str]
    sign_ins: int = 0
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    async def post(self, path: str, body: object, who: str = "", client: str = "127.0.0.1") -> Any:
        answer = await ask(
            self.app, "POST", path, json_body=body, token=self.tokens.get(who), host=HOST, client=(client, 50000)
        )
        assert answer.status < 300, (path, answer)
        return json.loads(answer.body) if answer.body else None

    async def sign_in(self, who: str) -> None:
        body = {"name": self.names[who], "password": PASSWORD}
        self.sign_ins += 1
        self.tokens[who] = (await self.post("/auth/sign-in", body, client=f"127.0.1.{self.sign_ins}"))["access_token"]
        form = urlencode(body).encode()
        kind = [("content-type", "application/x-www-form-urlencoded")]
        answer = await ask(
            self.app, "POST", "/console/sign-in", body=form, headers=kind, host=HOST,
            client=(f"127.0.2.{self.sign_ins}", 50000),
        )  # fmt: skip
        (held,) = (each for each in answer.values("set-cookie") if each.startswith(f"{COOKIE}="))
        self.cookies[who] = held.partition(";")[0]


@pytest.fixture
def buckler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Buckler:
    monkeypatch.setenv("BUCKLER_ENVIRONMENT", "development")
    monkeypatch.setenv("BUCKLER_DATA", str(tmp_path))
    found = buckler_of(create_app())
    assert found is not None
    return found


@pytest.fixture
async def service(buckler: Buckler) -> AsyncIterator[Service]:
    names = {role: f"{role}@example.com" for role in ROLES.names}
    made = Service(buckler.app, {}, names)
    async with Lifespan(buckler.app):
        first = {"name": names["admin"], "password": PASSWORD, "code": buckler.first_administrator_code}
        await made.post("/auth/first-administrator", first)
        await made.sign_in("admin")
        for role in ("reader", "analyst"):
            await made.post("/auth/register", {"name": names[role], "password": PASSWORD})
        await _make_analyst(made)
        for role in ("reader", "analyst"):
            await made.sign_in(role)
        yield made


async def _make_analyst(made: Service) -> None:
    listed = await ask(made.app, "GET", "/auth/accounts", token=made.tokens["admin"], host=HOST)
    (found,) = [each["id"] for each in json.loads(listed.body)["items"] if each["name"] == made.names["analyst"]]
    body = {"roles": ["analyst"]}
    answer = await ask(
        made.app, "PUT", f"/auth/accounts/{found}/roles", json_body=body, token=made.tokens["admin"], host=HOST
    )
    assert answer.status < 300, answer


def test_the_committed_policy_is_that_of_the_service(buckler: Buckler) -> None:
    """Whoever changes what a route asks shows it in the file."""
    policy = buckler.policy()
    assert FILE.read_text(encoding="ascii") == policy.as_json(), BUILD_ANEW
    assert FILE.with_suffix(".md").read_text(encoding="utf-8") == as_markdown(policy), BUILD_ANEW


async def test_the_service_does_what_its_file_says(service: Service) -> None:
    """Every path of the file, every method, for nobody, for tokens that are none, and for an account of each role."""
    policy = json.loads(FILE.read_text(encoding="ascii"))
    callers: dict[str, Caller | None] = {"": None, "ended": None, "made up": None}
    callers |= {role: Caller(role, frozenset(policy["roles"][role])) for role in policy["roles"]}
    await service.sign_in("reader")
    service.tokens["ended"], service.cookies["ended"] = service.tokens["reader"], service.cookies["reader"]
    await service.post("/auth/logout-everywhere", None, "reader")
    await service.sign_in("reader")
    service.tokens["made up"], service.cookies["made up"] = "made.up.token", f"{COOKIE}=made.up.cookie"
    assert await _gaps(service, by_path(policy), callers) == []
    (report,) = by_path(policy)["/report"]
    doctored: dict[str, Any] = {**report, "requires": [{**report["requires"][0], "permissions": []}]}
    assert await _gaps(service, {"/report": [doctored]}, callers) == ["GET /report as 'reader': 403"]


async def _gaps(
    service: Service, doors_of: dict[str, list[dict[str, Any]]], callers: dict[str, Caller | None]
) -> list[str]:
    """Where the service does something else than these doors say."""
    found: list[str] = []
    for place, (path, doors) in enumerate(doors_of.items()):
        for number, (who, caller) in enumerate(callers.items(), start=11):
            # An address for each: a budget of failed tokens is no part of the file.
            client = f"127.2.{place}.{number}"
            for method in METHODS:
                came = await _asked(service, method, path, who, client)
                if came != says(doors, method, caller):
                    found.append(f"{method} {path} as {who!r}: {came}")
    return found


async def _asked(service: Service, method: str, path: str, who: str, client: str) -> int:
    """What comes back, in the words of the file: a refusal of the door, 405, or 200 for in."""
    target = path.replace("{account}", "0" * 32).replace("{session_id}", "0" * 32).replace("{note}", "4000000000")
    token, cookie = service.tokens.get(who), service.cookies.get(who)
    by_cookie = path.startswith("/console")
    headers = [("cookie", cookie)] if by_cookie and cookie else []
    answer = await ask(
        service.app, method, target, token=None if by_cookie else token, headers=headers, host=HOST,
        client=(client, 50000),
    )  # fmt: skip
    if "logout" in path and answer.status < 300:
        await service.sign_in(who)
    if answer.status == 405:
        return 405
    if method == "HEAD":
        return answer.status if answer.status in (401, 403) else 200
    return answer.status if answer.status in (401, 403) and answer.code in GUARDS else 200
