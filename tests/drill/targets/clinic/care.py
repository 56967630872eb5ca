"""Appointments, profiles, letters and the board of a clinic."""

from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Template, TemplateError
from pydantic import Field

from tests.drill.targets.clinic.callers import Desk, Doctor, Flaws, Id, Line, Me, Strict, Text
from tests.drill.targets.clinic.pages import page
from tests.drill.targets.clinic.records import CLINICS, Appointment, Letter, Person


class Wish(Strict):
    """When, and what for."""

    day: date
    reason: Text


class Pinned(Strict):
    """What is pinned up or written."""

    text: Text


class Own(Strict):
    """What one may change in the own profile."""

    phone: Annotated[str, Field(pattern=r"^[0-9+ ]{0,20}$")] = ""


def found(it: Appointment | None, me: Person, anybody: bool) -> Appointment:
    """The appointment, if it is of the caller or of a patient of the calling doctor."""
    theirs = it is not None and (it.patient == me.id or (me.role == "doctor" and me.clinic == it.clinic))
    if it is None or not (theirs or anybody):
        raise HTTPException(404, "No such appointment.")
    return it


async def ask(form: Annotated[Wish, Form()], me: Me, desk: Desk) -> Response:
    """Ask for an appointment."""
    it = Appointment(desk.next_id(), me.id, me.clinic, form.day, form.reason)
    desk.appointments[it.id] = it
    return RedirectResponse(f"/appointments/{it.id}", 303)


async def appointments(me: Me, desk: Desk) -> HTMLResponse:
    """The own ones."""
    return page("appointments", mine=[it for it in desk.appointments.values() if it.patient == me.id])


async def appointment(appointment_id: Id, me: Me, desk: Desk, flawed: Flaws) -> HTMLResponse:
    """One of them."""
    it = found(desk.appointments.get(appointment_id), me, "appointments-read-by-anybody" in flawed)
    return page("appointment", it=it)


async def cancel(appointment_id: Id, me: Me, desk: Desk, flawed: Flaws) -> Response:
    """Call it off."""
    it = found(desk.appointments.get(appointment_id), me, "appointments-cancelled-by-anybody" in flawed)
    it.cancelled = True
    return RedirectResponse(f"/appointments/{it.id}", 303)


async def cancel_own(appointment_id: Id, me: Me, desk: Desk) -> Response:
    """Call it off, by the link in the reminder."""
    it = found(desk.appointments.get(appointment_id), me, False)
    it.cancelled = True
    return RedirectResponse(f"/appointments/{it.id}", 303)


async def profile(person_id: Id, me: Me, desk: Desk, flawed: Flaws) -> HTMLResponse:
    """Somebody's profile: the own one, or a doctor's look at a patient."""
    person = desk.people.get(person_id)
    theirs = person is not None and (person is me or (me.role == "doctor" and me.clinic == person.clinic))
    if person is None or not (theirs or "profiles-read-by-anybody" in flawed):
        raise HTTPException(404, "No such person.")
    return page("profile", person=person)


async def change_profile(form: Annotated[Own, Form()], me: Me) -> Response:
    """Tell a new number."""
    me.phone = form.phone
    return RedirectResponse(f"/profiles/{me.id}", 303)


async def board(slug: Line, me: Me, desk: Desk, flawed: Flaws) -> HTMLResponse:
    """What hangs in the hall of a clinic, for its own people."""
    if slug not in CLINICS or (slug != me.clinic and "board-of-other-clinics" not in flawed):
        raise HTTPException(404, "No such clinic.")
    return page("board", name=CLINICS[slug], notices=desk.boards[slug][-50:])


async def pin(slug: Line, form: Annotated[Pinned, Form()], me: Me, desk: Desk) -> Response:
    """Pin something up in the own clinic."""
    if slug != me.clinic:
        raise HTTPException(404, "No such clinic.")
    desk.boards[slug].append(form.text)
    return RedirectResponse(f"/clinics/{slug}/board", 303)


async def write_letter(form: Annotated[Pinned, Form()], me: Me, desk: Desk, flawed: Flaws) -> HTMLResponse:
    """Write a letter; {{ name }} and {{ clinic }} stand for what they say."""
    if "letters-are-templates" in flawed:
        try:
            text = Template(form.text).render(name=me.name, clinic=CLINICS[me.clinic])
        except TemplateError as error:
            raise HTTPException(400, "The letter has a mistake in it.") from error
    else:
        parts = form.text.split("{{ clinic }}")
        text = CLINICS[me.clinic].join(part.replace("{{ name }}", me.name) for part in parts)
    letter = Letter(desk.next_id(), me.id, text)
    desk.letters[letter.id] = letter
    return page("letter", id=letter.id, text=text)


async def letter_file(letter_id: Id, me: Me, desk: Desk, flawed: Flaws, name: str = "letter.txt") -> Response:
    """A letter, to be kept under a name of one's choice."""
    letter = desk.letters.get(letter_id)
    if letter is None or letter.owner != me.id:
        raise HTTPException(404, "No such letter.")
    if "file-name-splits-the-header" in flawed:
        disposition = f'attachment; filename="{name}"'.encode("latin-1", "replace").decode("latin-1")
    else:
        disposition = f"attachment; filename*=UTF-8''{quote(name[:100], safe='', errors='replace')}"
    return Response(letter.text, media_type="text/plain", headers={"content-disposition": disposition})


async def patients(me: Doctor, desk: Desk) -> HTMLResponse:
    """The patients of the doctor's clinic."""
    return page("patients", patients=[it for it in desk.people.values() if it.clinic == me.clinic])


async def patients_for_anybody(me: Me, desk: Desk) -> HTMLResponse:
    """The patients of the clinic; the link stands on the doctors' page."""
    return page("patients", patients=[it for it in desk.people.values() if it.clinic == me.clinic])


async def announce(form: Annotated[Pinned, Form()], me: Doctor, desk: Desk) -> Response:
    """Pin something up in the name of the clinic."""
    desk.boards[me.clinic].append(f"{CLINICS[me.clinic]} says: {form.text}")
    return RedirectResponse(f"/clinics/{me.clinic}/board", 303)


def routes(flawed: frozenset[str]) -> APIRouter:
    """All of it."""
    router = APIRouter(default_response_class=HTMLResponse)
    router.add_api_route("/appointments", appointments)
    router.add_api_route("/appointments", ask, methods=["POST"], status_code=303)
    router.add_api_route("/appointments/{appointment_id}", appointment)
    router.add_api_route("/appointments/{appointment_id}/cancel", cancel, methods=["POST"], status_code=303)
    if "cancel-by-link" in flawed:
        router.add_api_route("/appointments/{appointment_id}/cancel", cancel_own, status_code=303)
    router.add_api_route("/profiles/{person_id}", profile)
    router.add_api_route("/profile", change_profile, methods=["POST"], status_code=303)
    router.add_api_route("/clinics/{slug}/board", board)
    router.add_api_route("/clinics/{slug}/board", pin, methods=["POST"], status_code=303)
    router.add_api_route("/letters", write_letter, methods=["POST"])
    router.add_api_route("/letters/{letter_id}/file", letter_file, response_class=Response)
    listed = patients_for_anybody if "doctors-pages-for-patients" in flawed else patients
    router.add_api_route("/doctor/patients", listed)
    router.add_api_route("/doctor/notices", announce, methods=["POST"], status_code=303)
    return router
