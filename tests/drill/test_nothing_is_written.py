"""Without `--writes` a server is asked for nothing that changes something: what arrives there is the proof."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from buckler.drill.attacks.selection import select
from buckler.drill.plan.document import read_document
from buckler.drill.plan.line import Line, options_of
from buckler.drill.server import drill_url
from buckler.drill.wanted import Wanted
from tests.drill.reports.repeating.notes_app import by_cookie, by_token


class Watched:
    """An app, and every request to it that is not safe (RFC 9110 section 9.2.1, RFC 4918)."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.unsafe: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve it, and remember it."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND"):
            self.unsafe.append(f"{scope['method']} {scope['path']}")
        await self._app(scope, receive, send)


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The address of a server with this app, in this loop."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    sockets = [server.config.bind_socket()]
    sockets[0].listen()  # Whoever comes before the server is ready waits, and is not refused.
    serving = asyncio.create_task(server.serve(sockets))
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@pytest.mark.parametrize("make", [by_token, pytest.param(by_cookie, marks=pytest.mark.heavy)])
async def test_only_a_sign_in_that_was_told_is_sent(make: Any) -> None:
    """No account is made, no note is written; whoever was named signs in, and that is all. With `--writes` it is."""
    app = make()
    with TestClient(app) as client:
        for name in ("ada", "ben"):
            client.post("/register", json={"username": name, "password": f"{name}-password"})
    line = Line(login="POST /login json username password", user=("ada:ada-password", "ben:ben-password"))
    options = options_of(None, line, {})
    attacks = {False: select(by_url=True), True: select(("D103", "D505"), by_url=True)}
    sent: dict[bool, set[str]] = {}
    for writes in (False, True):
        watched, wanted = Watched(app), Wanted(attacks[writes], 60, options=options)
        async with served(watched) as base:
            report = await drill_url(base, read_document(app.openapi()), wanted, writes=writes)
        assert {"ada", "ben"} <= set(report.identities), report.notes
        sent[writes] = set(watched.unsafe)
    assert sent[False] == {"POST /login"}
    assert {"POST /login", "POST /register", "POST /notes"} <= sent[True]
