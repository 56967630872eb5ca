"""Answers that tell of the inside though nothing went wrong, and texts that only speak of it."""

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from buckler.drill.attacks.input.told_errors import ATTACK as D415
from tests.drill.stage import engaged, found

FAILED = "(sqlite3.OperationalError) no such table: nothing\n[SQL: SELECT * FROM nothing]"
LESSON = "Never write f\"SELECT * FROM users WHERE name LIKE '%{text}%'\": give values as parameters, in app/db.py."


def library(flaw: str = "") -> FastAPI:
    """Books, and a lesson on SQL; with this flaw."""
    app = FastAPI()

    @app.get("/books")
    async def books(title: str) -> dict[str, object]:
        statement = f"SELECT * FROM books WHERE title LIKE '%{title}%'"  # noqa: S608 - what the test is about
        return {"books": [], **({"sql_query": statement} if flaw == "statement" else {"asked": title})}

    @app.get("/members")
    async def members(name: str = "") -> dict[str, object]:
        told = {"query": f"DELETE FROM members WHERE name = '{name}'"} if flaw == "at a quote" and "'" in name else {}  # noqa: S608
        return {"members": [], **told}

    @app.get("/lesson")
    async def lesson() -> dict[str, str]:
        return {"text": LESSON}

    @app.get("/debug/last-error")
    async def last_error() -> HTMLResponse:
        return HTMLResponse(f"<pre>{FAILED if flaw == 'error' else 'nothing'}</pre>")

    @app.get("/debug/where")
    async def where() -> dict[str, str]:
        return {"hint": "/srv/shop/app/routers/errors.py" if flaw == "file" else "ask the operators"}

    return app


TOLD = {
    "statement": "GET /books",
    "at a quote": "GET /members",
    "error": "GET /debug/last-error",
    "file": "GET /debug/where",
}


@pytest.mark.parametrize("flaw", TOLD)
async def test_what_an_answer_tells_of_the_inside_is_found(flaw: str) -> None:
    async with engaged(library(flaw)) as on:
        assert await found(on, D415) == {("D415", TOLD[flaw])}


async def test_a_text_about_sql_and_an_answer_that_repeats_a_value_are_nothing() -> None:
    async with engaged(library()) as on:
        assert await found(on, D415) == set()
