"""Tools of operators: an API with tokens of its own, that pings, reads logs, runs jobs and fetches webhooks."""

import os
import sys
import tempfile
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.drill.targets.clinic.budgets import Budget
from tests.drill.targets.clinic.outside import BoundedBodies, SafeErrors, SafeHeaders, safe_fields
from tests.drill.targets.tools import entering, jobs, machines, people, pictures
from tests.drill.targets.tools.records import first_records

FLAWS = frozenset(
    {
        "alive-after-disabling",
        "codes-of-four-digits",
        "debug-page",
        "docs-open",
        "errors-tell-traces",
        "export-without-end",
        "formulas-are-code",
        "invitations-used-twice",
        "jobs-of-everybody",
        "jobs-read-by-anybody",
        "jobs-renamed-by-anybody",
        "jobs-stopped-by-anybody",
        "link-is-access-token",
        "load-of-any-days",
        "logs-by-any-path",
        "me-takes-any-field",
        "me-tells-secrets",
        "operators-disabled-by-anybody",
        "operators-listed-to-anybody",
        "pictures-by-their-names",
        "pictures-from-anywhere",
        "ping-by-shell",
        "register-takes-any-field",
        "reports-are-templates",
        "settings-are-pickles",
        "thresholds-are-code",
        "webhooks-anywhere",
        "yaml-makes-objects",
    }
)


class DebugErrors:
    """Tells whoever asked all of what went wrong, as it is easier to find."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say on each answer what made it, and on a crash why."""

        async def explained(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = f"python {sys.version.split()[0]}; {__file__}".encode()
                message = {**message, "headers": [*message.get("headers", []), (b"x-debug", told)]}
            await send(message)

        try:
            await self._app(scope, receive, explained if scope["type"] == "http" else send)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            answer = JSONResponse({"error": repr(error), "trace": traceback.format_exc()}, 500)
            await answer(scope, receive, explained)


@asynccontextmanager
async def _with_logs(app: FastAPI) -> AsyncGenerator[None]:
    """The logs are files, as long as the app runs."""
    with tempfile.TemporaryDirectory() as folder:
        machines.write_logs(Path(folder))
        app.state.folder = Path(folder)
        yield
        app.state.folder = None


def flawed_app() -> FastAPI:
    """With everything that can be wrong."""
    return create_app()


def mended_app() -> FastAPI:
    """With nothing of it."""
    return create_app(frozenset())


def create_app(flawed: frozenset[str] = FLAWS) -> FastAPI:
    """The tools, with the flaws that are named."""
    docs, document = ("/docs", "/openapi.json") if "docs-open" in flawed else (None, None)
    app = FastAPI(
        title="Tools",
        docs_url=docs,
        openapi_url=document,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_with_logs,
    )
    app.state.flawed = flawed
    app.state.folder = None
    app.state.records = first_records()
    app.state.mails = app.state.records.mails
    app.state.gate = entering.Gate()
    app.state.invitations = Budget(20, 60)
    for room in (entering, people, jobs, machines):
        app.include_router(room.routes(flawed))
    app.include_router(pictures.routes())
    if "debug-page" in flawed:
        app.add_api_route("/debug/vars", _variables, include_in_schema=False)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_middleware(BoundedBodies)
    app.add_middleware(DebugErrors if "errors-tell-traces" in flawed else SafeErrors)
    app.add_middleware(SafeHeaders, fields=safe_fields(frozenset()), only_on_success=False)
    return app


async def _variables() -> dict[str, object]:
    """What this process knows, for whoever looks after it."""
    return {"python": sys.version, "folder": str(Path.cwd()), "names": sorted(os.environ)[:20]}


def _not_valid(_request: Request, _error: Exception) -> Response:
    """What was sent is not sent back: it may be anything."""
    return JSONResponse({"detail": "The request is not valid."}, 422)
