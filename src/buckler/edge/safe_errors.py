"""Errors that tell the caller what to mend and nothing about the inside (RFC 9457; ASVS 16.5.1).

- What the app raises as an HTTP error keeps its status, headers and words.
- A body that does not fit is 422 with `type`, `loc` and `msg` of at most 20 errors and 8 kB; what
  was sent is never sent back. The text of a `ValueError` raised in a validator is not told: it may
  quote the value, as that of `int("...")` does. `PydanticCustomError` has words for the public.
- Every 5xx has our own body: a traceback, even one in debug mode, never leaves.

Handlers that the app registered itself keep their place.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from fastapi import FastAPI
from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    websocket_request_validation_exception_handler,
)
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from pydantic_core.core_schema import ErrorType
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from buckler.asgi import Exchange, Message, exchange_of
from buckler.defence import Departure
from buckler.errors import BODILESS, MEDIA_TYPE, Refusal, bare
from buckler.events import EventLog
from buckler.input.faults import FAULTS
from buckler.redact import plain
from buckler.refused import Refused

_MOST_ERRORS: Final = 20
_MOST_BYTES: Final = 8192
_LONGEST_TEXT: Final = 200
_LONGEST_PLACE: Final = 64
_NOT_ACCEPTED: Final = "The value is not accepted."
_QUOTING: Final = frozenset(
    (
        "assertion_error",
        "datetime_object_invalid",
        "get_attribute_error",
        "import_error",
        "iteration_error",
        "mapping_type",
        "no_such_attribute",
        "union_tag_invalid",
        "uuid_parsing",
        "value_error",
    )
)
"""Kinds of error whose words come from the input, or from an exception that may quote it."""
_KNOWN: Final = frozenset(get_args(ErrorType)) - _QUOTING | FAULTS.keys()
"""Kinds whose words pydantic's core, or our own field types, write without the input."""
_SHORTEST_FRAGMENT: Final = 4
_ABOUT_BODY: Final = (b"content-length", b"content-type")


class SafeErrors(Departure):
    """Replaces the body of every 5xx, and answers in problem documents where the app does not."""

    name = "safe-errors"
    completes_refusals = False
    judges_plain_answers = False

    def __init__(self, events: EventLog) -> None:
        self._events = events

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        if start.get("status", 0) >= 500:
            waits = [pair for pair in start.get("headers", ()) if pair[0] == b"retry-after"]
            return bare(start["status"]).with_headers(*waits)
        return None

    def install(self, app: FastAPI) -> None:
        """Take the place of FastAPI's own handlers, never of the app's."""
        handlers: dict[Any, Any] = app.exception_handlers
        for kind, theirs, ours in (
            (HTTPException, http_exception_handler, self._answer_error),
            (RequestValidationError, request_validation_exception_handler, self._answer_invalid),
            (WebSocketRequestValidationError, websocket_request_validation_exception_handler, self._close_invalid),
        ):
            if handlers.get(kind) in (None, theirs):
                handlers[kind] = ours

    async def _answer_error(self, request: Request, error: HTTPException) -> Response:
        if not isinstance(error, Refused):
            return _response(request, _refusal_of(error))
        exchange = exchange_of(request.scope)
        if exchange is not None:
            exchange.refusal = error.refusal
        return _response(request, error.refusal)

    async def _close_invalid(self, websocket: WebSocket, error: WebSocketRequestValidationError) -> None:
        self._events.emit("input_validation_fail", exchange_of(websocket.scope), errors=len(error.errors()))
        await websocket.close(1008)

    async def _answer_invalid(self, request: Request, error: RequestValidationError) -> Response:
        errors = _fitting([_told(each) for each in error.errors()[:_MOST_ERRORS]])
        self._events.emit("input_validation_fail", exchange_of(request.scope), errors=len(error.errors()))
        refusal = Refusal(
            422, "invalid-input", "The request does not fit what this route takes.", extra=(("errors", errors),)
        )
        return _response(request, refusal)


def _refusal_of(error: HTTPException) -> Refusal:
    plainly = bare(error.status_code, error.headers)
    detail: Any = error.detail  # FastAPI's own subclass takes more than a text
    if isinstance(detail, str):
        return Refusal(plainly.status, plainly.code, detail, plainly.headers)
    return Refusal(plainly.status, plainly.code, plainly.detail, plainly.headers, extra=(("errors", detail),))


def _is_told_freely(error: Mapping[str, Any], kind: str) -> bool:
    """Whether the words of an app's own kind of error (`PydanticCustomError`) repeat nothing of what was sent."""
    sent = error.get("input")
    if kind in _QUOTING or not isinstance(sent, str | int | float | None):
        return False
    words = str(error.get("msg", "")).casefold()
    fragments = re.findall(r"\w+", str(sent).casefold())
    return not any(fragment in words for fragment in fragments if len(fragment) >= _SHORTEST_FRAGMENT)


def _told(error: Mapping[str, Any]) -> dict[str, object]:
    kind, place = str(error.get("type", "")), error.get("loc", ())
    words = str(error.get("msg", "")) if kind in _KNOWN or _is_told_freely(error, kind) else _NOT_ACCEPTED
    return {
        "type": plain(kind)[:_LONGEST_TEXT],
        "loc": [part if isinstance(part, int) else plain(str(part))[:_LONGEST_PLACE] for part in place[:8]],
        "msg": plain(words)[:_LONGEST_TEXT],
    }


def _fitting(errors: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """As many of `errors` as fit the answer: names of fields in it may be long, and may be the caller's."""
    kept: list[dict[str, object]] = []
    room = _MOST_BYTES
    for each in errors:
        room -= len(json.dumps(each))
        if room < 0:
            break
        kept.append(each)
    return kept


def _response(request: Request, refusal: Refusal) -> Response:
    if refusal.status in BODILESS or refusal.status < 200:
        response = Response(status_code=refusal.status)
    else:
        exchange = exchange_of(request.scope)
        body = refusal.body(exchange.id if exchange is not None else "")
        response = Response(body, refusal.status, media_type=MEDIA_TYPE.decode())
    response.raw_headers.extend(pair for pair in refusal.headers if pair[0] not in _ABOUT_BODY)
    return response
