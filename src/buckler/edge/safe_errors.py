"""Errors that tell the caller what to mend and nothing about the inside (RFC 9457; ASVS 16.5.1).

- What the app raises as an HTTP error keeps its status, headers and words; what is more than a text stands in `info`.
- A body that does not fit is 422 with `type`, `loc` and `msg` of at most 20 errors and 8 kB; what
  was sent is never sent back. The text of a `ValueError` raised in a validator is not told: it may
  quote the value, as that of `int("...")` does. Of `PydanticCustomError` the words are told where they share
  nothing with what was sent; the name of a kind proves nothing, and an app may give its own one of pydantic's or ours.
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
from pydantic_core import PydanticKnownError
from pydantic_core.core_schema import ErrorType
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from buckler.asgi import Exchange, Message, exchange_of
from buckler.defence import Departure
from buckler.edge.error_pages import OF_THE_APP, navigates, page
from buckler.errors import BODILESS, MEDIA_TYPE, Refusal, bare
from buckler.events import EventLog
from buckler.input.faults import FAULTS, Words
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
        "bytes_invalid_encoding",
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
_KNOWN: Final = frozenset(get_args(ErrorType)) - _QUOTING
"""Kinds whose words pydantic's core writes without the input."""
_NO_JSON: Final = (
    "This route takes JSON, and the body was not sent as such: name it with Content-Type: application/json."
)
_WANTS_JSON: Final = frozenset(("dataclass_type", "dict_type", "list_type", "model_attributes_type", "model_type"))
"""What pydantic says of bytes in the place of a JSON value."""
_SHORTEST: Final = 3
_ABOUT_BODY: Final = (b"content-length", b"content-type")
_WHEN: Final = re.compile(
    rb"[0-9]{1,9}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
)
"""Seconds, or a date as RFC 9110 section 5.6.7 wants it written."""


class SafeErrors(Departure):
    """Replaces the body of every 5xx, and answers in problem documents where the app does not."""

    name = "safe-errors"
    completes_refusals = False
    judges_plain_answers = False

    def __init__(self, events: EventLog) -> None:
        self._events = events

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        if start.get("status", 0) >= 500:
            waits = [(bytes(name), bytes(value)) for name, value in start.get("headers", ()) if _says_when(name, value)]
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
            exchange.refusal, exchange.reason = error.refusal, error.reason or exchange.reason
        return _response(request, error.refusal)

    async def _close_invalid(self, websocket: WebSocket, error: WebSocketRequestValidationError) -> None:
        self._events.emit("input_validation_fail", exchange_of(websocket.scope), errors=len(error.errors()))
        await websocket.close(1008)

    async def _answer_invalid(self, request: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        errors = _fitting([_told(each) for each in found[:_MOST_ERRORS]])
        self._events.emit("input_validation_fail", exchange_of(request.scope), errors=len(found))
        words = _NO_JSON if _is_unread_json(error.body, found) else "The request does not fit what this route takes."
        return _response(request, Refusal(422, "invalid-input", words, extra=(("errors", errors),)))


def _says_when(name: bytes, value: bytes) -> bool:
    """Whether a header line is a `Retry-After` that can be sent as it stands. Nothing else of a 5xx is kept."""
    return name.lower() == b"retry-after" and _WHEN.fullmatch(value) is not None


def _refusal_of(error: HTTPException) -> Refusal:
    plainly = bare(error.status_code, error.headers)
    detail: Any = error.detail  # FastAPI's own subclass takes more than a text
    if detail == plainly.title:
        return plainly  # Starlette's own words where the app had none
    if isinstance(detail, str):
        return Refusal(plainly.status, plainly.code, detail, plainly.headers)
    return Refusal(plainly.status, plainly.code, plainly.detail, plainly.headers, extra=(("info", detail),))


def _is_unread_json(body: object, errors: Sequence[Any]) -> bool:
    """Whether the body stayed bytes, as FastAPI leaves it under another type, where a JSON value was wanted."""
    return isinstance(body, bytes) and any(
        tuple(each.get("loc", ())) == ("body",) and each.get("type") in _WANTS_JSON for each in errors
    )


def _told(error: Mapping[str, Any]) -> dict[str, object]:
    kind, place = str(error.get("type", "")), error.get("loc", ())
    return {
        "type": plain(kind)[:_LONGEST_TEXT],
        "loc": [part if isinstance(part, int) else plain(str(part))[:_LONGEST_PLACE] for part in place[:8]],
        "msg": plain(_words(error, kind))[:_LONGEST_TEXT],
    }


def _words(error: Mapping[str, Any], kind: str) -> str:
    """What is told of an error. Its kind is a name that anybody may give: it alone proves nothing of the words."""
    words = str(error.get("msg", ""))
    context: dict[str, Any] = error.get("ctx") or {}
    if kind in FAULTS:
        own = context.get("words")
        return own if type(own) is Words else FAULTS[kind]
    if kind in _QUOTING:
        return _NOT_ACCEPTED
    is_plain = _is_pydantics(kind, words, context, error) if kind in _KNOWN else not _repeats(words, error)
    return words if is_plain else _NOT_ACCEPTED


def _is_pydantics(kind: Any, words: str, context: dict[str, Any], error: Mapping[str, Any]) -> bool:
    """Whether `words` are what pydantic's core itself makes of this context, and what was sent is not in that."""
    sent = error.get("input")
    if isinstance(sent, str) and len(sent) >= _SHORTEST:
        texts = [each for each in context.values() if isinstance(each, str)]
        if any(sent in each or (len(each) >= _SHORTEST and each in sent) for each in texts):
            return False
    try:
        return words == PydanticKnownError(kind, context or None).message()
    except (KeyError, TypeError, ValueError):
        return False  # fail closed: another's words under pydantic's name


def _repeats(words: str, error: Mapping[str, Any]) -> bool:
    """Whether an app's own words may repeat something of what was sent: four characters in a row, three of a number.

    Of what is shorter, or is no text and no number, nobody can say.
    """
    sent, told = error.get("input"), words.casefold()
    if sent is None:
        return False
    if not isinstance(sent, str | int | float):
        return True
    text = str(sent).casefold()
    if len(text) < _SHORTEST or text in told:
        return True
    longer, shorter = _windows(told, _SHORTEST + 1), _windows(told, _SHORTEST)
    return any(each in text for each in longer) or any(each in text for each in shorter if _has_digit(each))


def _windows(text: str, width: int) -> set[str]:
    """Every stretch of `text` that is so wide and no blank: few, whatever was sent."""
    return {text[at : at + width] for at in range(min(len(text), _LONGEST_TEXT) - width + 1)}


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


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
        if exchange is not None and refusal.status >= 400 and navigates(exchange):
            response = Response(page(refusal, exchange), refusal.status, media_type="text/html")
            response.raw_headers.extend(OF_THE_APP)
        else:
            body = refusal.body(exchange.id if exchange is not None else "")
            response = Response(body, refusal.status, media_type=MEDIA_TYPE.decode())
    response.raw_headers.extend(pair for pair in refusal.headers if pair[0] not in _ABOUT_BODY)
    return response
