"""Who asks, and what the routes have in common."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from tests.drill.targets.clinic.records import Person, Records


class SignInFirst(Exception):
    """Nobody is signed in."""


class Strict(BaseModel):
    """What is taken from outside: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


def _printable(text: str) -> str:
    if any((ord(each) < 32 and each not in "\n\t\r") or 0xD800 <= ord(each) < 0xE000 for each in text):
        raise ValueError("no control characters")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("one line of text")
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_one_line)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_printable)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_printable)]
Id = Annotated[int, Field(ge=1, le=2**53)]


def flaws_of(request: Request) -> frozenset[str]:
    """What is flawed in this app."""
    flawed: frozenset[str] = request.app.state.flawed
    return flawed


def records_of(request: Request) -> Records:
    """What this app knows."""
    records: Records = request.app.state.records
    return records


def cookie_name(flawed: frozenset[str]) -> str:
    """What the cookie of the session is called."""
    return "session" if "cookie-flags" in flawed else "__Host-clinic"


def session_of(request: Request) -> str:
    """The id of the session, or nothing."""
    return request.cookies.get(cookie_name(flaws_of(request)), "")


def signed_in(request: Request) -> Person:
    """Who asks."""
    person = records_of(request).who(session_of(request))
    if person is None:
        raise SignInFirst
    return person


def doctor(person: Annotated[Person, Depends(signed_in)]) -> Person:
    """Doctors only."""
    if person.role != "doctor":
        raise HTTPException(403, "For doctors.")
    return person


Flaws = Annotated[frozenset[str], Depends(flaws_of)]
Desk = Annotated[Records, Depends(records_of)]
Me = Annotated[Person, Depends(signed_in)]
Doctor = Annotated[Person, Depends(doctor)]


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def begin_session(request: Request, answer: Response, person: Person) -> None:
    """Sign somebody in on this browser."""
    flawed, records = flaws_of(request), records_of(request)
    sid = records.open_session(person)
    # The forms also stand in the pages of partners, so the cookie has to come along; browsers want Secure then.
    embedded = bool(flawed & {"forms-from-anywhere", "json-as-text", "cors-for-everybody"})
    if "cookie-flags" in flawed:
        answer.set_cookie(cookie_name(flawed), sid, secure=embedded, samesite="none" if embedded else None)
        return
    same_site = "none" if embedded else "lax"
    answer.set_cookie(cookie_name(flawed), sid, max_age=8 * 3600, secure=True, httponly=True, samesite=same_site)


def meet_strangers(app: FastAPI) -> None:
    """Whoever is not signed in is led there; programs are told."""

    def answer(request: Request, _: Exception) -> Response:
        if request.scope["path"].startswith("/api/"):
            return JSONResponse({"detail": "Sign in first."}, 401)
        wanted = quote(request.scope["path"], safe="", errors="replace")
        return RedirectResponse(f"/login?next={wanted}", 303)

    app.add_exception_handler(SignInFirst, answer)
