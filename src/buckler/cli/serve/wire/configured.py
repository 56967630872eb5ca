"""uvicorn as it is configured here, and the loop that it wants."""

import asyncio
import ssl
from collections.abc import Coroutine
from typing import Any, Final

import uvicorn

from buckler.asgi import ASGIApp
from buckler.cli.serve.wire.http import StrictHttp, strict_http_with
from buckler.cli.serve.wire.websocket import PlacedWebSocket
from buckler.composition import hsts_of
from buckler.install import buckler_of

_GRACE: Final = 10
"""Seconds that the answers under way have at the end."""
_LARGEST_FRAME: Final = 1 << 20
_IDLE: Final = 5
"""Seconds without a request, after which a connection is closed."""


def configured(app: Any, tls: ssl.SSLContext | None = None, lifespan: Any = "off") -> uvicorn.Config:
    """For a listener of `app`, or for its lifespan."""
    buckler = buckler_of(app)
    return uvicorn.Config(
        app,
        http=StrictHttp if buckler is None else strict_http_with(hsts_of(buckler.settings)),
        ws=PlacedWebSocket,
        ws_max_size=_LARGEST_FRAME,
        ws_per_message_deflate=False,
        lifespan=lifespan,
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        workers=1,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=_GRACE,
        ssl_context_factory=(lambda _config, _default: tls) if tls else None,
    )


def run(work: Coroutine[Any, Any, None], app: ASGIApp) -> None:
    """Do `work` in a loop that `app` is served in."""
    with asyncio.Runner(loop_factory=configured(app).get_loop_factory()) as runner:
        runner.run(work)
