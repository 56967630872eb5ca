"""What a careful team glues by hand: the tutorial's chain, slowapi, starlette-csrf, secure, a loguru line.

Each package is used as its own README shows today; each is given what makes it cheap where
there is a choice (the pure ASGI form of `secure`; the client sends its CSRF cookie back).
"""

import logging
import os
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request, Response
from loguru import logger
from secure import Secure
from secure.middleware import SecureASGIMiddleware
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.util import get_remote_address
from starlette_csrf.middleware import CSRFMiddleware

from bench.subject import Subject
from bench.subjects.people import Me
from bench.subjects.tutorial import KEY, User, calls_of, get_current_active_user, probes_of

LIMIT: Final = "1000000/minute"
HEADERS: Final = frozenset({b"content-security-policy", b"strict-transport-security", b"x-frame-options"})


@contextmanager
def glued() -> Generator[Subject]:
    """The subject, with its log line going to the null device for as long as it lives."""
    with Path(os.devnull).open("w") as nowhere:
        logger.remove()
        sink = logger.add(nowhere, level=logging.INFO)
        try:
            yield Subject(
                "glued",
                "PyJWT + slowapi + starlette-csrf + secure + loguru",
                _app(),
                calls_of(HEADERS),
                probes_of(HEADERS),
            )
        finally:
            logger.remove(sink)


def _app() -> FastAPI:
    app = FastAPI()
    limiter = Limiter(key_func=get_remote_address)
    app.state.limiter = limiter
    app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)  # pyright: ignore[reportArgumentType]
    app.add_middleware(CSRFMiddleware, secret=KEY)
    app.add_middleware(SecureASGIMiddleware, secure=Secure.with_default_headers())

    @app.middleware("http")
    async def log(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:  # pyright: ignore[reportUnusedFunction]
        response = await call_next(request)
        logger.info("{} {} {}", request.method, request.url.path, response.status_code)
        return response

    @app.get("/me")
    @limiter.limit(LIMIT)  # pyright: ignore[reportUnknownMemberType, reportUntypedFunctionDecorator] -- slowapi's own
    async def me(  # pyright: ignore[reportUnusedFunction]
        request: Request,  # noqa: ARG001 - slowapi looks for it by this name
        user: Annotated[User, Depends(get_current_active_user)],
    ) -> Me:
        return Me(id=user.username, name=user.username)

    return app
