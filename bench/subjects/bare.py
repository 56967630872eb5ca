"""Bare FastAPI: nobody is asked who they are. What every ratio is a ratio to."""

from fastapi import FastAPI

from bench.exchange import Request
from bench.subject import Call, Expected, Subject
from bench.subjects.people import PEOPLE, SAME, Me


def bare(name: str = "bare") -> Subject:
    """The subject; under a second name it shows the noise of the harness itself."""
    app = FastAPI()

    @app.get("/me")
    async def me() -> Me:  # pyright: ignore[reportUnusedFunction] -- FastAPI keeps it
        return Me(**SAME)

    calls = [Call(Request(person.address, token="x" * 300), Expected(200, SAME)) for person in PEOPLE]
    return Subject(name, "FastAPI alone" if name == "bare" else "FastAPI alone, again (noise)", app, calls)
