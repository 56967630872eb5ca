"""Databases whose words stand in pages that call themselves a success, and rows that have numbers for texts."""

import sqlite3
from typing import Literal

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse

from buckler.drill.attacks.input import INPUT
from tests.drill.stage import engaged, found

Way = Literal["spliced", "told", "quiet", "bound"]


def _people(way: Way) -> FastAPI:
    """`spliced`: into the statement; `told`: an error is shown, and the value is bound; `quiet`: 404 for an error."""
    app, database = FastAPI(openapi_url=None), sqlite3.connect(":memory:", check_same_thread=False)
    database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
    database.execute("INSERT INTO people (name) VALUES ('Alice'), ('Bob')")

    def named(id_: str) -> str | None:
        bound = way in ("bound", "told")
        question = f"SELECT name FROM people WHERE id = {'?' if bound else id_}"  # noqa: S608
        row = database.execute(question, (id_,) if bound else ()).fetchone()
        return None if row is None else str(row[0])

    @app.get("/page", response_class=HTMLResponse)
    def page(id: str = "1") -> str:  # noqa: A002
        try:
            if way == "told" and "'" in id:
                database.execute("SELEC 1")
            return f"<h3>Found: {named(id) or 'nobody'}</h3>" if way != "quiet" else "<h3>Closed</h3>"
        except sqlite3.Error as error:
            return f"<h4>{error}</h4>"

    @app.get("/people/{user_id}")
    def one(user_id: str) -> dict[str, str]:
        try:
            name = named(user_id) if way != "told" else None
        except sqlite3.Error:
            name = None
        if name is None:
            raise HTTPException(404)
        return {"name": name}

    return app


PAGE, ONE = "GET /page", "GET /people/{user_id}"


@pytest.mark.parametrize(
    ("way", "wanted"),
    [
        ("spliced", {("D401", PAGE), ("D415", PAGE), ("D401", ONE)}),
        ("told", {("D415", PAGE)}),
        ("quiet", {("D401", ONE)}),
        ("bound", set[tuple[str, str]]()),
    ],
)
async def test_words_of_a_database_are_read_wherever_they_stand(way: Way, wanted: set[tuple[str, str]]) -> None:
    """Each mistake is told in words of its own, in a page that is a success; without the flaw nothing is found."""
    async with engaged(_people(way)) as on:
        several = await found(on, *(each for each in INPUT if each.about.id in ("D401", "D415")))
    assert {each for each in several if each[1] in (PAGE, ONE)} == wanted
