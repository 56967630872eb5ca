"""The mended twins bear whatever is sent: nothing ends in a 5xx, every answer has its headers, nothing is told."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.drill.targets import noteboard, people_api, shop
from tests.drill.targets.careful.answers import HEADERS
from tests.drill.targets.people_api.store import FIRST_PEOPLE

PASSWORD = "green-Kettle-71-sings"
ODD_TEXTS = (
    b"",
    b"null",
    b"[]",
    b"{",
    b'"\xff\xfe"',
    rb'{"name": "\ud800"}',
    rb'{"name": "\u0000"}',
    b'{"days": NaN, "worth": 1e999, "amount": Infinity}',
    b'{"name": 1, "name": 2}',
    b"[" * 30_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"amount": ' + b"9" * 5_000 + b"}",
    b"{" + b",".join(b'"f%d": 1' % number for number in range(2_000)) + b"}",
    b" " * 40_000,
)
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 10**30, 1.5, "", "\x00", "e\u0301\u202e", "x" * 5_000),
    *([], {"$ne": None}, ["a"] * 300),
)
ODD_PARTS = ("%00", "%ff", "..%2f..%2fetc", "%E2%80%AE", "9" * 400)
ODD_TOKENS = (
    *("a.b.c", "e30.e30.", "eyJhbGciOltdfQ.e30.x", "[" * 5000, "W1tbW1tb" * 400 + ".e30.x"),
    *("\xe9", "..", "null.null.null"),
)
QUERIED = ("q", "days", "limit", "file", "columns")


def enter_noteboard(client: TestClient) -> dict[str, str]:
    client.post("/auth/register", json={"email": "mira@example.com", "password": PASSWORD, "name": "Mira"})
    pair = client.post("/auth/login", json={"email": "mira@example.com", "password": PASSWORD}).json()
    return {"Authorization": f"Bearer {pair['access_token']}"}


def enter_shop(client: TestClient) -> dict[str, str]:
    client.post("/register", json={"username": "mira", "email": "mira@example.com", "password": PASSWORD})
    token = client.post("/token", data={"username": "mira", "password": PASSWORD}).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def enter_people_api(client: TestClient) -> dict[str, str]:
    return {"X-API-Key": FIRST_PEOPLE[0][3]}


OPEN: dict[str, set[str]] = {
    "noteboard": {f"POST /auth/{it}" for it in ("register", "login", "refresh", "forgot", "reset")},
    "shop": {
        *("POST /register", "POST /token", "POST /session", "POST /password-reset", "POST /password-reset/confirm"),
        *("GET /public-key", "GET /.well-known/jwks.json"),
        *("GET /products", "GET /products/search", "GET /products/{product_id}"),
    },
    "people_api": set(),
}
"""What is open to anybody."""

APPS = {
    "noteboard": (noteboard.mended_app, enter_noteboard),
    "shop": (shop.mended_app, enter_shop),
    "people_api": (people_api.mended_app, enter_people_api),
}
LEAVES = {"/me", "/auth/logout", "/session", "/me/key"}
"""Routes after which the caller is not signed in any more, where they are asked rightly."""


def routes(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and what the document says of each route."""
    for path, methods in app.openapi()["paths"].items():
        for method, about in methods.items():
            yield method.upper(), path, about


def fields(app: FastAPI, about: dict[str, Any]) -> list[str]:
    """The names that a body may have."""
    schema = about.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return list(app.openapi()["components"]["schemas"].get(name, {}).get("properties", ()))


def odd_requests(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Odd texts, odd values in every field, in paths and in queries, for every route."""
    as_json = {"headers": {"Content-Type": "application/json"}}
    for method, path, about in routes(app):
        if path in LEAVES and method in {"DELETE", "POST"}:
            continue
        plain = path.replace("{", "").replace("}", "")
        for text in ODD_TEXTS:
            yield method, plain, {"content": text} | as_json
        for value in ODD_VALUES:
            yield method, plain, {"params": dict.fromkeys(QUERIED, str(value)[:900])}
            for field in fields(app, about):
                yield method, plain, {"json": {field: value}}
        for part in ODD_PARTS:
            yield method, plain + part, {}


@pytest.mark.parametrize(
    "name", ["people_api", *(pytest.param(name, marks=pytest.mark.heavy) for name in ("noteboard", "shop"))]
)
def test_nothing_odd_ends_in_an_error(name: str) -> None:
    """Each is refused or taken, quietly, and every answer has its headers."""
    make, enter = APPS[name]
    app = make()
    client = TestClient(app, follow_redirects=False)
    client.headers.update(enter(client))
    failed: list[str] = []
    for method, path, more in odd_requests(app):
        answer = client.request(method, path, **more)
        dressed = all(answer.headers.get(header) == value for header, value in HEADERS.items())
        told = "Traceback" in answer.text or " at 0x" in answer.text
        if answer.status_code >= 500 or not dressed or told:
            failed.append(f"{method} {path} {answer.status_code} {str(more)[:80]}")
    assert failed == []
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize("name", sorted(APPS))
def test_nothing_is_open_but_the_ways_in(name: str) -> None:
    """Without a token the rest is 401, whatever the body; documents and hidden routes are not there."""
    app = APPS[name][0]()
    client = TestClient(app)
    open_ = {f"{method} {path}" for method, path, _ in routes(app) if client.request(method, path).status_code != 401}
    assert open_ == OPEN[name]
    hidden = ("/docs", "/redoc", "/openapi.json", "/debug/people", "/internal/state")
    assert {client.get(path).status_code for path in hidden} == {404}


@pytest.mark.parametrize("name", sorted(APPS))
def test_garbage_as_a_token_is_refused(name: str) -> None:
    """However it is made, and wherever it is sent."""
    client = TestClient(APPS[name][0]())
    for token in ODD_TOKENS:
        for header, value in (("Authorization", f"Bearer {token}"), ("X-API-Key", token), ("X-Session", token)):
            raw = {header.encode(): value.encode("latin-1")}
            assert client.get("/me", headers=raw).status_code == 401


def test_strangers_do_not_lock_the_owner_out() -> None:
    """Guesses from elsewhere are refused after a while, and the owner signs in from where the owner did before."""
    app = noteboard.mended_app()
    owner = TestClient(app, client=("10.0.0.1", 4000))
    enter_noteboard(owner)
    guess = {"email": "mira@example.com", "password": "wrong"}
    strangers = [TestClient(app, client=(f"10.0.1.{number}", 4000)) for number in range(12)]
    answers = [client.post("/auth/login", json=guess).status_code for client in strangers for _ in range(9)]
    assert (answers[:8], answers[8], answers[-1]) == ([401] * 8, 429, 429)
    assert owner.post("/auth/login", json=guess | {"password": PASSWORD}).status_code == 200
