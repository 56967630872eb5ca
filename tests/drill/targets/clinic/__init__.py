"""A clinic's site: pages and forms, a session in a cookie, patients and doctors of two clinics."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from tests.drill.targets.clinic import care, entering, talking, ways_back
from tests.drill.targets.clinic.budgets import Budget
from tests.drill.targets.clinic.callers import meet_strangers
from tests.drill.targets.clinic.outside import (
    BoundedBodies,
    CrossOrigin,
    OwnPagesOnly,
    SafeErrors,
    SafeHeaders,
    safe_fields,
)
from tests.drill.targets.clinic.pages import STYLE
from tests.drill.targets.clinic.records import first_records

FLAWS = frozenset(
    {
        "alive-after-logout",
        "alive-after-password-change",
        "appointments-cancelled-by-anybody",
        "appointments-read-by-anybody",
        "board-of-other-clinics",
        "cancel-by-link",
        "cookie-flags",
        "cors-for-everybody",
        "docs-open",
        "doctors-pages-for-patients",
        "file-name-splits-the-header",
        "forgot-tells-names",
        "forms-from-anywhere",
        "framing",
        "guessing-without-budget",
        "headers-only-on-success",
        "inbox-of-everybody",
        "json-as-text",
        "letters-are-templates",
        "login-leads-anywhere",
        "login-tells-names",
        "messages-read-by-anybody",
        "messages-shown-as-markup",
        "no-csp",
        "pages-cached",
        "profiles-read-by-anybody",
        "redirects-anywhere",
        "register-tells-names",
        "reset-code-told",
        "reset-link-by-host",
        "reset-link-works-twice",
        "search-reflects-markup",
        "session-ids-count-up",
        "strangers-lock-the-owner-out",
    }
)


def flawed_app() -> FastAPI:
    """With everything that can be wrong."""
    return create_app()


def mended_app() -> FastAPI:
    """With nothing of it."""
    return create_app(frozenset())


def create_app(flawed: frozenset[str] = FLAWS) -> FastAPI:
    """The clinic, with the flaws that are named."""
    docs, document = ("/docs", "/openapi.json") if "docs-open" in flawed else (None, None)
    app = FastAPI(title="Clinic", docs_url=docs, openapi_url=document, redoc_url=None, redirect_slashes=False)
    app.state.flawed = flawed
    app.state.records = first_records()
    app.state.records.session_ids_count_up = "session-ids-count-up" in flawed
    app.state.mails = app.state.records.mails
    app.state.gate = entering.Gate()
    app.state.registrations = Budget(20, 60)
    app.state.ways_back = Budget(10, 60)
    app.state.mailed = Budget(3, 600)
    app.state.changes = Budget(5, 60)
    for router in (entering.routes(), ways_back.routes(), care.routes(flawed), talking.routes(flawed)):
        app.include_router(router)
    app.add_api_route("/style.css", _style, include_in_schema=False)
    meet_strangers(app)
    app.add_exception_handler(RequestValidationError, _not_valid)
    _surround(app, flawed)
    return app


async def _style() -> PlainTextResponse:
    return PlainTextResponse(STYLE, media_type="text/css")


def _not_valid(_request: Request, _error: Exception) -> Response:
    """What was sent is not sent back: it may be anything."""
    return JSONResponse({"detail": "The request is not valid."}, 422)


def _surround(app: FastAPI, flawed: frozenset[str]) -> None:
    """The last one added is the outermost."""
    app.add_middleware(
        OwnPagesOnly,
        forms_from_anywhere="forms-from-anywhere" in flawed,
        json_as_text="json-as-text" in flawed,
    )
    app.add_middleware(CrossOrigin, everybody="cors-for-everybody" in flawed)
    app.add_middleware(BoundedBodies)
    app.add_middleware(SafeErrors)
    only_on_success = "headers-only-on-success" in flawed
    app.add_middleware(SafeHeaders, fields=safe_fields(flawed), only_on_success=only_on_success)
