"""A workshop of small routes that take values: each flaw of input planted by its name, or none."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.drill.attacks.input.workshop import database, elsewhere, kinds, numbers, pages, programs


def workshop(*flaws: str) -> FastAPI:
    """The app with these flaws."""
    app = FastAPI(openapi_url=None)
    if "echoed-refusal" not in flaws:
        app.add_exception_handler(RequestValidationError, not_valid)
    if "traces" in flaws:
        app.add_middleware(Traces)
    for room in (database, programs, elsewhere, pages, numbers, kinds):
        room.add_to(app, frozenset(flaws))
    return app


def not_valid(_request: Request, _error: Exception) -> JSONResponse:
    """What was sent is not sent back: not all of it can be written."""
    return JSONResponse({"detail": "not valid"}, 422)


class Traces:
    """Tells the trace of every crash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and tell."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            told: dict[str, Any] = {"error": f'Traceback (most recent call last):\n  File "app.py", line 1\n{error!r}'}
            await JSONResponse(told, 500)(scope, receive, send)
