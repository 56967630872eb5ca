"""Registering, signing in and out."""

import re
import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from tests.drill.targets.clinic.budgets import Budget
from tests.drill.targets.clinic.callers import (
    Desk,
    Flaws,
    Line,
    Me,
    Password,
    Strict,
    address_of,
    begin_session,
    cookie_name,
    session_of,
)
from tests.drill.targets.clinic.pages import page
from tests.drill.targets.clinic.passwords import NOBODY, hashed, matches, too_weak
from tests.drill.targets.clinic.records import Person

DEVICE = "__Host-device"
EMAIL = re.compile(r"[a-z0-9._+-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,4}")


class Registration(Strict):
    """A new patient."""

    email: Line
    name: Line
    password: Password
    clinic: Literal["north", "south"] = "north"


class Credentials(Strict):
    """A name and a password."""

    email: Line
    password: Password


class SignIn(Credentials):
    """And where to go on."""

    next: Annotated[str, Field(max_length=500)] = "/"


class Signed(Strict):
    """What a program is told when it signed in."""

    id: int
    name: str
    clinic: str


class Gate:
    """Counts tries to sign in: those of a network, those at a name, and those of a device that is known."""

    def __init__(self) -> None:
        self.networks = Budget(20, 60)
        self.names = Budget(5, 60)
        self.devices = Budget(10, 60)

    def lets(self, request: Request, email: str, person: Person | None) -> bool:
        """Whether a password may be tried now."""
        device = request.cookies.get(DEVICE, "")
        if person is not None and device in person.devices:
            return self.devices.spend(device)
        return self.networks.spend(address_of(request)) and self.names.spend(email)

    def was_right(self, request: Request, email: str) -> None:
        """It was no guess."""
        self.networks.give_back(address_of(request))
        self.names.give_back(email)
        self.devices.give_back(request.cookies.get(DEVICE, ""))


def plain_email(text: str) -> str:
    """One spelling of an address, or nothing."""
    email = text.strip().lower()
    return email if EMAIL.fullmatch(email) else ""


def safe_next(target: str) -> str:
    """A path of this site, or the home page."""
    ours = re.fullmatch(r"/(?![/\\])[A-Za-z0-9/_.?&=%-]*", target)
    return target if ours else "/"


async def register_page() -> HTMLResponse:
    """The form."""
    return page("register")


async def register(request: Request, form: Annotated[Registration, Form()], desk: Desk, flawed: Flaws) -> Response:
    """Become a patient."""
    if not request.app.state.registrations.spend(address_of(request)):
        raise HTTPException(429, "Try again later.")
    email = plain_email(form.email)
    if not email:
        return page("said", 422, said="That is no mail address.")
    if too_weak(form.password, email.split("@")[0], form.name):
        return page("said", 422, said="Choose a better password.")
    password = hashed(form.password)
    if desk.by_email(email) is None:
        desk.add_person(email, form.name, form.clinic, password)
        desk.send_mail(email, "Welcome to the clinic.")
    elif "register-tells-names" in flawed:
        return page("said", 409, said="There is already an account with this mail address.")
    else:
        desk.send_mail(email, "Somebody tried to register with your address; you have an account.")
    return page("said", said="Thank you. If this address is new here, you can sign in now.")


async def login_page(request: Request, flawed: Flaws, desk: Desk, next: str = "/") -> Response:  # noqa: A002
    """The form, or where whoever is signed in wanted to go."""
    if desk.who(session_of(request)) is not None:
        return RedirectResponse(next if "redirects-anywhere" in flawed else safe_next(next), 303)
    return page("login", next=next)


async def login(request: Request, form: Annotated[SignIn, Form()], desk: Desk, flawed: Flaws) -> Response:
    """Sign in with the form."""
    email = plain_email(form.email)
    person = desk.by_email(email)
    if "login-tells-names" in flawed and person is None:
        return page("login", 404, said="Nobody here has this mail address.", next="/")
    gate, locks = request.app.state.gate, "strangers-lock-the-owner-out" in flawed
    if not (gate.networks.spend(address_of(request)) if locks else gate.lets(request, email, person)):
        return page("login", 429, said="Too many tries. Wait a minute.", next="/")
    if person is not None and person.locked:
        return page("login", 423, said="This account is locked. Call the front desk.", next="/")
    if not matches(form.password, person.password if person else NOBODY) or person is None:
        if person is not None:
            person.wrong += 1
            person.locked = locks and person.wrong >= 5
        return page("login", 401, said="The mail address or the password is wrong.", next="/")
    onward = form.next if "login-leads-anywhere" in flawed else safe_next(form.next)
    return _let_in(request, RedirectResponse(onward, 303), person)


async def sign_in_program(request: Request, given: Credentials, answer: Response, desk: Desk, flawed: Flaws) -> Signed:
    """Sign in from the app on the phone."""
    email = plain_email(given.email)
    person = desk.by_email(email)
    if "guessing-without-budget" not in flawed and not request.app.state.gate.lets(request, email, person):
        raise HTTPException(429, "Too many tries. Wait a minute.", {"retry-after": "60"})
    if not matches(given.password, person.password if person else NOBODY) or person is None:
        raise HTTPException(401, "The mail address or the password is wrong.")
    _let_in(request, answer, person)
    return Signed(id=person.id, name=person.name, clinic=person.clinic)


async def logout(request: Request, desk: Desk, flawed: Flaws) -> Response:
    """Sign out."""
    if "alive-after-logout" not in flawed:
        desk.sessions.pop(session_of(request), None)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(cookie_name(flawed), secure="cookie-flags" not in flawed, httponly=True)
    return answer


async def home(me: Me) -> HTMLResponse:
    """Where one arrives."""
    return page("home", me=me)


async def whoami(me: Me) -> Signed:
    """Who is signed in."""
    return Signed(id=me.id, name=me.name, clinic=me.clinic)


def _let_in(request: Request, answer: Response, person: Person) -> Response:
    request.app.state.gate.was_right(request, person.email)
    person.wrong = 0
    begin_session(request, answer, person)
    if request.cookies.get(DEVICE, "") not in person.devices:
        device = secrets.token_urlsafe(24)
        if len(person.devices) >= 16:
            person.devices.pop()
        person.devices.add(device)
        answer.set_cookie(DEVICE, device, max_age=180 * 86400, secure=True, httponly=True, samesite="lax")
    return answer


def routes() -> APIRouter:
    """All of it."""
    router = APIRouter()
    router.add_api_route("/", home, response_class=HTMLResponse)
    router.add_api_route("/register", register_page, response_class=HTMLResponse, include_in_schema=False)
    router.add_api_route("/register", register, methods=["POST"], response_class=HTMLResponse)
    router.add_api_route("/login", login_page, response_class=HTMLResponse)
    router.add_api_route("/login", login, methods=["POST"], response_class=HTMLResponse)
    router.add_api_route("/logout", logout, methods=["POST"], response_class=RedirectResponse, status_code=303)
    router.add_api_route("/api/sign-in", sign_in_program, methods=["POST"])
    router.add_api_route("/api/me", whoami)
    return router
