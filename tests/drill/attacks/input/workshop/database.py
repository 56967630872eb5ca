"""Routes whose values become a part of a question to a database."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from operator import eq, gt, ne
from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException, Request

from tests.drill.attacks.input.workshop.values import Line, Said, Text, Who

TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$ne": ne,
    "$eq": eq,
    "$gt": gt,
    "$in": lambda value, several: value in several,
    "$nin": lambda value, several: value not in several,
}


class Goods:
    """A table with a few rows, asked in one way or the other."""

    def __init__(self, flaws: frozenset[str]) -> None:
        self._flaws = flaws
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute("CREATE TABLE goods (name TEXT, price INT)")
        self._database.executemany("INSERT INTO goods VALUES (?, ?)", [("anvil", 3), ("drill", 2), ("saw", 1)])
        self._database.execute("CREATE TABLE people (name TEXT, password TEXT)")
        self._database.execute("INSERT INTO people VALUES ('ada', 'correct horse')")

    def rows(self, flaw: str, question: str, *values: object) -> list[list[object]]:
        """With the values spliced in where the flaw is planted; as parameters else."""
        if flaw in self._flaws:
            for value in values:
                question = question.replace("?", f"'{value}'", 1)
            values = ()
        return [list(each) for each in self._database.execute(question, values)]


def add_to(app: FastAPI, flaws: frozenset[str]) -> None:
    """Add them."""
    goods = Goods(flaws)

    @app.get("/goods")
    def search(q: Line = "dri") -> list[list[object]]:
        try:
            return goods.rows("search", "SELECT * FROM goods WHERE name LIKE ?", f"%{q}%")
        except sqlite3.Error:
            return []

    @app.get("/sorted")
    def ordered(sort: Line = "name") -> list[list[object]]:
        if "order" not in flaws and sort not in ("name", "price"):
            raise HTTPException(400, "no such column")
        return goods.rows("", f"SELECT * FROM goods ORDER BY {sort}")  # noqa: S608

    @app.post("/goods")
    def add(name: Annotated[Text, Body(embed=True)]) -> dict[str, str]:
        goods.rows("insert", "INSERT INTO goods VALUES (?, 1)", name[:100])
        return {"name": name}

    @app.post("/audit")
    def audit(said: Said) -> dict[str, str]:
        with suppress(sqlite3.Error):
            goods.rows("blind", "SELECT ?", said.text)
        return {"done": "yes"}

    @app.post("/sign-in")
    def sign_in(who: Who) -> dict[str, str]:
        found: list[list[object]] = []
        with suppress(sqlite3.Error):
            question = "SELECT name FROM people WHERE name = ? AND password = ?"
            found = goods.rows("sign-in", question, who.name, who.password)
        if not found:
            raise HTTPException(401, "wrong")
        return {"access_token": "t"}

    app.post("/find")(_find if "operators" in flaws else _find_texts)
    app.post("/enter")(_enter if "operators-at-the-door" in flaws else _enter_with_texts)


def _find(name: Annotated[Any, Body(embed=True)]) -> list[str]:
    return [each for each in ("anvil", "drill") if fits(each, name)]


def _find_texts(name: Annotated[Any, Body(embed=True)]) -> list[str]:
    if not isinstance(name, str):
        raise HTTPException(422, "a text is meant")
    return [each for each in ("anvil", "drill") if each == name]


async def _enter(request: Request) -> dict[str, str]:
    given = await _given(request)
    if not (fits("ada", given.get("user")) and fits("correct horse", given.get("pass"))):
        raise HTTPException(401, "wrong")
    return {"access_token": "t"}


async def _enter_with_texts(request: Request) -> dict[str, str]:
    given = await _given(request)
    if given != {"user": "ada", "pass": "correct horse"}:
        raise HTTPException(401, "wrong")
    return {"access_token": "t"}


async def _given(request: Request) -> dict[str, Any]:
    try:
        given = await request.json()
    except (ValueError, RecursionError):
        raise HTTPException(400, "no JSON") from None
    if not isinstance(given, dict):
        raise HTTPException(400, "no object")
    return given


def fits(value: str, condition: Any) -> bool:
    """Whether a value is that, or fulfils all of those."""
    if not isinstance(condition, dict):
        return bool(value == condition)
    return all(name in TESTS and TESTS[name](value, given) for name, given in condition.items())
