"""The mended clinic and the mended tools bear whatever is sent: no 5xx, every header, nothing told."""

import json
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.drill.targets import clinic, tools

PERSON = {"email": "ada@mail.example", "name": "ada", "password": "seven green lanterns at dusk"}
TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/\xff")
TEXTS = (
    b"[" * 50_000,
    b"a=%00&" * 3000,
    b"--x--",
    b"\xff\xfe",
    b'{"a": NaN}',
    b"x" * 70_000,
    b"a=%ff",
)
VALUES: tuple[object, ...] = (
    "\x00",
    "\ud800",
    "9" * 500,
    "x" * 5000,
    "{{ 7 }}",
    "\r\nX: y",
    None,
    True,
    10**30,
    [],
    {"$ne": None},
)
PARTS = ("%00", "%ff", "..%2f..", "9" * 400, "-1")
HEADERS = ("x-content-type-options", "x-frame-options", "content-security-policy", "strict-transport-security")


def at_clinic(client: TestClient) -> None:
    client.post("/register", data=PERSON)
    client.post("/login", data={name: PERSON[name] for name in ("email", "password")})


def at_tools(client: TestClient) -> None:
    client.post("/register", json=PERSON)
    answer = client.post("/login", json={name: PERSON[name] for name in ("email", "password")})
    client.headers["authorization"] = f"Bearer {answer.json()['token']}"


def requests(app: FastAPI) -> Iterator[tuple[str, str, bytes, str]]:
    """Method, path, body and content type of everything odd."""
    document = app.openapi()
    for path, methods in document["paths"].items():
        plain = re.sub(r"{\w+}", "1", path)
        for method, about in methods.items():
            schema = re.search(r"schemas/(\w+)", json.dumps(about.get("requestBody", "")))
            names = document["components"]["schemas"][schema[1]]["properties"] if schema else ()
            bodies = zip(TEXTS, (*TYPES, *TYPES), strict=False) if schema else ()
            yield from ((method, plain, text, kind) for text, kind in bodies)
            filled = (json.dumps(dict.fromkeys(names, it)).encode() for it in VALUES if names)
            yield from ((method, plain, body, TYPES[0]) for body in filled)
            for part in PARTS:
                query = "&".join(f"{name}={part}" for name in ("q", "next", "name", "code", "limit", "days"))
                yield method, re.sub(r"{\w+}", part, path) + f"?{query}", b"", TYPES[0]


@pytest.mark.parametrize("name", ["clinic", "tools"])
def test_nothing_odd_ends_in_an_error(name: str) -> None:
    """Whoever is signed in sends it, wherever a route is."""
    app = {"clinic": clinic, "tools": tools}[name].mended_app()
    bad: list[str] = []
    with TestClient(app, "https://here.example", raise_server_exceptions=False, follow_redirects=False) as client:
        {"clinic": at_clinic, "tools": at_tools}[name](client)
        assert client.get({"clinic": "/api/me", "tools": "/me"}[name]).status_code == 200
        for method, path, body, kind in requests(app):
            if path.startswith("/logout"):
                continue
            headers = {b"content-type": kind.encode("latin-1")}
            answer = client.request(method, path, content=body, headers=headers)
            dressed = all(header in answer.headers for header in HEADERS)
            if answer.status_code >= 500 or not dressed or "Traceback" in answer.text:
                bad.append(f"{answer.status_code} {method} {path[:60]} {body[:40]!r} {kind}")
    assert bad == []
