"""Apps are started and stopped as a server does it."""

import pytest
from bench.exchange import Receive, Scope, Send
from bench.lifespan import StartError, running
from fastapi import FastAPI


async def test_start_and_stop_reach_the_app() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for step in ("startup", "shutdown"):
            seen.append((await receive())["type"])
            await send({"type": f"lifespan.{step}.complete"})

    async with running(app):
        assert seen == ["lifespan.startup"]
    assert seen == ["lifespan.startup", "lifespan.shutdown"]


async def test_a_real_app_runs() -> None:
    async with running(FastAPI()):
        pass


async def test_an_app_that_will_not_start_says_why() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "lifespan.startup.failed", "message": "no key"})

    with pytest.raises(StartError, match="no key"):
        async with running(app):
            pass


async def test_an_app_that_raises_is_not_mistaken_for_one_that_runs() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        async with running(app):
            pass
