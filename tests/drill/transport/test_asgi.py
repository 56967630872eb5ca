"""An app in this process is asked as a server would ask it."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi import Request as Asked
from starlette.responses import StreamingResponse

from buckler.drill.transport.asgi import InProcess, StartFailed, started
from buckler.drill.transport.request import Request


def _app() -> FastAPI:
    app = FastAPI()

    @app.post("/echo/{name}")
    async def echo(name: str, asked: Asked) -> dict[str, Any]:
        client = asked.client
        assert client is not None
        return {
            "name": name,
            "query": str(asked.query_params),
            "body": (await asked.body()).decode(),
            "from": client.host,
        }

    @app.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    @app.get("/never")
    async def never() -> None:
        await asyncio.Event().wait()

    @app.get("/parts")
    async def parts() -> StreamingResponse:
        return StreamingResponse(iter([b"one ", b"two"]), media_type="text/plain")

    return app


async def _asked(request: Request, within: float = 5.0) -> Any:
    return await InProcess(_app()).carry(request, address="127.7.7.7", within=within)


async def test_everything_arrives() -> None:
    """Path, query, body and the client's address are what the request and its caller say."""
    answer = await _asked(
        Request("POST", "/echo/a%2Fb%20c", "x=1&y=%20", (("Content-Type", "text/plain"),), b"long" * 40000)
    )
    assert answer.status == 404, "an encoded slash is a slash to Starlette's router"
    answer = await _asked(Request("POST", "/echo/a%20c", "x=1&y=%20", (), b"long" * 40000))
    assert answer.json() == {"name": "a c", "query": "x=1&y=+", "body": "long" * 40000, "from": "127.7.7.7"}


async def test_an_error_that_leaves_the_app_is_told_with_its_answer() -> None:
    """Starlette sends a bare 500 and raises on: both are known."""
    answer = await _asked(Request("GET", "/broken"))
    assert (answer.status, answer.failure, answer.broke) == (500, "the app raised ZeroDivisionError", True)


async def test_no_answer_in_time_is_an_answer_that_never_came() -> None:
    """An endpoint that waits for ever is left."""
    answer = await _asked(Request("GET", "/never"), 0.05)
    assert (answer.status, answer.failure) == (0, "no answer within 0.05 s")


async def test_parts_are_put_together() -> None:
    """An answer that is streamed is one answer."""
    answer = await _asked(Request("GET", "/parts"))
    assert (answer.text, answer.media, answer.is_html) == ("one two", "text/plain", False)


async def test_the_lifespan_runs_around_it_all() -> None:
    """What an app opens at its start it has while it is asked, and it is closed after."""
    seen: list[str] = []

    @asynccontextmanager
    async def life(_app: FastAPI) -> Any:
        seen.append("opened")
        yield {"shelf": "full"}
        seen.append("closed")

    app = FastAPI(lifespan=life)

    @app.get("/shelf")
    async def shelf(asked: Asked) -> str:
        return str(asked.state.shelf)

    async with started(app) as carrier:
        assert (await carrier.carry(Request("GET", "/shelf"), address="127.0.0.1", within=5)).json() == "full"
    assert seen == ["opened", "closed"]


async def test_a_start_that_fails_says_why() -> None:
    """Whoever drills an app that cannot start is told so, and nothing is attacked."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> Any:
        raise RuntimeError("no database")
        yield

    with pytest.raises(StartFailed, match="no database"):
        async with started(FastAPI(lifespan=life)):
            pass


async def test_how_much_of_a_body_was_taken_is_known() -> None:
    """An app that reads to the end takes all of it; one that answers without a look takes nothing."""
    whole, unread = b"long" * 40_000, Request("POST", "/nowhere", body=b"long" * 40_000)
    assert (await _asked(Request("POST", "/echo/a", body=whole))).taken == len(whole)
    assert (await _asked(unread)).taken == 0
