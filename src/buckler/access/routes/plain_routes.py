"""Serving a plain route without FastAPI's general route handler, which is three quarters of what FastAPI costs.

That handler is made for routes that read bodies, solve dependencies, stream and clean up. A route that does none of it
needs its endpoint called and its answer validated and written, which is what this does, with FastAPI's own field for
the answer. A route is plain when all of this holds; every other goes FastAPI's way, and so does one request whose path
or query does not fit, or that is traced:

- An `APIRoute` as FastAPI makes it, with an `async def` endpoint and a response model, answered as JSON.
- It reads nothing but its path and its query. The guard has taken its declarations out of the dependencies, and none
  are left.
- FastAPI's functions for routes are FastAPI's own when the app starts: a tool that watches by replacing them before
  goes on seeing every request.

What is raised goes through Starlette's own handling of exceptions, and an answer that the endpoint made itself is sent
by itself. `tests/access/routes/test_plain_routes.py` compares the answers of both ways.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from types import FunctionType
from typing import Any, Final

import fastapi.routing
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import ResponseValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import request_response

from buckler.access.declarations.callables import is_awaited, is_iterated
from buckler.access.fields import fields
from buckler.access.guard.guard import Serve
from buckler.access.routes.handover import CONNECTION
from buckler.asgi import Receive, Scope, Send
from buckler.errors import BODILESS
from buckler.fastapi_scope import TELEMETRY

_WATCHED: Final = ("get_request_handler", "request_response", "run_endpoint_function", "serialize_response")
"""FastAPI's functions for routes that tools replace to watch them."""
_JSON: Final = (b"content-type", b"application/json")
_RESET: Final = 205

Dump = Callable[[Any], bytes]


def plain_serving(route: object, described: Any) -> Serve | None:
    """How to serve `route` if it is plain, else None. `described` is the route, or its inclusion in another router."""
    dependant: Dependant | None = getattr(described, "dependant", None)
    if type(route) is not APIRoute or dependant is None:
        return None
    # Older versions make the app of an inclusion anew for each request, from the route's own handler.
    if not _is_untouched(getattr(described, "app", None) or route.app):
        return None
    field, call = described.response_field, dependant.call
    if field is None or not hasattr(field, "serialize_json") or call is None or not _is_awaited_once(call):
        return None
    status = described.status_code or 200
    if not isinstance(described.response_class, DefaultPlaceholder) or not _has_body(status):
        return None
    if not _reads_address_alone(dependant) or getattr(described, "max_body_size", None) is not None:
        return None
    dump = partial(
        field.serialize_json,
        include=described.response_model_include,
        exclude=described.response_model_exclude,
        by_alias=described.response_model_by_alias,
        exclude_unset=described.response_model_exclude_unset,
        exclude_defaults=described.response_model_exclude_defaults,
        exclude_none=described.response_model_exclude_none,
    )
    return _PlainRoute(call, dependant, field, dump, status).serve


class _PlainRoute:
    def __init__(
        self,
        call: Callable[..., Awaitable[Any]],
        reads: Dependant,
        field: Any,
        dump: Callable[[Any], bytes],
        status: int,
    ) -> None:
        self._call = call
        self._connection = reads.http_connection_param_name
        self._path = reads.path_params
        self._query = reads.query_params
        self._validate = field.validate
        self._dump = dump
        self._status = status

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> bool:
        if scope.get(TELEMETRY) is not None:
            return False
        values: dict[str, Any] = {}
        if self._path or self._query:
            values, errors = self._read(scope)
            if errors:
                return False
        if self._connection is not None:
            values[self._connection] = HTTPConnection(scope)
        try:
            answer = await self._call(**values)
            given = isinstance(answer, Response)
            body = b"" if given else self._written(answer)
        except Exception as error:  # noqa: BLE001 - Starlette's handling decides what becomes of it
            await request_response(partial(_raised, error))(scope, receive, send)
            return True
        if given:
            await request_response(partial(_given, answer))(scope, receive, send)
            return True
        headers = [(b"content-length", b"%d" % len(body)), _JSON]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return True

    def _read(self, scope: Scope) -> tuple[dict[str, Any], list[Any]]:
        """What the endpoint takes, and what of it does not fit, as FastAPI reads it."""
        values, errors = request_params_to_args(self._path, scope["path_params"])
        if self._query and not errors:
            queried, errors = request_params_to_args(self._query, QueryParams(scope["query_string"]))
            values |= queried
        return values, errors

    def _written(self, answer: object) -> bytes:
        value, errors = self._validate(answer, {}, loc=("response",))
        if errors:
            raise ResponseValidationError(errors=errors, body=answer)
        return self._dump(value)


async def _given(answer: Response, _: Request) -> Response:
    return answer


async def _raised(error: Exception, _: Request) -> Response:
    raise error


def _is_awaited_once(call: Any) -> bool:
    return is_awaited(call) and not is_iterated(call)


def _has_body(status: int) -> bool:
    return status >= 200 and status not in (*BODILESS, _RESET)


def _reads_address_alone(dependant: Dependant) -> bool:
    if dependant.dependencies or dependant.body_params or dependant.header_params or dependant.cookie_params:
        return False
    if dependant.http_connection_param_name not in (None, CONNECTION, fields.CONNECTION):
        # What FastAPI keeps in the scope beside a request is there on its own way alone.
        return False
    names = (
        dependant.request_param_name,
        dependant.websocket_param_name,
        dependant.response_param_name,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
    )
    return not any(names)


def _is_untouched(app: object) -> bool:
    """Whether FastAPI's way is FastAPI's own, for this route and at all."""
    functions = [getattr(fastapi.routing, name, None) for name in _WATCHED]
    return all(_is_of(each, fastapi.routing) for each in (app, *functions))


def _is_of(function: object, module: Any) -> bool:
    return isinstance(function, FunctionType) and function.__code__.co_filename == module.__file__
