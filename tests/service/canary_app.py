"""The reference service with a few routes more, so that nothing that a client can send lacks a place to go."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, WebSocket

from buckler import Buckler, Public
from buckler.input import StrictModel, text_of
from buckler.input.uploads import Upload, Uploaded
from buckler.service.app import ROLES
from buckler.service.app import router as notes
from buckler.service.notes import Notes

router = APIRouter(dependencies=[Public("a test")])


class Said(StrictModel):
    """A text."""

    text: Annotated[str, text_of(longest=2000)]


@router.post("/crash")
async def crash(said: Said) -> None:
    """An exception that says what came in."""
    raise RuntimeError(said.text)


@router.post("/picture", status_code=204)
async def picture(sent: Annotated[Uploaded, Upload(kinds={"png"}, max_size="1 MB")]) -> None:
    """A file."""


@router.post("/form", status_code=204)
async def form(number: Annotated[int, Form(ge=0, le=9)]) -> None:
    """A field of a form."""


@router.websocket("/speak")
async def speak(socket: WebSocket) -> None:
    """What is said there breaks it."""
    await socket.accept()
    raise RuntimeError(await socket.receive_text())


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncGenerator[None]:
    async with app.state.notes.kept():
        yield


app = FastAPI(title="Canaries", lifespan=_life)
buckler = Buckler(app, accounts=True, roles=ROLES, health=Public("probes"), metrics=Public("a test"))
app.state.notes = Notes(buckler.settings.data / "notes.sqlite3")
app.include_router(notes)
app.include_router(router)
