"""What an app gives that is no answer ends its request, and nothing else."""

import asyncio
from typing import Any

import pytest

from buckler.drill.transport.asgi import InProcess
from buckler.drill.transport.request import Request


class Stop(BaseException):
    """What an app may call its own end."""


@pytest.mark.parametrize(
    "raised",
    [
        asyncio.CancelledError(),
        SystemExit(),
        KeyboardInterrupt(),
        ZeroDivisionError(),
        Stop(),
        BaseExceptionGroup("several", [asyncio.CancelledError()]),
    ],
    ids=lambda raised: type(raised).__name__,
)
async def test_an_app_cannot_end_the_drill(raised: BaseException) -> None:
    """Whatever it raises is an answer that never came."""

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        raise raised

    answer = await InProcess(app).carry(Request("GET", "/"), address="127.0.0.1", within=1)
    assert (answer.status, answer.failure) == (0, f"the app raised {type(raised).__name__}")


@pytest.mark.parametrize("status", [10**5000, 99, 1000, -1], ids=["endless", "two digits", "four digits", "negative"])
async def test_a_status_that_is_none_is_no_answer(status: int) -> None:
    """A server would send none of these."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    answer = await InProcess(app).carry(Request("GET", "/"), address="127.0.0.1", within=1)
    assert (answer.status, answer.failure) == (0, "the app raised ValueError")
