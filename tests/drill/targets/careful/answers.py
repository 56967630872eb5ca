"""Answers: each carries the headers that browsers heed, and none tells what went wrong inside."""

import logging
import traceback
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
log = logging.getLogger(__name__)


class Answers:
    """Stands outside of everything else of the app, so that its errors pass through here too."""

    def __init__(self, app: ASGIApp, telling: bool = False) -> None:
        self.app = app
        self.telling = telling

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers; answer what nobody else did."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def dressed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, dressed)
        except Exception as error:  # whatever it is, the caller is told that there was one and nothing of it
            if begun:
                raise
            log.error("A request failed: %s", type(error).__name__)  # noqa: TRY400  # its text may hold what was sent
            await self._failed()(scope, receive, dressed)

    def _failed(self) -> Response:
        if self.telling:
            return PlainTextResponse(traceback.format_exc(), 500)
        return JSONResponse({"detail": "Something went wrong here."}, 500)


def answer_invalid(app: FastAPI) -> None:
    """Say of invalid input where it is invalid, and repeat nothing of it."""

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        found: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
        return JSONResponse({"detail": [_place(each) for each in found[:10]]}, 422)

    app.add_exception_handler(RequestValidationError, invalid)


def _place(found: dict[str, Any]) -> dict[str, Any]:
    surplus = found["type"] == "extra_forbidden"  # its name is the caller's own text
    return {"loc": [str(part) for part in found["loc"][: 1 if surplus else 3]], "type": found["type"]}
