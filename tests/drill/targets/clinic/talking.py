"""Messages between patients and doctors, and the search in them."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from pydantic import BaseModel, ValidationError

from tests.drill.targets.clinic.callers import Desk, Flaws, Id, Me, Strict, Text
from tests.drill.targets.clinic.pages import page
from tests.drill.targets.clinic.records import Message, Person, Records


class Written(Strict):
    """What is said, and to whom: without a name to the doctor of the clinic."""

    text: Text
    to: Id | None = None


class Shown(BaseModel):
    """A message, for programs."""

    id: int
    sender: int
    receiver: int
    text: str


def _post(desk: Records, me: Person, written: Written) -> Message:
    receiver = desk.doctor_of(me.clinic) if written.to is None else desk.people.get(written.to)
    met = receiver is not None and receiver.clinic == me.clinic and "doctor" in {receiver.role, me.role}
    if receiver is None or not met:
        raise HTTPException(404, "No such person.")
    message = Message(desk.next_id(), me.id, receiver.id, written.text)
    desk.messages[message.id] = message
    return message


def _of(desk: Records, me: Person) -> list[Message]:
    return [it for it in desk.messages.values() if me.id in {it.sender, it.receiver}]


def _text(text: str, flawed: frozenset[str]) -> str:
    return Markup(text) if "messages-shown-as-markup" in flawed else text  # noqa: S704


async def write(form: Annotated[Written, Form()], me: Me, desk: Desk) -> Response:
    """Write to the doctor, or as a doctor to a patient."""
    return RedirectResponse(f"/messages/{_post(desk, me, form).id}", 303)


async def messages(me: Me, desk: Desk, flawed: Flaws) -> HTMLResponse:
    """The own ones, those received and those sent."""
    return page("messages", shown=[(it.id, _text(it.text, flawed)) for it in _of(desk, me)[-50:]])


async def message(message_id: Id, me: Me, desk: Desk, flawed: Flaws) -> HTMLResponse:
    """One of them."""
    it = desk.messages.get(message_id)
    theirs = it is not None and me.id in {it.sender, it.receiver}
    if it is None or not (theirs or "messages-read-by-anybody" in flawed):
        raise HTTPException(404, "No such message.")
    return page("message", text=_text(it.text, flawed))


async def write_json(written: Written, me: Me, desk: Desk) -> Shown:
    """Write, from the app on the phone."""
    return _shown(_post(desk, me, written))


async def write_any(request: Request, me: Me, desk: Desk) -> Shown:
    """Write, from the app on the phone and from the old one that says nothing of its content type."""
    try:
        written = Written.model_validate_json(await request.body())
    except ValidationError as error:
        raise HTTPException(422, "That is no message.") from error
    return _shown(_post(desk, me, written))


async def messages_json(
    me: Me, desk: Desk, flawed: Flaws, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> list[Shown]:
    """The own ones."""
    everybody = "inbox-of-everybody" in flawed
    return [_shown(it) for it in (list(desk.messages.values()) if everybody else _of(desk, me))[-limit:]]


async def search(me: Me, desk: Desk, flawed: Flaws, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """Look for a word in the own messages."""
    found = [it.text for it in _of(desk, me) if q.casefold() in it.text.casefold()][:50] if q else []
    return page("search", q=Markup(q) if "search-reflects-markup" in flawed else q, found=found)  # noqa: S704


def _shown(it: Message) -> Shown:
    return Shown(id=it.id, sender=it.sender, receiver=it.receiver, text=it.text)


def routes(flawed: frozenset[str]) -> APIRouter:
    """All of it."""
    router = APIRouter()
    router.add_api_route("/messages", messages, response_class=HTMLResponse)
    router.add_api_route("/messages", write, methods=["POST"], status_code=303, response_class=HTMLResponse)
    router.add_api_route("/messages/{message_id}", message, response_class=HTMLResponse)
    router.add_api_route("/search", search, response_class=HTMLResponse)
    router.add_api_route("/api/messages", messages_json)
    router.add_api_route("/api/messages", write_any if "json-as-text" in flawed else write_json, methods=["POST"])
    return router
