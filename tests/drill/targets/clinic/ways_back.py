"""For those who forgot the password, and those who change it."""

import secrets
import time
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tests.drill.targets.clinic.callers import (
    Desk,
    Flaws,
    Line,
    Me,
    Password,
    Strict,
    address_of,
    begin_session,
    flaws_of,
    records_of,
    session_of,
)
from tests.drill.targets.clinic.entering import plain_email
from tests.drill.targets.clinic.pages import page
from tests.drill.targets.clinic.passwords import hashed, matches, too_weak
from tests.drill.targets.clinic.records import RESET_SECONDS

ORIGIN = "https://clinic.example"


class Forgotten(Strict):
    """Whose password it is."""

    email: Line


class Reset(Strict):
    """The code of the mail, and the new password."""

    code: Line
    password: Password


class Change(Strict):
    """The password until now, and from now on."""

    current: Password
    new: Password


def _origin(request: Request, flawed: frozenset[str]) -> str:
    if "reset-link-by-host" not in flawed:
        return ORIGIN
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    return f"https://{host}"


async def forgot_page() -> HTMLResponse:
    """The form."""
    return page("forgot")


async def forgot(request: Request, form: Annotated[Forgotten, Form()], flawed: Flaws) -> HTMLResponse:
    """Ask for a link."""
    code = _mail_code(request, form.email)
    if code is None and "forgot-tells-names" in flawed:
        return page("said", 404, said="We do not know this mail address.")
    return page("said", said="If we know this mail address, a link is on its way.")


async def forgot_program(request: Request, given: Forgotten, flawed: Flaws) -> dict[str, str]:
    """Ask for a link, from the app on the phone."""
    code = _mail_code(request, given.email)
    if code is not None and "reset-code-told" in flawed:
        return {"detail": "A link is on its way.", "code": code}
    return {"detail": "If we know this mail address, a link is on its way."}


def _mail_code(request: Request, address: str) -> str | None:
    """Mail the link, and tell the code if there is somebody of this address."""
    if not request.app.state.ways_back.spend(address_of(request)):
        raise HTTPException(429, "Try again later.")
    desk = records_of(request)
    person = desk.by_email(plain_email(address))
    code = secrets.token_urlsafe(32)
    if person is None:
        return None
    if request.app.state.mailed.spend(person.id):
        desk.resets[code] = (person.id, time.time() + RESET_SECONDS)
        link = f"{_origin(request, flaws_of(request))}/reset?code={code}"
        desk.send_mail(person.email, f"Set a new password: {link}")
    return code


async def reset_page(code: Line) -> HTMLResponse:
    """The form that the link leads to."""
    return page("reset", code=code)


async def reset(request: Request, form: Annotated[Reset, Form()], desk: Desk, flawed: Flaws) -> HTMLResponse:
    """Set a new password with the code."""
    if not request.app.state.ways_back.spend(address_of(request)):
        raise HTTPException(429, "Try again later.")
    person_id, ends = desk.resets.get(form.code, (0, 0.0))
    person = desk.people.get(person_id)
    if person is None or ends < time.time():
        return page("said", 400, said="This link is no longer good.")
    if too_weak(form.password, person.email.split("@")[0], person.name):
        return page("said", 422, said="Choose a better password.")
    if "reset-link-works-twice" not in flawed:
        desk.forget_codes(person)
    person.password = hashed(form.password)
    person.locked, person.wrong = False, 0
    desk.close_sessions(person)
    return page("said", said="Your password is set. Sign in with it.")


async def change(request: Request, form: Annotated[Change, Form()], me: Me, desk: Desk, flawed: Flaws) -> Response:
    """Change the own password."""
    if not request.app.state.changes.spend(me.id):
        raise HTTPException(429, "Try again later.")
    if not matches(form.current, me.password):
        return page("said", 403, said="That is not your password.")
    if too_weak(form.new, me.email.split("@")[0], me.name):
        return page("said", 422, said="Choose a better password.")
    me.password = hashed(form.new)
    desk.forget_codes(me)
    answer = RedirectResponse(f"/profiles/{me.id}", 303)
    if "alive-after-password-change" in flawed:
        desk.sessions.pop(session_of(request), None)
    else:
        desk.close_sessions(me)
        me.devices.clear()
    begin_session(request, answer, me)
    return answer


def routes() -> APIRouter:
    """All of it."""
    router = APIRouter()
    router.add_api_route("/forgot", forgot_page, response_class=HTMLResponse, include_in_schema=False)
    router.add_api_route("/forgot", forgot, methods=["POST"], response_class=HTMLResponse)
    router.add_api_route("/api/forgot", forgot_program, methods=["POST"])
    router.add_api_route("/reset", reset_page, response_class=HTMLResponse, include_in_schema=False)
    router.add_api_route("/reset", reset, methods=["POST"], response_class=HTMLResponse)
    router.add_api_route("/password", change, methods=["POST"], status_code=303, response_class=RedirectResponse)
    return router
