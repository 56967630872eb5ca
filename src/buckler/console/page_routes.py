"""Routes of pages: plain ones, each with what it declares (ASVS 8.1.1)."""

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Final

from fastapi.params import Security
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.callers.session_cookie import credential_cookie
from buckler.access.declarations.declaration import FormTokenCheck
from buckler.access.declarations.declaring import Accepts, Declared, Public, Requires
from buckler.access.declarations.guarded import guarded
from buckler.access.guard.csrf import NO_TOKEN
from buckler.access.guard.requirements import SIGN_IN
from buckler.asgi import exchange_of
from buckler.console.forms import was_compared
from buckler.refused import Refused

Endpoint = Callable[[Request], Awaitable[Response]]

LARGEST_FORM: Final = "16 kB"
_SIZE: Final = Accepts(max_body=LARGEST_FORM)
_TOKEN: Final = Declared(FormTokenCheck("the console"))


def show_page(path: str, endpoint: Endpoint, *needs: str, limits: Sequence[Security] = ()) -> Route:
    """A page for whoever is signed in and has these permissions."""
    return _route(path, _by_session(endpoint), "GET", (Requires(*needs), *limits))


def take_form(path: str, endpoint: Endpoint, *needs: str, limits: Sequence[Security] = ()) -> Route:
    """A form of theirs. Its page compares the token itself, so that what was typed is not lost.

    One that forgot to never answers: the request is refused with `csrf-token` (ASVS 3.5.1).
    """
    return _route(path, _by_session(_refusing_unread(endpoint)), "POST", (Requires(*needs), _TOKEN, _SIZE, *limits))


def show_to_all(path: str, endpoint: Endpoint, why: str) -> Route:
    """A page for anybody."""
    return _route(path, endpoint, "GET", (Public(why),))


def take_from_anybody(path: str, endpoint: Endpoint, why: str, *, limits: Sequence[Security] = ()) -> Route:
    """A form for anybody: sent from our own pages alone, as the guard sees to (`access/guard/csrf.py`)."""
    return _route(path, endpoint, "POST", (Public(why), _SIZE, *limits))


def _by_session(endpoint: Endpoint) -> Endpoint:
    """For whoever signed in here alone: a bearer token, perhaps of a foreign issuer, is for the API."""

    @wraps(endpoint)
    async def asked(request: Request) -> Response:
        exchange = exchange_of(request.scope)
        # Whoever came with neither is a caller of a test (`acting_as`): nobody else is signed in without one of them.
        if exchange is None or (credential_cookie(exchange) is None and b"authorization" in exchange.headers):
            raise Refused(SIGN_IN)
        return await endpoint(request)

    return asked


def _refusing_unread(endpoint: Endpoint) -> Endpoint:
    @wraps(endpoint)
    async def compared(request: Request) -> Response:
        answer = await endpoint(request)
        if was_compared(request):
            return answer
        exchange = exchange_of(request.scope)
        if exchange is not None:
            # From here nothing else may leave, whatever stands around this route.
            exchange.refusal, exchange.reason = NO_TOKEN, "the page compared no token"
        raise Refused(NO_TOKEN)

    return compared


def _route(path: str, endpoint: Endpoint, method: str, declared: Sequence[Security]) -> Route:
    return Route(path, guarded(endpoint, *declared), methods=[method], include_in_schema=False)
